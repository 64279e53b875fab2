"""Angles."""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["wrap_angle"]


@kernel
def wrap_angle(angle: float) -> float:
    """The same direction in [-pi, pi]; 359 degrees and 1 degree are 2 degrees apart."""
    return math.atan2(math.sin(angle), math.cos(angle))
