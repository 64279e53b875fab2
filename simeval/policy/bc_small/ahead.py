"""The way ahead as a full polyline, and where road users and signals are along it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from simeval.policy.observation import Observation

__all__ = ["SPACING", "OnWay", "Way", "extended_route", "on_way", "stop_ahead"]

SPACING = 2.0  # of the points of an observation's route [m]
OFF_LINE = 2.0  # how much a metre ahead of or behind a point counts against a metre beside the line


class Way(NamedTuple):
    """Points of the route, R of them, in the frame of the ego; row first."""

    x: Float[Tensor, "b r"]
    y: Float[Tensor, "b r"]
    c: Float[Tensor, "b r"]  # direction
    s: Float[Tensor, "b r"]
    known: Float[Tensor, "b"]  # 1: there is a route; 0: straight ahead is taken for one

    def at(self, distance: Float[Tensor, "b k"]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Position and direction at distances along it, linear between points and beyond the ends [m]."""
        steps = distance / SPACING
        i = steps.floor().clamp(0, self.x.shape[1] - 2).long()
        t = steps - i
        values = [torch.lerp(v.gather(1, i), v.gather(1, i + 1), t) for v in self[:4]]
        return values[0], values[1], values[2], values[3]


def extended_route(seen: Observation) -> Way:
    """The route with its last direction carried on where it is shorter than the observation."""
    valid, count = seen.route_valid, seen.route_valid.shape[1]
    known = valid.any(dim=1)
    last = (valid.sum(dim=1) - 1).clamp(min=0).unsqueeze(1)
    x, y, c, s = (torch.where(valid, seen.route[..., k], 0.0) for k in range(4))
    c = torch.where(known.unsqueeze(1), c, 1.0)  # no route: straight ahead
    beyond = (torch.arange(count, device=x.device) - last).clamp(min=0) * SPACING
    end_x, end_y, end_c, end_s = (v.gather(1, last) for v in (x, y, c, s))
    return Way(
        x=torch.where(beyond > 0, end_x + beyond * end_c, x),
        y=torch.where(beyond > 0, end_y + beyond * end_s, y),
        c=torch.where(beyond > 0, end_c, c),
        s=torch.where(beyond > 0, end_s, s),
        known=known.to(x.dtype),
    )


class OnWay(NamedTuple):
    """Boxes seen from the way: where each comes nearest to its line; n of them a row."""

    start: Float[Tensor, "b n"]  # arc length at which the box begins [m]
    aside: Float[Tensor, "b n"]  # from the line to the nearest side of the box, negative: across it [m]
    left: Float[Tensor, "b n"]  # of its centre from the line, left positive [m]
    speed: Float[Tensor, "b n"]  # along the way [m/s]
    drift: Float[Tensor, "b n"]  # across it, towards the line positive [m/s]


def on_way(way: Way, boxes: Float[Tensor, "b n 8"]) -> OnWay:
    """Boxes x, y, cos, sin, vx, vy, length, width in the coordinates of the way."""
    x, y, c, s, vx, vy, length, width = (boxes[..., k].unsqueeze(-1) for k in range(8))
    px, py, pc, ps = (v.unsqueeze(1) for v in way[:4])
    u = (x - px) * pc + (y - py) * ps
    v = (y - py) * pc - (x - px) * ps
    cos, sin = (c * pc + s * ps).abs(), (s * pc - c * ps).abs()
    long, wide = 0.5 * (length * cos + width * sin), 0.5 * (length * sin + width * cos)
    ahead = torch.zeros_like(px).bool()
    ahead[..., -1] = True  # the way goes straight on behind its last point
    off = torch.where(ahead, -u, u.abs()) - long - 0.5 * SPACING
    aside = v.abs() - wide
    near = (aside + OFF_LINE * off.clamp(min=0.0)).argmin(dim=-1, keepdim=True)

    def there(value: Tensor) -> Tensor:
        return value.expand(u.shape).gather(-1, near).squeeze(-1)

    start = near.squeeze(-1) * SPACING + there(u - long)
    speed, left = there(vx * pc + vy * ps), there(v)
    drift = -torch.sign(left) * there(vy * pc - vx * ps)
    beside = there(aside) + OFF_LINE * there(off).clamp(min=0.0)
    return OnWay(start=start, aside=beside, left=left, speed=speed, drift=drift)


def stop_ahead(
    way: Way, first: Float[Tensor, "b m 2"], last: Float[Tensor, "b m 2"], closed: Bool[Tensor, "b m"]
) -> Float[Tensor, "b"]:
    """Arc length at which the first closed stretch of the way ends, its stop line [m]; 200 without one.

    A stretch is made of pieces of lanes, each from `first` to `last`, that follow one another.
    """
    begin, end = _along(way, first), _along(way, last)
    follows = ((end.unsqueeze(2) - begin.unsqueeze(1)).abs() < 0.5 * SPACING) & closed.unsqueeze(1)
    is_end = closed & ~follows.any(dim=2) & (end > 0.0)
    return torch.where(is_end, end, 200.0).amin(dim=1).clamp(max=200.0)


def _along(way: Way, points: Float[Tensor, "b m 2"]) -> Float[Tensor, "b m"]:
    dx = points[..., 0].unsqueeze(-1) - way.x.unsqueeze(1)
    dy = points[..., 1].unsqueeze(-1) - way.y.unsqueeze(1)
    near = (dx * dx + dy * dy).argmin(dim=-1, keepdim=True)
    ahead = dx * way.c.unsqueeze(1) + dy * way.s.unsqueeze(1)
    return near.squeeze(-1) * SPACING + ahead.gather(-1, near).squeeze(-1)
