"""What is told of each road user, and of the first one in the way."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from simeval.policy.bc_small.ahead import OnWay
from simeval.policy.bc_small.scaling import place
from simeval.policy.observation import Observation

__all__ = ["AGENT", "describe_agents", "leader_of"]

LAGS = (2, 4, 8)  # steps back of an agent's history
KINDS = 7
AGENT = 23 + KINDS + 4 * len(LAGS)
MARGIN = 0.15  # [m] beside the own vehicle: nearer is in the way


def describe_agents(seen: Observation, placed: OnWay, speed: Tensor) -> Float[Tensor, "b n a"]:
    """The features of every agent; those of one that is not there mean nothing."""
    boxes, half = seen.agents_history[:, :, -1], 0.5 * seen.ego_parameters[:, :2]
    x, y, c, s, vx, vy, length, width = boxes.unbind(dim=-1)
    gap, free = placed.start - half[:, :1], placed.aside - half[:, 1:]
    ahead, closing = gap.clamp(min=0.0), speed - placed.speed
    in_way = torch.sigmoid((MARGIN - free) / 0.1) * (gap > -2.0)
    braking = (closing.clamp(min=0.0).square() / (2.0 * (ahead - 2.0).clamp(min=0.5)) / 8.0).clamp(max=2.0)
    near = 5.0 / (5.0 + ahead)
    columns = [
        place(x, 50.0), place(y, 20.0), c, s, vx / 15.0, vy / 15.0, length / 10.0, width / 3.0,
        place((x * x + y * y).sqrt(), 50.0), (gap / 40.0).clamp(-1.0, 4.0), near, place(free, 3.0),
        place(placed.left, 5.0), placed.speed / 15.0, placed.drift / 5.0, closing / 10.0, braking,
        (ahead / (speed + 1.0) / 3.0).clamp(max=2.0), in_way, in_way * near, in_way * braking,
        place(free / placed.drift.clamp(min=0.1), 5.0), (gap > -2.0).to(x.dtype),
    ]  # fmt: skip
    kind = seen.agents_kind.unsqueeze(-1) == torch.arange(KINDS, device=x.device)
    return torch.cat([torch.stack(columns, dim=-1), kind.to(x.dtype), _past(seen)], dim=-1)


def _past(seen: Observation) -> Float[Tensor, "b n p"]:
    """How each agent moved: displacement and change of velocity since some steps ago, where it was seen."""
    history, count, columns = seen.agents_history, seen.agents_history.shape[2], []
    for lag in LAGS:
        at = max(count - 1 - lag, 0)
        valid = seen.agents_valid[:, :, at].unsqueeze(-1).to(history.dtype)
        change = (history[:, :, -1, [0, 1, 4, 5]] - history[:, :, at, [0, 1, 4, 5]]) / 5.0
        columns.append(change * valid)
    return torch.cat(columns, dim=-1)


def leader_of(
    placed: OnWay, there: Bool[Tensor, "b n"], agents: Tensor, sizes: Tensor
) -> Float[Tensor, "b a"]:
    """The features of the first agent that is in the way; zeros without one."""
    free = placed.aside - 0.5 * sizes[:, 1:2]
    blocks = there & (free < MARGIN) & (placed.start > 0.5 * sizes[:, :1] - 2.0)
    first = torch.where(blocks, placed.start, 1e4).argmin(dim=1)
    chosen = agents.gather(1, first.view(-1, 1, 1).expand(-1, 1, agents.shape[2])).squeeze(1)
    return chosen * blocks.any(dim=1, keepdim=True)
