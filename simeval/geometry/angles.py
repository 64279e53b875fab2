"""Angles."""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["wrap_angle"]

TURN = 2.0 * math.pi


@kernel
def wrap_angle(angle: float) -> float:
    """The same direction in [-pi, pi]; 359 degrees and 1 degree are 2 degrees apart."""
    if -math.pi <= angle <= math.pi:
        return angle
    return angle - TURN * math.floor(angle / TURN + 0.5)
