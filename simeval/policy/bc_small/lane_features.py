"""What is told of the pieces of lanes, and what they say about speed limit and signals."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from simeval.policy.bc_small.ahead import SPACING, Way, stop_ahead
from simeval.policy.bc_small.scaling import faster_by, like, place
from simeval.policy.observation import Observation

__all__ = ["LANE", "describe_lanes"]

SIGNALS, YELLOW, RED = 5, 3, 4
POINTS = 5  # of a piece
LANE = 4 * POINTS + 6 + SIGNALS + 4


def describe_lanes(seen: Observation, way: Way, speed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Features of the pieces of lanes; the limit here, less the speed; where signals ask to stop."""
    points, last = _points(seen)
    x, y, c, s = points.unbind(dim=-1)
    there, on_route = seen.lanes_valid.any(dim=-1), seen.lanes_attributes[..., 2] > 0.5
    near = (x * x + y * y).amin(dim=-1).sqrt()
    turn = torch.atan2(
        c[..., 0] * s[..., -1] - s[..., 0] * c[..., -1], (c[..., 0] * c[..., -1] + s[..., 0] * s[..., -1])
    )
    bend = turn.abs() / (SPACING * last.clamp(min=1).to(x.dtype))
    allowed = faster_by(bend, near - 0.5 * speed, speed)
    attributes = seen.lanes_attributes / like(x, 20, 1, 1, 1, 1, 4)
    signal = (seen.lanes_signal.unsqueeze(-1) == torch.arange(SIGNALS, device=x.device)).to(x.dtype)
    course = torch.cat([place(x, 50.0), place(y, 20.0), c, s], dim=-1)
    own = torch.stack([place(near, 50.0), turn, allowed, allowed * on_route], dim=-1)
    tokens = torch.cat([course, attributes, signal, own], dim=-1) * there.unsqueeze(-1)
    return tokens, _limit(seen, near, there, speed), _stop(seen, way, points, there & on_route, speed)


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
    closed = usable & ((state == YELLOW) | (state == RED))
    at = stop_ahead(way, points[:, :, 0, :2], points[:, :, -1, :2], closed).unsqueeze(1)
    gap = at - 0.5 * seen.ego_parameters[:, :1]
    shows = (at < 199.0) & (gap > -0.5)
    ahead = gap.clamp(min=0.5)
    yellow = (closed & (state == YELLOW)).any(dim=1, keepdim=True)
    braking = (speed * speed / (2.0 * ahead) / 8.0).clamp(max=2.0)
    return torch.cat([shows * 5.0 / (5.0 + ahead), shows * braking, (shows & yellow).to(gap.dtype)], dim=1)
