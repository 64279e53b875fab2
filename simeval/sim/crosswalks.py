"""Vehicles on lane routes stop before a crosswalk for people, on foot or by bicycle, who use it or will soon.

It is decided for each vehicle and person alone, from where the person will be while the vehicle passes.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, LaneTable, PathTable, Row, Table
from simeval.sim.yielding import give_way
from simeval.traffic.conflict_times import time_to_cover
from simeval.traffic.right_of_way import YieldParameters, stops_before

__all__ = ["look_where_to_stop"]

PARAMETERS = YieldParameters()
BY_BICYCLE = 2  # `on_foot` of the agent table
STANDING = 0.5  # [m/s] a bicycle that is slower goes nowhere
BEFORE = 1.0  # [m] one stops this far before a crosswalk
ASIDE = 1.0  # [m] people this near beside a vehicle are in its way
ALONG = 1.0  # [m] people this near beside the crosswalk use it
SPARE = 1.0  # [s] between a vehicle and somebody on foot
CALM = 1.0  # [m/s^2] with which one expects to pass
REACTION, APPROACH, NEAR = 1.5, 2.5, 6.0  # [s], [m/s^2], [m]: a driver decides where it could still stop


@kernel
def _meets(it: Row, me: Row, walk: Row, person: Row, rides: bool, path: PathTable) -> bool:
    """Whether somebody on foot, or who `rides`, is or will be where a vehicle passes over the crosswalk."""
    middle = 0.5 * (walk.s0 + walk.s1)
    i = segment_at(path.s, me.path0, me.path1, me.segment, middle)
    dx = person.x - path.x[i] - (middle - path.s[i]) * path.ux[i]
    dy = person.y - path.y[i] - (middle - path.s[i]) * path.uy[i]
    along, aside = dx * path.ux[i] + dy * path.uy[i], dy * path.ux[i] - dx * path.uy[i]
    if math.fabs(along) > middle - walk.s0 + ALONG:
        return False
    half = 0.5 * it.width + ASIDE
    across = person.vy * path.ux[i] - person.vx * path.uy[i]
    forward = person.vx * path.ux[i] + person.vy * path.uy[i]
    if rides and math.fabs(forward) > max(math.fabs(across), STANDING):
        return False  # along the road
    if math.fabs(aside) <= half:
        return True
    if aside * across >= 0.0:
        return False
    comes, goes = (math.fabs(aside) - half) / math.fabs(across), (math.fabs(aside) + half) / math.fabs(across)
    front, speed = me.s + 0.5 * it.length, max(me.speed, 0.0)
    enters = time_to_cover(walk.s0 - front, speed, CALM, max(it.desired, speed))
    leaves = time_to_cover(walk.s1 + it.length - front, speed, CALM, max(it.desired, speed))
    return comes < leaves + SPARE and goes + SPARE > enters


@kernel
def _let_cross(here: Row, agents: Table, path: PathTable, live: Table, lanes: LaneTable, a: int) -> None:
    """Puts the place to stop of one vehicle before the first crosswalk that somebody uses."""
    it, me = agents[a], live[a]
    front, speed, way = me.s + 0.5 * it.length, max(me.speed, 0.0), lanes.path[me.path]
    decides = REACTION * speed + speed * speed / (2.0 * APPROACH) + NEAR
    for k in range(way.walk0, way.walk1):
        walk = lanes.walk[k]
        to_line = walk.s0 - BEFORE - front
        if to_line > decides:
            return
        if walk.s0 < front or not stops_before(max(to_line, 0.0), speed, PARAMETERS):
            continue
        for b in range(here.agent0, here.agent1):
            kind = agents[b].on_foot
            if kind > 0 and live[b].presence == 1 and _meets(it, me, walk, live[b], kind == BY_BICYCLE, path):
                me.hold = min(me.hold, max(walk.s0 - BEFORE, front))
                return


@kernel
def look_where_to_stop(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, stops: Table, signals: Array,
    live: Table, lanes: LaneTable, reach: float,
) -> None:  # fmt: skip
    """Writes where everybody who gives way has to stop, for other vehicles and for people on foot."""
    if here.conflict1 > here.conflict0:
        give_way(here, now, agents, path, bodies, stops, signals, live, lanes, reach)
    if here.walks == 0:
        return
    for a in range(here.agent0, here.agent1):
        me = live[a]
        if agents[a].gives_way == 0 or me.presence != 1 or me.path < 0:
            continue
        if here.conflict1 == here.conflict0:
            me.hold = math.inf
        _let_cross(here, agents, path, live, lanes, a)
