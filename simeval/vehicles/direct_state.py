"""The direct-state model: the next pose is whatever is asked for; motion follows from two poses.

Nothing is impossible here: it is for replay, for perfect tracking, and for policies that say where they
want to be. Source: none needed, finite differences.
"""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel

__all__ = ["motion_between"]


@kernel
def motion_between(
    x: float, y: float, heading: float, next_x: float, next_y: float, next_heading: float, dt: float
) -> tuple[float, float, float, float]:
    """Velocity (vx, vy), speed along the mean heading (negative in reverse) and yaw rate between two poses
    that are dt apart. Turns by half a turn or more in one step cannot be told from their complement."""
    vx, vy = (next_x - x) / dt, (next_y - y) / dt
    turn = wrap_angle(next_heading - heading)
    middle = heading + 0.5 * turn
    return vx, vy, vx * math.cos(middle) + vy * math.sin(middle), turn / dt
