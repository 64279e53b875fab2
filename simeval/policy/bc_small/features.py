"""From an observation to the numbers that `bc-small` computes with: scaled, clipped, relative to the way.

Nothing here is learned. Own past accelerations are left out on purpose: a cloned driver that sees them
learns to repeat them instead of looking ahead (de Haan et al., Causal Confusion in Imitation Learning, 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from simeval.policy.bc_small.ahead import OnWay, Way, extended_route, on_way, stop_ahead
from simeval.policy.observation import Observation

__all__ = ["AGENT", "AIMS", "EGO", "LANE", "WAY", "Features", "features_of"]

AIMS = (3.0, 5.0, 7.0, 9.0, 12.0, 15.0, 19.0, 24.0, 30.0, 38.0)
"""Distances from the rear axle to the points of the way that steering can aim at [m]."""
LOOKS = (0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 78.0)  # at which the way is described [m]
LAGS = (2, 4, 8)  # steps back of an agent's history
KINDS, SIGNALS, POINTS = 7, 5, 5  # POINTS: of a piece of lane
COMFORT, SLOWING = 3.0, 1.5  # lateral acceleration in bends, braking before them [m/s^2]
AGENT = 23 + KINDS + 4 * len(LAGS)
LANE = 4 * POINTS + 6 + SIGNALS + 4
WAY = 3 * len(LOOKS) + 4
EGO = 17 + len(AIMS) + AGENT


class Features(NamedTuple):
    """Scaled to about one; row first."""

    ego: Float[Tensor, "b e"]
    way: Float[Tensor, "b w"]
    aims: Float[Tensor, "b k"]  # steering angle that leads through each point aimed at [rad]
    agents: Float[Tensor, "b n a"]
    agents_there: Bool[Tensor, "b n"]
    lanes: Float[Tensor, "b m l"]
    lanes_there: Bool[Tensor, "b m"]


def features_of(seen: Observation) -> Features:
    """The features of every row. In float32 at least: positions in bfloat16 would be off by half a metre."""
    seen = seen.to(seen.active.device, torch.promote_types(seen.goal.dtype, torch.float32))
    way = extended_route(seen)
    speed = seen.ego_history[:, -1, 4:5]
    there = seen.agents_valid[..., -1]
    placed = on_way(way, seen.agents_history[:, :, -1])
    agents = _agents(seen, placed, speed) * there.unsqueeze(-1)
    lead = _leader(placed, there, agents, seen.ego_parameters)
    lanes, limit, stop = _lanes(seen, way, speed)
    aims = _aims(seen, way)
    bends, allowed = _way(way, speed)
    ego = [
        speed / 15.0, (speed / 30.0).square(), seen.ego_parameters / _like(seen.goal, 5, 2, 3, 2, 1, 10),
        _place(seen.goal[:, :2] * seen.goal[:, 2:], 100.0), seen.goal[:, 2:], limit, stop,
        allowed, 5.0 * aims, lead,
    ]  # fmt: skip
    there_lanes = seen.lanes_valid.any(dim=-1)
    return Features(torch.cat(ego, dim=-1), bends, aims, agents, there, lanes, there_lanes)


def _like(tensor: Tensor, *values: float) -> Tensor:
    return torch.tensor(values, dtype=tensor.dtype, device=tensor.device)


def _place(value: Tensor, scale: float) -> Tensor:
    return (value / scale).clamp(-2.0, 2.0)


def _aims(seen: Observation, way: Way) -> Float[Tensor, "b k"]:
    """Pure pursuit: curvature = 2 * lateral offset / distance^2 (Coulter, CMU-RI-TR-92-01, 1992)."""
    wheelbase, axle = seen.ego_parameters[:, 2:3], seen.ego_parameters[:, 3:4]
    x, y, _, _ = way.at(axle + _like(axle, *AIMS))
    x = x - axle
    return torch.atan(2.0 * wheelbase * y / (x * x + y * y).clamp(min=1.0))


def _way(way: Way, speed: Tensor) -> tuple[Float[Tensor, "b w"], Float[Tensor, "b 1"]]:
    """The way's course, and by how much its bends ahead allow to go faster than now."""
    _, y, c, s = way.at(_like(speed, *LOOKS).expand(len(speed), -1))
    first = way.c[:, :-2] * way.s[:, 2:] - way.s[:, :-2] * way.c[:, 2:]
    bend = torch.asin(first.clamp(-1.0, 1.0)) / 4.0  # over two spacings
    distance = 2.0 * torch.arange(bend.shape[1], device=bend.device, dtype=bend.dtype) + 2.0 - 0.5 * speed
    allowed = _allowed(bend.abs(), distance, speed).amin(dim=1, keepdim=True)
    sharpest = 20.0 * torch.stack([bend[:, :10].abs().amax(dim=1), bend.abs().amax(dim=1)], dim=1)
    course = [_place(y, 10.0), s, 5.0 * (c - 1.0), sharpest, allowed, way.known.unsqueeze(1)]
    return torch.cat(course, dim=1), allowed


def _allowed(bend: Tensor, distance: Tensor, speed: Tensor) -> Tensor:
    """How much faster than now one may be, in view of a bend [1/m] some way off, in 5 m/s."""
    then = (COMFORT / bend.clamp(min=1e-3)).clamp(max=1600.0)
    now = (then + 2.0 * SLOWING * distance.clamp(min=0.0)).sqrt()
    return ((now - speed) / 5.0).clamp(-2.0, 2.0)


