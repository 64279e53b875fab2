"""Pedestrians who cross a road: they come to the kerb, look, wait for a gap, cross, hesitate.

Decisions are functions of distances, speeds and times; the caller tells how soon the road is used next
(`free_time` over the vehicles that matter) and moves the person with the wanted speed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel

__all__ = [
    "ACROSS",
    "COMING",
    "CROSSING",
    "HESITATING",
    "WAITING",
    "CrossingParameters",
    "accepted_gap",
    "critical_gap",
    "free_time",
    "gives_way",
    "pedestrian_step",
]

COMING, WAITING, CROSSING, HESITATING, ACROSS = 0, 1, 2, 3, 4


class CrossingParameters(NamedTuple):
    """A pedestrian."""

    speed: float = 1.2  # walking [m/s]; Highway Capacity Manual 2000, ch. 18
    start_up: float = 3.0  # start-up and end clearance time [s]; the same
    look: float = 1.0  # least time at the kerb before the first step [s]
    patience: float = 45.0  # waiting time over which the start-up time is given up [s]; our assumption
    margin: float = 1.0  # time to spare before a vehicle in the next lane [s]
    kerb: float = 0.5  # where one stands, before the kerb or before the next lane [m]
    yielding: float = 1.0  # least distance from the crossing at which a vehicle may stand to give way [m]


@kernel
def gives_way(distance: float, speed: float, acceleration: float, standoff: float) -> bool:
    """Whether a vehicle is seen to let one pass: it stands before the crossing, or will if it brakes on so.

    `distance` is that of its front to the crossing [m].
    """
    if distance < 0.0:
        return False
    if speed < 0.1:
        return distance >= standoff
    return acceleration < 0.0 and speed * speed <= -2.0 * acceleration * (distance - standoff)


@kernel
def free_time(distance: float, length: float, speed: float, acceleration: float, standoff: float) -> float:
    """How long a vehicle leaves the crossing alone [s]: 0 while on it, inf when it is past or yields."""
    if distance + length < 0.0 or gives_way(distance, speed, acceleration, standoff):
        return math.inf
    if distance <= 0.0:
        return 0.0
    return distance / speed if speed > 0.0 else math.inf


@kernel
def critical_gap(width: float, p: CrossingParameters) -> float:
    """The gap that a single pedestrian needs to cross `width` metres [s].

    Source: Highway Capacity Manual 2000, ch. 18: L / S + t_s. At 42 sites the 85th percentiles of accepted
    gaps were 5.3 to 9.4 s, below it (Brewer et al., Transportation Research Record 1982 (2006) 132-140).
    """
    return width / p.speed + p.start_up


@kernel
def accepted_gap(width: float, waited: float, p: CrossingParameters) -> float:
    """The gap accepted after some waiting [s]: the start-up time is given up bit by bit, never the way."""
    worn = min(max(waited / p.patience, 0.0), 1.0)
    return width / p.speed + p.start_up * (1.0 - worn)


@kernel
def pedestrian_step(
    phase: int, clock: float, to_kerb: float, to_next_lane: float, to_lane_end: float, to_far_kerb: float,
    free: float, lane_free: float, dt: float, p: CrossingParameters,
) -> tuple[int, float, float]:  # fmt: skip
    """(phase, time in it [s], wanted speed [m/s]) of a pedestrian, one step on.

    Args:
        phase: one of the five; starts as COMING.
        clock: time in that phase.
        to_kerb: distance to the near kerb, negative beyond it [m].
        to_next_lane: to the lane entered next, inf without another [m].
        to_lane_end: to the far edge of that lane [m].
        to_far_kerb: to the other side [m].
        free: least `free_time` of all vehicles of the road.
        lane_free: that of those in the lane entered next.
        dt: [s].
        p: the pedestrian.
    """
    clock += dt
    if to_far_kerb <= 0.0:
        return ACROSS, clock if phase == ACROSS else 0.0, p.speed
    if phase == COMING:
        if to_kerb > p.kerb:
            return COMING, clock, p.speed
        return WAITING, 0.0, 0.0
    if phase == WAITING:
        if clock >= p.look and free >= accepted_gap(to_far_kerb, clock, p):
            return CROSSING, 0.0, p.speed
        return WAITING, clock, 0.0
    threatened = 0.0 <= to_next_lane <= p.kerb and lane_free < to_lane_end / p.speed + p.margin
    if threatened:
        return HESITATING, clock if phase == HESITATING else 0.0, 0.0
    return CROSSING, clock if phase == CROSSING else 0.0, p.speed
