"""What is told of the way ahead: its course, how fast its bends may be taken, where steering can aim."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from simeval.policy.bc_small.ahead import SPACING, Way
from simeval.policy.bc_small.scaling import faster_by, like, place
from simeval.policy.observation import Observation

__all__ = ["AIMS", "WAY", "aims_at", "course_of"]

AIMS = (3.0, 5.0, 7.0, 9.0, 12.0, 15.0, 19.0, 24.0, 30.0, 38.0)
"""Distances from the rear axle to the points of the way that steering can aim at [m]."""
LOOKS = (0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 78.0)  # at which the way is described [m]
WAY = 3 * len(LOOKS) + 4


def aims_at(seen: Observation, way: Way) -> Float[Tensor, "b k"]:
    """Pure pursuit: curvature = 2 * lateral offset / distance^2 (Coulter, CMU-RI-TR-92-01, 1992)."""
    wheelbase, axle = seen.ego_parameters[:, 2:3], seen.ego_parameters[:, 3:4]
    x, y, _, _ = way.at(axle + like(axle, *AIMS))
    x = x - axle
    return torch.atan(2.0 * wheelbase * y / (x * x + y * y).clamp(min=1.0))


def course_of(way: Way, speed: Tensor) -> tuple[Float[Tensor, "b w"], Float[Tensor, "b 1"]]:
    """The way's course, and by how much its bends ahead allow to go faster than now."""
    _, y, c, s = way.at(like(speed, *LOOKS).expand(len(speed), -1))
    first = way.c[:, :-2] * way.s[:, 2:] - way.s[:, :-2] * way.c[:, 2:]
    bend = torch.asin(first.clamp(-1.0, 1.0)) / (2.0 * SPACING)
    distance = (
        SPACING * torch.arange(1, bend.shape[1] + 1, device=bend.device, dtype=bend.dtype) - 0.5 * speed
    )
    allowed = faster_by(bend.abs(), distance, speed).amin(dim=1, keepdim=True)
    sharpest = 20.0 * torch.stack([bend[:, :10].abs().amax(dim=1), bend.abs().amax(dim=1)], dim=1)
    course = [place(y, 10.0), s, 5.0 * (c - 1.0), sharpest, allowed, way.known.unsqueeze(1)]
    return torch.cat(course, dim=1), allowed
