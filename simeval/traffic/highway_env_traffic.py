"""highway-env's traffic on straight lanes: everybody acts in turn, then everybody moves, then contacts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel
from simeval.traffic.highway_env_contact import HALF_LENGTH, highway_contacts
from simeval.traffic.highway_env_idm import (
    HIGHWAY_VEHICLE,
    HighwayIdm,
    HighwayRoad,
    Vehicles,
    highway_pair_acceleration,
    not_zero,
)
from simeval.traffic.highway_env_mobil import highway_lane_policy, highway_neighbours

__all__ = ["HighwayTraffic", "highway_steering", "highway_step", "highway_vehicles"]

MOST_STEERING = math.pi / 3.0  # [rad]
FASTEST = 40.0  # [m/s] either way
PURSUIT, TO_LANE, TO_HEADING = 0.1, 0.6, 0.2  # time constants [s]


@kernel
def highway_steering(y: float, heading: float, speed: float, lane_y: float) -> float:
    """Steering angle towards a straight lane at `lane_y` [rad]: offset -> heading -> rate -> angle."""
    sideways = -(y - lane_y) / TO_LANE
    towards = math.asin(min(max(sideways / not_zero(speed), -1.0), 1.0))
    towards = min(max(towards, -0.25 * math.pi), 0.25 * math.pi)
    rate = wrap_angle(towards - heading) / TO_HEADING
    slip = math.asin(min(max(HALF_LENGTH / not_zero(speed) * rate, -1.0), 1.0))
    return min(max(math.atan(2.0 * math.tan(slip)), -MOST_STEERING), MOST_STEERING)


@kernel
def _act(vehicles: Vehicles, it: int, road: HighwayRoad, p: HighwayIdm) -> None:
    """Lane, steering angle and acceleration of one vehicle; those after it already see its lane."""
    me = vehicles[it]
    if me.crashed:
        return
    if me.changes_lanes:
        highway_lane_policy(vehicles, it, road, p)
    me.steering = highway_steering(me.y, me.heading, me.speed, me.target_lane * road.width)
    front = highway_neighbours(vehicles, it, me.lane, road)[0]
    wanted = highway_pair_acceleration(vehicles, it, front, me.delta, road, p)
    if me.lane != me.target_lane:
        front = highway_neighbours(vehicles, it, me.target_lane, road)[0]
        wanted = min(wanted, highway_pair_acceleration(vehicles, it, front, me.delta, road, p))
    me.acceleration = min(max(wanted, -p.limit), p.limit)


@kernel
def _nearest_lane(y: float, heading: float, road: HighwayRoad) -> int:
    """The lane with the least sum of distance [m] and angle [rad]; all lanes have the same angle here."""
    best, least = 0, math.inf
    for lane in range(road.lanes):
        off = math.fabs(y - lane * road.width) + math.fabs(wrap_angle(heading))
        if off < least:
            best, least = lane, off
    return best


@kernel
def _move(vehicles: Vehicles, it: int, road: HighwayRoad, dt: float) -> None:
    """Explicit Euler of the single track about its centre; a crashed vehicle rolls out within a second."""
    me = vehicles[it]
    if me.crashed:
        me.steering, me.acceleration = 0.0, -me.speed
    if me.speed > FASTEST:
        me.acceleration = min(me.acceleration, FASTEST - me.speed)
    elif me.speed < -FASTEST:
        me.acceleration = max(me.acceleration, -FASTEST - me.speed)
    slip = math.atan(0.5 * math.tan(me.steering))
    me.timer += dt
    me.x += me.speed * math.cos(me.heading + slip) * dt
    me.y += me.speed * math.sin(me.heading + slip) * dt
    if me.pushed:
        me.x, me.y = me.x + me.push_x, me.y + me.push_y
        me.crashed, me.pushed = 1, 0
    me.heading += me.speed * math.sin(slip) / HALF_LENGTH * dt  # the axles are at the ends
    me.speed += me.acceleration * dt
    me.lane = _nearest_lane(me.y, me.heading, road)


@kernel
def highway_step(vehicles: Vehicles, road: HighwayRoad, p: HighwayIdm, dt: float) -> None:
    """One step of the whole road, in place: decisions in the order of the table, motion, contacts."""
    for it in range(len(vehicles)):
        _act(vehicles, it, road, p)
    for it in range(len(vehicles)):
        _move(vehicles, it, road, dt)
    highway_contacts(vehicles, dt)


def highway_vehicles(rows: Sequence[Mapping[str, float]]) -> Vehicles:
    """A table of vehicles from rows of named values; what is left out is zero, `route_lane` -1.

    `changes_lanes` is 1 unless given, `target_lane` is `lane`, `delta` is 4.
    """
    table = np.zeros(len(rows), dtype=HIGHWAY_VEHICLE).view(np.recarray)
    for i, row in enumerate(rows):
        defaults = {"route_lane": -1, "changes_lanes": 1, "target_lane": row.get("lane", 0), "delta": 4.0}
        for name, value in {**defaults, **row}.items():
            table[name][i] = value
    return table


class HighwayTraffic:
    """Vehicles on a road, advanced step by step; `vehicles` is the table as it stands."""

    def __init__(self, vehicles: Vehicles, road: HighwayRoad, p: HighwayIdm = HighwayIdm()) -> None:  # noqa: B008
        self.vehicles, self.road, self.p = vehicles, road, p

    def advance(self, steps: int, dt: float) -> None:
        """Runs `steps` steps of dt [s]."""
        for _ in range(steps):
            highway_step(self.vehicles, self.road, self.p, float(dt))
