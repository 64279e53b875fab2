"""A scripted tractor with semitrailer on a wide plane: what truck metrics are tried on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simeval.arrays import Array
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, World, world
from simeval.scenario import AgentKind, Bodies, RoadMap, States
from simeval.vehicles.trailer_geometry import drive_trailers, steady_hitch_angle
from simeval.vehicles.truck_sets import EU_SEMITRAILER
from simeval.vehicles.vehicle_sets import VehicleSet, bodies_of

__all__ = ["semitrailer"]

FINE = 0.005  # [s] steps in which the motion is integrated


def semitrailer(
    plan: Sequence[Sequence[float]] = (), *, speed: float = 10.0, seconds: float = 10.0, dt: float = 0.1,
    cars: Sequence[Sequence[float]] = (), num_lanes: int = 0, y: float = 0.0, hitch: float | None = 0.0,
    vehicle: VehicleSet = EU_SEMITRAILER,
) -> World:  # fmt: skip
    """A European tractor with loaded semitrailer that begins at the origin; cars (x, speed[, y]) go straight.

    `plan` holds stretches (until [s], acceleration [m/s^2], curvature of the rear axle's path [1/m]); after
    the last one it goes straight on at its speed. The hitch angle begins at `hitch`, None for that of a
    steady turn with the first curvature. With `num_lanes` there is a straight road along +x, lane 0 on y = 0.
    """
    unit, path = vehicle.units[0], [(p[0], p[1], p[2]) for p in plan]
    offset = -(unit.rear_hitch - unit.axle)
    trailer = vehicle.units[1]
    start = steady_hitch_angle(path[0][2], offset, trailer.wheelbase) if hitch is None else hitch
    rows, motion = _driven(path, speed, seconds, y, unit.axle)
    chain = (np.array([start]), np.array([offset]), np.array([trailer.wheelbase]))
    angles, _ = drive_trailers(*chain, np.array(motion))
    every = round(dt / FINE)
    table, bend = np.array(rows)[::every], np.concatenate([[start], angles[:, 0]])[::every]
    others = [Track(x=c[0], speed=c[1], y=c[2] if len(c) > 2 else 0.0) for c in cars]
    road_map = straight_map(num_lanes, 25.0) if num_lanes else RoadMap.empty()
    base = world([Track(kind=AgentKind.TRUCK), *others], road_map=road_map, seconds=seconds, dt=dt)
    return _replaced(base, table, bend, vehicle)


def _driven(
    plan: list[tuple[float, float, float]], speed: float, seconds: float, y: float, axle: float
) -> tuple[list[tuple[float, float, float, float, float, float]], list[tuple[float, float]]]:
    """Rows of rear axle x, y, heading, speed, yaw rate, acceleration; path and turn of each fine step."""
    x, heading = axle, 0.0
    rows, motion = [], []
    for k in range(round(seconds / FINE) + 1):
        rate, bend = next((p[1:] for p in plan if k * FINE < p[0] - 1e-9), (0.0, 0.0))
        after = max(0.0, speed + rate * FINE)
        rows.append((x, y, heading, speed, speed * bend, (after - speed) / FINE))
        way = 0.5 * (speed + after) * FINE
        turn = way * bend
        chord = way * (math.sin(0.5 * turn) / (0.5 * turn) if turn else 1.0)
        x, y = x + chord * math.cos(heading + 0.5 * turn), y + chord * math.sin(heading + 0.5 * turn)
        heading, speed = heading + turn, after
        motion.append((way, turn))
    return rows, motion[:-1]


def _replaced(base: World, table: Array, bend: Array, vehicle: VehicleSet) -> World:
    """The base world with the combination in the place of its first road user."""
    heading, speed, turning = table[:, 2], table[:, 3], table[:, 4]
    axle = vehicle.units[0].axle
    ahead = np.column_stack([np.cos(heading), np.sin(heading)])
    left = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    old, count = base.trace.states, base.trace.num_steps
    xy, velocity, headings = old.xy.copy(), old.velocity.copy(), old.heading.copy()
    xy[:, 0] = table[:, :2] - axle * ahead
    velocity[:, 0] = speed[:, None] * ahead - axle * turning[:, None] * left
    headings[:, 0] = heading
    states = States(xy=xy, heading=headings, velocity=velocity, valid=old.valid, hitch=bend[:count, None])
    own, others = bodies_of(vehicle), base.trace.agents.bodies
    names = ("agent", "length", "width", "axle", "wheelbase", "front_hitch", "rear_hitch")
    joined = {n: np.concatenate([getattr(own, n), getattr(others, n)[1:]]) for n in names}
    agents = replace(base.trace.agents, bodies=Bodies(**joined))
    yaw = base.trace.yaw_rate.copy()
    yaw[:, 0] = turning
    steering = np.arctan(np.where(speed > 0.0, turning / np.where(speed > 0.0, speed, 1.0), 0.0)
                         * vehicle.units[0].wheelbase)  # fmt: skip
    trace = replace(
        base.trace, agents=agents, states=states, yaw_rate=yaw, acceleration=table[:, 5], steering=steering
    )
    line = np.column_stack([np.arange(-10.0, 401.0, 10.0), np.full(42, xy[0, 0, 1])])
    route = replace(base.scenario.route, xy=line) if base.scenario.route is not None else None
    scenario = replace(base.scenario, agents=agents, states=states, route=route)
    return replace(base, scenario=scenario, trace=trace)
