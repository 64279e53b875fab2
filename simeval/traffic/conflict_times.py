"""When a vehicle reaches and leaves a place on its path."""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["passage", "time_to_cover"]


@kernel
def time_to_cover(distance: float, speed: float, acceleration: float, top_speed: float) -> float:
    """Time to drive a distance, accelerating up to a top speed [s]; 0 if there is none to drive, inf: never.

    `acceleration` is >= 0; one who is faster than the top speed keeps the speed.
    """
    if distance <= 0.0:
        return 0.0
    if acceleration <= 0.0 or speed >= top_speed:
        return distance / speed if speed > 0.0 else math.inf
    ramp = (top_speed * top_speed - speed * speed) / (2.0 * acceleration)
    if distance <= ramp:
        return (math.sqrt(speed * speed + 2.0 * acceleration * distance) - speed) / acceleration
    return (top_speed - speed) / acceleration + (distance - ramp) / top_speed


@kernel
def passage(
    to_entry: float, to_exit: float, speed: float, acceleration: float, top_speed: float
) -> tuple[float, float]:
    """Times at which a vehicle enters and has left a conflict area [s].

    Distances are those of its front to the near edge and of its rear to the far edge [m]; (inf, inf) for
    one that has left it (`to_exit` < 0) or stands and will not start.
    """
    if to_exit < 0.0:
        return math.inf, math.inf
    enters = time_to_cover(to_entry, speed, acceleration, top_speed)
    if to_entry > 0.0 and enters == math.inf:
        return math.inf, math.inf
    return enters, time_to_cover(to_exit, speed, acceleration, top_speed)
