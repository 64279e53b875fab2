"""Cyclists who cross a road that others have the right to."""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel
from simeval.traffic.conflict_times import time_to_cover
from simeval.traffic.idm import IdmParameters, follow

__all__ = ["CyclistParameters", "cyclist_acceleration"]


class CyclistParameters(NamedTuple):
    """A cyclist; numbers without a source are our choice."""

    speed: float = 4.5  # [m/s]
    acceleration: float = 0.5  # from rest [m/s^2]; AASHTO Guide for bicycle facilities (1999): 0.5 to 1
    braking: float = 1.5  # comfortable [m/s^2]
    hard_braking: float = 3.0  # the most on two wheels [m/s^2]
    margin: float = 1.5  # time to spare before a vehicle [s]
    kerb: float = 0.5  # where one stands before the road [m]


@kernel
def cyclist_acceleration(
    speed: float, to_kerb: float, to_far_kerb: float, free: float, p: CyclistParameters
) -> float:
    """Acceleration of a cyclist who comes to a road that others have the right to [m/s^2].

    One rides on when the way across is done, with a margin, before the next vehicle comes (`free`, the
    least `free_time`), and when it is too late to stop. Else the kerb is a standing leader.
    """
    driver = IdmParameters(p.acceleration, p.braking, 1.0, p.kerb, p.hard_braking)
    onwards = follow(speed, math.inf, 0.0, p.speed, driver)
    if to_kerb <= 0.0 or speed * speed > 2.0 * p.hard_braking * to_kerb:
        return onwards
    across = time_to_cover(to_far_kerb, speed, p.acceleration, p.speed)
    if across + p.margin <= free:
        return onwards
    return follow(speed, to_kerb, speed, p.speed, driver)
