"""Pure pursuit: the steering angle that leads the rear axle through a point ahead on a path."""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["lookahead_distance", "pursuit_steering"]

LOOKAHEAD_TIME = 0.6  # [s] longer is smoother and cuts corners more
LOOKAHEAD_LEAST = 4.0  # [m] shorter makes the steering swing at low speed


@kernel
def lookahead_distance(speed: float) -> float:
    """How far ahead of the rear axle the point lies that is steered for [m]."""
    return LOOKAHEAD_LEAST + LOOKAHEAD_TIME * math.fabs(speed)


@kernel
def pursuit_steering(
    x: float, y: float, heading: float, target_x: float, target_y: float, wheelbase: float
) -> float:
    """Road-wheel angle [rad] of the circle through the rear axle (x, y) and the target.

    Source: Coulter, Implementation of the Pure Pursuit Path Tracking Algorithm, CMU-RI-TR-92-01, 1992:
    curvature = 2 * lateral offset / distance^2.
    """
    dx, dy = target_x - x, target_y - y
    across = -math.sin(heading) * dx + math.cos(heading) * dy
    distance2 = dx * dx + dy * dy
    if distance2 < 1e-6:
        return 0.0
    return math.atan(wheelbase * 2.0 * across / distance2)
