"""Air brakes: nothing for a moment, then the pressure builds up and the deceleration follows it.

The response to a step of demand is a dead time (air on its way, linings moving to the drum) and then a
first-order build-up, solved exactly. A brake whose linings already touch answers without dead time, and
releases with its own time constant. What the rules ask for is a time to a share of the final pressure,
from which `build_up_time` makes the time constant:

- UN Regulation 13, annex 6: 75 % at the least favoured actuator within 0.6 s of a pedal applied in 0.2 s.
- 49 CFR 571.121 (FMVSS 121), S5.3.3: 60 psi of about 100 in 0.45 s on a truck or bus. Trailers are given
  longer; one timing stands for the whole combination here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel

__all__ = ["FMVSS121_TRUCK", "UN_R13", "AirBrake", "air_brake_step", "build_up_time"]

RELEASED = 0.02  # [m/s^2] below it the linings have left the drum


def build_up_time(reached: float, share: float, dead_time: float) -> float:
    """Time constant [s] of a brake that has `share` of its pressure `reached` seconds after the pedal."""
    return (reached - dead_time) / -math.log(1.0 - share)


class AirBrake(NamedTuple):
    """Timing of one vehicle's brakes, the trailer's included."""

    dead_time: float  # from the demand to the first deceleration [s]
    build_up: float  # time constant of the rise [s]
    release: float  # time constant of the fall [s]


# 0.15 s of dead time and 0.25 s for release are typical, not asked for by either rule.
UN_R13 = AirBrake(0.15, build_up_time(0.6, 0.75, 0.15), 0.25)
FMVSS121_TRUCK = AirBrake(0.15, build_up_time(0.45, 0.6, 0.15), 0.25)


@kernel
def _approach(value: float, target: float, time_constant: float, duration: float) -> tuple[float, float]:
    """A first-order lag after a while, and the integral of its value over it."""
    if duration <= 0.0:
        return value, 0.0
    if time_constant <= 0.0:
        return target, target * duration
    share = 1.0 - math.exp(-duration / time_constant)
    return value + (target - value) * share, target * duration + (value - target) * share * time_constant


@kernel
def air_brake_step(
    braking: float, waited: float, demand: float, dt: float, p: AirBrake
) -> tuple[float, float, float]:
    """Deceleration, dead time that has passed, and mean deceleration over the step, after dt.

    Args:
        braking: deceleration the brakes give now [m/s^2], >= 0.
        waited: how long a demand has been pending [s]; start with 0.
        demand: deceleration asked for [m/s^2], >= 0, held over the step.
        dt: step [s].
        p: timing.
    """
    if demand <= braking:
        after, area = _approach(braking, demand, p.release, dt)
        if demand <= 0.0 and after < RELEASED:
            return 0.0, 0.0, area / dt
        return after, waited, area / dt
    idle = min(max(p.dead_time - waited, 0.0), dt)
    after, area = _approach(braking, demand, p.build_up, dt - idle)
    return after, min(waited + dt, p.dead_time), (area + braking * idle) / dt
