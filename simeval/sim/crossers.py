"""Pedestrians and cyclists who cross roads on their own path: when they may, and how fast they go."""

from __future__ import annotations

import math

from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.tables import PathTable, Row, Table
from simeval.traffic.crossing import ACROSS, COMING, CROSSING, CrossingParameters, free_time, pedestrian_step
from simeval.traffic.cyclists import CyclistParameters, cyclist_acceleration

__all__ = ["cyclist_wanted", "pedestrian_wanted"]

STARTING, STOPPING = 2.0, 3.0  # [m/s^2] of somebody on foot
BODY = 0.3  # [m] half of a person
SURE = 0.5  # [m] to each side of the way of a vehicle, which is not known to the centimetre


@kernel
def _current(crossings: Table, it: Row, s: float) -> int:
    """The lane that is crossed now or next, -1: none is left."""
    for k in range(it.cross0, it.cross1):
        if crossings[k].lane1 > s:
            return k
    return -1


@kernel
def _place(path: PathTable, me: Row, s: float) -> tuple[float, float]:
    i = segment_at(path.s, me.path0, me.path1, me.path0, s)
    return path.x[i] + (s - path.s[i]) * path.ux[i], path.y[i] + (s - path.s[i]) * path.uy[i]


@kernel
def _way_into_strip(u1: float, v1: float, u2: float, v2: float, half: float) -> tuple[float, float]:
    """The part in u of a line from (u1, v1) to (u2, v2) with |v| <= half; (inf, -inf) if there is none."""
    a, b = 0.0, 1.0
    if v1 == v2:
        if math.fabs(v1) > half:
            return math.inf, -math.inf
    else:
        t1, t2 = (-half - v1) / (v2 - v1), (half - v1) / (v2 - v1)
        a, b = max(a, min(t1, t2)), min(b, max(t1, t2))
    if a > b:
        return math.inf, -math.inf
    ua, ub = u1 + a * (u2 - u1), u1 + b * (u2 - u1)
    return min(ua, ub), max(ua, ub)


@kernel
def _free(
    here: Row, agents: Table, live: Table, path: PathTable, a: int, s0: float, s1: float, standoff: float
) -> float:
    """How long the way between two arc lengths of an agent's path is left alone by all vehicles [s].

    A vehicle is taken to go straight on at its speed. One that stands before the way gives way.
    """
    me, best = live[a], math.inf
    x0, y0 = _place(path, me, s0)
    x1, y1 = _place(path, me, s1)
    for j in range(here.agent0, here.agent1):
        it, other = agents[j], live[j]
        if j == a or other.presence != 1 or (it.is_vehicle == 0 and j != here.ego):
            continue
        c, s = math.cos(other.heading), math.sin(other.heading)
        u1, v1 = (x0 - other.x) * c + (y0 - other.y) * s, (y0 - other.y) * c - (x0 - other.x) * s
        u2, v2 = (x1 - other.x) * c + (y1 - other.y) * s, (y1 - other.y) * c - (x1 - other.x) * s
        low, high = _way_into_strip(u1, v1, u2, v2, 0.5 * it.width + BODY + SURE)
        if low > high:
            continue
        ahead = low - BODY - 0.5 * it.length
        long = it.length + high - low + 2.0 * BODY
        best = min(best, free_time(ahead, long, max(other.speed, 0.0), 0.0, standoff))
    return best


@kernel
def pedestrian_wanted(
    here: Row, it: Row, me: Row, agents: Table, live: Table, path: PathTable, crossings: Table, a: int
) -> float:
    """Acceleration of a pedestrian who walks along the own path [m/s^2]; keeps phase and clock of it."""
    p, wanted = CrossingParameters(it.desired, 3.0, 1.0, 45.0, 1.0, 0.5, 1.0), it.desired
    k = _current(crossings, it, me.s)
    if k >= 0:
        way = crossings[k]
        if way.road0 - me.s > p.kerb:
            me.phase = COMING
        elif me.phase == COMING and me.s > way.road0 + p.kerb:
            me.phase = CROSSING  # one who begins in the middle of the road goes on
        next_lane = k if way.lane0 >= me.s else k + 1
        to_next, to_end, lane_free = math.inf, math.inf, math.inf
        if next_lane < it.cross1 and crossings[next_lane].road0 == way.road0:
            lane = crossings[next_lane]
            to_next, to_end = lane.lane0 - me.s, lane.lane1 - me.s
            if to_next <= p.kerb:
                lane_free = _free(here, agents, live, path, a, lane.lane0, lane.lane1, p.yielding)
        free = math.inf
        if way.road0 - me.s <= p.kerb and me.phase != CROSSING:
            free = _free(here, agents, live, path, a, max(me.s, way.road0), way.road1, p.yielding)
        me.phase, me.clock, wanted = pedestrian_step(
            me.phase, me.clock, way.road0 - me.s, to_next, to_end, way.road1 - me.s, free, lane_free,
            here.dt, p,
        )  # fmt: skip
    else:
        me.phase = ACROSS
    return min(max((wanted - me.speed) / here.dt, -STOPPING), STARTING)


@kernel
def cyclist_wanted(
    here: Row, it: Row, me: Row, agents: Table, live: Table, path: PathTable, crossings: Table, a: int
) -> float:
    """Acceleration of a cyclist at the next road of the own path [m/s^2]."""
    p = CyclistParameters(it.desired, 0.5, 1.5, 3.0, 1.5, 0.5)
    front, k = me.s + 0.5 * it.length, _current(crossings, it, me.s + 0.5 * it.length)
    if k < 0:
        return cyclist_acceleration(me.speed, -1.0, 0.0, math.inf, p)
    way = crossings[k]
    to_kerb, to_far, free = way.road0 - front, way.road1 - me.s + 0.5 * it.length, math.inf
    if to_kerb > 0.0:
        free = _free(here, agents, live, path, a, way.road0, way.road1, 1.0)
    return cyclist_acceleration(me.speed, to_kerb, to_far, free, p)
