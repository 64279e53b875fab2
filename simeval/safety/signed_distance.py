"""How far ahead and how far aside an object is, in the frame of the ego, in nuPlan's form."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry.boxes import corners

__all__ = ["nuplan_signed_distances"]


def nuplan_signed_distances(ego: Float[Array, "5"], other: Float[Array, "5"]) -> tuple[float, float]:
    """Lateral (left positive) and longitudinal (ahead positive) gap to an object [m]; 0 where they overlap.

    Each is taken alone, along its own axis, from the nearest corner of the object. As in nuPlan the ego box
    is laid around the *rear axle* instead of its centre, so that gaps ahead are too large.

    Args:
        ego: rear axle x, y [m], heading [rad], length, width [m].
        other: centre x, y [m], heading [rad], length, width [m].
    """
    away = corners(np.asarray(other[:2]), np.asarray(other[2]), other[3], other[4]) - np.asarray(ego[:2])
    c, s = math.cos(ego[2]), math.sin(ego[2])
    along, across = away[:, 0] * c + away[:, 1] * s, away[:, 1] * c - away[:, 0] * s
    return _one_axis(across, 0.5 * float(ego[4])), _one_axis(along, 0.5 * float(ego[3]))


def _one_axis(at: Array, half: float) -> float:
    return max(float(at.min()) - half, 0.0) - max(-float(at.max()) - half, 0.0)
