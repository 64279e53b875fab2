"""Bringing numbers to about one."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["faster_by", "like", "place"]

COMFORT, SLOWING = 3.0, 1.5  # lateral acceleration in bends, braking before them [m/s^2]


def like(tensor: Tensor, *values: float) -> Tensor:
    """A row of numbers, of the kind of a tensor."""
    return torch.tensor(values, dtype=tensor.dtype, device=tensor.device)


def place(value: Tensor, scale: float) -> Tensor:
    """A length in units of `scale`, clipped: far away is all the same."""
    return (value / scale).clamp(-2.0, 2.0)


def faster_by(bend: Tensor, distance: Tensor, speed: Tensor) -> Tensor:
    """How much faster than now one may be, in view of a bend [1/m] some way off, in 5 m/s."""
    then = (COMFORT / bend.clamp(min=1e-3)).clamp(max=1600.0)
    now = (then + 2.0 * SLOWING * distance.clamp(min=0.0)).sqrt()
    return ((now - speed) / 5.0).clamp(-2.0, 2.0)