def _agents(seen: Observation, placed: OnWay, speed: Tensor) -> Float[Tensor, "b n a"]:
    boxes, half = seen.agents_history[:, :, -1], 0.5 * seen.ego_parameters[:, :2]
    x, y, c, s, vx, vy, length, width = boxes.unbind(dim=-1)
    gap, free = placed.start - half[:, :1], placed.aside - half[:, 1:]
    ahead, closing = gap.clamp(min=0.0), speed - placed.speed
    in_way = torch.sigmoid((0.15 - free) / 0.1) * (gap > -2.0)
    braking = (closing.clamp(min=0.0).square() / (2.0 * (ahead - 2.0).clamp(min=0.5)) / 8.0).clamp(max=2.0)
    near = 5.0 / (5.0 + ahead)
    columns = [
        _place(x, 50.0), _place(y, 20.0), c, s, vx / 15.0, vy / 15.0, length / 10.0, width / 3.0,
        _place((x * x + y * y).sqrt(), 50.0), (gap / 40.0).clamp(-1.0, 4.0), near, _place(free, 3.0),
        _place(placed.left, 5.0), placed.speed / 15.0, placed.drift / 5.0, closing / 10.0, braking,
        (ahead / (speed + 1.0) / 3.0).clamp(max=2.0), in_way, in_way * near, in_way * braking,
        _place(free / placed.drift.clamp(min=0.1), 5.0), (gap > -2.0).to(x.dtype),
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


def _leader(placed: OnWay, there: Tensor, agents: Tensor, sizes: Tensor) -> Float[Tensor, "b a"]:
    """The features of the first agent that is in the way; zeros without one."""
    free = placed.aside - 0.5 * sizes[:, 1:2]
    blocks = there & (free < 0.15) & (placed.start > 0.5 * sizes[:, :1] - 2.0)
    first = torch.where(blocks, placed.start, 1e4).argmin(dim=1)
    chosen = agents.gather(1, first.view(-1, 1, 1).expand(-1, 1, agents.shape[2])).squeeze(1)
    return chosen * blocks.any(dim=1, keepdim=True)


def _lanes(seen: Observation, way: Way, speed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Features of the pieces of lanes; the limit here, less the speed; where signals ask to stop."""
    points, last = _points(seen)
    x, y, c, s = points.unbind(dim=-1)
    there, on_route = seen.lanes_valid.any(dim=-1), seen.lanes_attributes[..., 2] > 0.5
    near = (x * x + y * y).amin(dim=-1).sqrt()
    turn = torch.atan2(
        c[..., 0] * s[..., -1] - s[..., 0] * c[..., -1], (c[..., 0] * c[..., -1] + s[..., 0] * s[..., -1])
    )
    bend = turn.abs() / (SPACE * last.clamp(min=1).to(x.dtype))
    allowed = _allowed(bend, near - 0.5 * speed, speed)
    attributes = seen.lanes_attributes / _like(x, 20, 1, 1, 1, 1, 4)
    signal = (seen.lanes_signal.unsqueeze(-1) == torch.arange(SIGNALS, device=x.device)).to(x.dtype)
    place = torch.cat([_place(x, 50.0), _place(y, 20.0), c, s], dim=-1)
    own = torch.stack([_place(near, 50.0), turn, allowed, allowed * on_route], dim=-1)
    tokens = torch.cat([place, attributes, signal, own], dim=-1) * there.unsqueeze(-1)
    return tokens, _limit(seen, near, there, speed), _stop(seen, way, points, there & on_route, speed)


SPACE = 2.0  # between the points of a piece [m]


def _points(seen: Observation) -> tuple[Float[Tensor, "b m 5 4"], Tensor]:
    """Points spread over each piece, the first and the last one among them, and the index of the last."""
    last = (seen.lanes_valid.sum(dim=-1) - 1).clamp(min=0)
    share = torch.arange(POINTS, device=last.device) * last.unsqueeze(-1)
    index = torch.div(share + (POINTS - 1) // 2, POINTS - 1, rounding_mode="floor")
    return seen.lanes.gather(2, index.unsqueeze(-1).expand(-1, -1, -1, 4)), last


def _limit(seen: Observation, near: Tensor, there: Tensor, speed: Tensor) -> Float[Tensor, "b 2"]:
    """The limit of the nearest piece with one, of the route if possible, and whether there is any."""
    limit, known, on_route = (seen.lanes_attributes[..., k] for k in range(3))
    usable = there & (known > 0.5)
    rank = torch.where(usable, near + 20.0 * (on_route < 0.5), 1e4)
    best, at = rank.min(dim=1, keepdim=True)
    any_known = (best < 1e4).to(limit.dtype)
    return torch.cat([any_known * ((limit.gather(1, at) - speed) / 5.0).clamp(-2.0, 2.0), any_known], dim=1)


def _stop(seen: Observation, way: Way, points: Tensor, usable: Tensor, speed: Tensor) -> Float[Tensor, "b 3"]:
    """Distance of the front to the next stop line that is closed, the braking it asks for, yellow or not."""
    state = seen.lanes_signal
    closed = usable & ((state == 3) | (state == 4))
    at = stop_ahead(way, points[:, :, 0, :2], points[:, :, -1, :2], closed).unsqueeze(1)
    gap = at - 0.5 * seen.ego_parameters[:, :1]
    shows = (at < 199.0) & (gap > -0.5)
    ahead = gap.clamp(min=0.5)
    yellow = (closed & (state == 3)).any(dim=1, keepdim=True)
    braking = (speed * speed / (2.0 * ahead) / 8.0).clamp(max=2.0)
    return torch.cat([shows * 5.0 / (5.0 + ahead), shows * braking, (shows & yellow).to(gap.dtype)], dim=1)
