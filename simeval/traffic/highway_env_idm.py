"""highway-env's car following on straight lanes, quirks included, for comparison with that benchmark."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = [
    "HIGHWAY_VEHICLE",
    "HighwayIdm",
    "HighwayRoad",
    "highway_acceleration",
    "highway_desired_gap",
    "highway_free_acceleration",
    "highway_pair_acceleration",
    "not_zero",
]

HIGHWAY_VEHICLE = np.dtype(
    [(n, "i8") for n in ("lane", "target_lane", "route_lane", "changes_lanes", "crashed", "pushed")]
    + [(n, "f8") for n in ("x", "y", "heading", "speed", "target_speed", "timer", "delta", "politeness")]
    + [(n, "f8") for n in ("steering", "acceleration", "push_x", "push_y")],
    align=True,
)
"""One row a vehicle: lanes by index, `route_lane` -1 without a route; pose of the centre [m, rad], speed
along the heading [m/s], time since the last look at a lane change [s], exponent, the last action, and a push
by a contact that is still to come [m]."""

Vehicles = Array  # a record array of HIGHWAY_VEHICLE


class HighwayRoad(NamedTuple):
    """Straight lanes along +x; lane k has its centre at y = k * width."""

    lanes: int
    length: float = 2000.0  # [m]
    speed_limit: float = 30.0  # [m/s]
    width: float = 4.0  # [m]


class HighwayIdm(NamedTuple):
    """Parameters of all drivers; each vehicle has its own exponent, politeness and target speed."""

    max_acceleration: float = 3.0  # [m/s^2]
    comfortable_braking: float = 5.0  # [m/s^2]
    distance: float = 10.0  # desired centre distance at standstill, one car length included [m]
    headway: float = 1.5  # [s]
    limit: float = 6.0  # of the action [m/s^2]


@kernel
def not_zero(value: float) -> float:
    """`value`, kept 0.01 away from zero on its own side."""
    if math.fabs(value) > 0.01:
        return value
    return 0.01 if value >= 0.0 else -0.01


@kernel
def highway_free_acceleration(
    speed: float, target_speed: float, speed_limit: float, delta: float, p: HighwayIdm
) -> float:
    """Acceleration without a leader [m/s^2]; the target speed counts only between 0 and the limit."""
    target = not_zero(min(max(target_speed, 0.0), speed_limit))
    return p.max_acceleration * (1.0 - (max(speed, 0.0) / math.fabs(target)) ** delta)


@kernel
def highway_desired_gap(speed: float, closing_speed: float, p: HighwayIdm) -> float:
    """Desired distance from centre to centre [m]; not floored, so a leader drawing away makes it shrink."""
    root = 2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking)
    return p.distance + speed * p.headway + speed * closing_speed / root


@kernel
def highway_acceleration(
    speed: float, distance: float, closing_speed: float, target_speed: float, speed_limit: float,
    delta: float, p: HighwayIdm,
) -> float:  # fmt: skip
    """Acceleration behind a leader before any limit [m/s^2].

    `distance` is along the lane from centre to centre [m]; `closing_speed` along the own heading [m/s].
    Source: HighwayEnv 1.12.1, highway_env/vehicle/behavior.py.
    """
    free = highway_free_acceleration(speed, target_speed, speed_limit, delta, p)
    near = highway_desired_gap(speed, closing_speed, p) / not_zero(distance)
    return free - p.max_acceleration * near * near


@kernel
def highway_pair_acceleration(
    vehicles: Vehicles, it: int, front: int, delta: float, road: HighwayRoad, p: HighwayIdm
) -> float:
    """Acceleration of vehicle `it` behind `front` [m/s^2]; -1 in place of either: nobody there.

    `delta` is the exponent of who asks: a driver who wonders what a follower will do lends him the own one.
    """
    if it < 0:
        return 0.0
    me = vehicles[it]
    if front < 0:
        return highway_free_acceleration(me.speed, me.target_speed, road.speed_limit, delta, p)
    lead = vehicles[front]
    c, s = math.cos(me.heading), math.sin(me.heading)
    vx = me.speed * c - lead.speed * math.cos(lead.heading)
    vy = me.speed * s - lead.speed * math.sin(lead.heading)
    return highway_acceleration(
        me.speed, lead.x - me.x, vx * c + vy * s, me.target_speed, road.speed_limit, delta, p
    )
