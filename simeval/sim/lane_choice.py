"""Drivers who change lanes: who would be ahead and behind in the lane beside, and who goes first into it."""

from __future__ import annotations

import math

from simeval.geometry.polyline import project_near, segment_at
from simeval.kernel import kernel
from simeval.sim.sideways import begin_shift
from simeval.sim.tables import BodyTable, PathTable, Row, Table
from simeval.traffic.idm import IdmParameters, follow, lookahead
from simeval.traffic.leads import first_in_corridor
from simeval.traffic.mobil import Lane, MobilParameters, incentive

__all__ = ["change_lanes", "choose_lane"]

MOBIL = 8  # member of scenario.trace.Driver
LOOK_EVERY = 1.0  # [s] between two looks at the lanes beside
CHANGE_TIME = 4.0  # [s] of a change
LEAST_ASIDE, MOST_ASIDE = 1.5, 6.0  # [m] between the middles of two lanes
SAME_WAY = 0.95  # cosine; lanes that part or join are not beside one another
LEAST_AHEAD = 60.0  # [m] a lane that ends sooner is not changed into
SIGHT_BEHIND = 120.0  # [m]
SEEN_AFTER = (
    1.6  # [s] that a change takes to bring a car into the corridor of whoever follows in the new lane
)
APART = 1.0  # [s] that two who go into one lane at once keep at least between them


@kernel
def _in_lane(
    here: Row, agents: Table, live: Table, path: PathTable, way: Row, row: int, a: int, at: float, half: float
) -> tuple[float, int, float, int]:
    """(arc length of the nearest centre behind, its agent, that ahead, its agent) in a lane; -1: none.

    In a lane is who is inside its corridor, or on the way into it.
    """
    behind, follower, ahead, leader = -math.inf, -1, math.inf, -1
    me = live[a]
    for j in range(here.agent0, here.agent1):
        it, other = agents[j], live[j]
        if j == a or other.presence != 1:
            continue
        dx, dy = other.x - me.x, other.y - me.y
        if dx * dx + dy * dy > SIGHT_BEHIND * SIGHT_BEHIND:
            continue
        if other.path == row:
            s = other.s
        else:
            s, offset, i = project_near(
                path.s, path.x, path.y, way.point0, way.point1, at, 1.2 * SIGHT_BEHIND, other.x, other.y
            )
            facing = path.ux[i] * math.cos(other.heading) + path.uy[i] * math.sin(other.heading)
            if math.fabs(offset) > half + 0.5 * it.width or facing < 0.0:
                continue
        # Of two at one place the lower id is the one ahead, so that exactly one of them is.
        if s > at or (s == at and it.number < agents[a].number):
            if s < ahead:
                ahead, leader = s, j
        elif s > behind:
            behind, follower = s, j
    return behind, follower, ahead, leader


@kernel
def _lane(
    here: Row, it: Row, me: Row, agents: Table, live: Table, path: PathTable, bodies: BodyTable, way: Row,
    row: int, a: int, at: float, segment: int, offset: float, p: IdmParameters, reach: float,
) -> Lane:  # fmt: skip
    """Who would be ahead and behind in a lane, at an arc length of its path."""
    behind, follower, ahead, leader = _in_lane(here, agents, live, path, way, row, a, at, 0.5 * it.width)
    entry, body = first_in_corridor(
        path.s, path.x, path.y, path.ux, path.uy, way.point0, way.point1, segment, at, offset,
        0.5 * it.width, at + 0.5 * it.length + lookahead(me.speed, p), it.body0, it.body1, here.body0,
        here.body1, bodies.order, bodies.sorted_x, reach, bodies.pose, bodies.size,
    )  # fmt: skip
    lead_gap, lead_speed = math.inf, 0.0
    if body >= 0:
        i = segment_at(path.s, way.point0, way.point1, segment, entry)
        other = live[bodies.owner[body]]
        lead_gap, lead_speed = (
            entry - at - 0.5 * it.length,
            other.vx * path.ux[i] + other.vy * path.uy[i],
        )
    if leader >= 0 and ahead - agents[leader].tail - at - 0.5 * it.length < lead_gap:
        lead_gap, lead_speed = ahead - agents[leader].tail - at - 0.5 * it.length, live[leader].speed
    if follower < 0:
        return Lane(lead_gap, lead_speed, math.inf, 0.0, 0.0)
    gap = at - it.tail - behind - 0.5 * agents[follower].length
    return Lane(lead_gap, lead_speed, gap, live[follower].speed, max(agents[follower].desired, 0.1))


@kernel
def _place(me: Row, path: PathTable, way: Row) -> tuple[float, float, int]:
    return project_near(path.s, path.x, path.y, way.point0, way.point1, 0.0, math.inf, me.x, me.y)


@kernel
def _is_beside(me: Row, path: PathTable, way: Row, at: float, offset: float, i: int, to_left: bool) -> bool:
    """Whether a path runs beside an agent, to the left or right, and goes on."""
    facing = path.ux[i] * math.cos(me.heading) + path.uy[i] * math.sin(me.heading)
    aside = -offset if to_left else offset
    goes_on = path.s[way.point1 - 1] - at > LEAST_AHEAD
    return LEAST_ASIDE <= aside <= MOST_ASIDE and facing > SAME_WAY and goes_on


@kernel
def _is_seen_in_time(me: Row, there: Lane, p: IdmParameters, most: float) -> bool:
    """Whether the follower in the new lane, who drives on until the change reaches its corridor, can then
    still brake at less than `most` m/s^2, while the driver brakes on as it does now."""
    if there.follower_gap == math.inf:
        return True
    later = max(me.speed + min(me.wanted, 0.0) * SEEN_AFTER, 0.0)
    gap = there.follower_gap - (there.follower_speed - 0.5 * (me.speed + later)) * SEEN_AFTER
    closing = there.follower_speed - later
    return gap > 0.0 and follow(there.follower_speed, gap, closing, there.follower_desired_speed, p) >= -most


@kernel
def choose_lane(
    here: Row, now: Row, agents: Table, live: Table, path: PathTable, bodies: BodyTable, paths: Table,
    character: Row, p: IdmParameters, a: int, reach: float,
) -> None:  # fmt: skip
    """Writes the path beside that a driver wants to change to (`want`, -1: none); looks once a second."""
    it, me, time = agents[a], live[a], now.step * here.dt
    me.want = -1
    if me.path < 0 or me.shift_time > 0.0 or now.step % max(1, round(LOOK_EVERY / here.dt)) != 0:
        return
    wishes = MobilParameters(character.politeness, 0.1, 4.0, 0.0, False, 16.7, 0.5, 6.0)
    own, wish = paths[me.path], max(min(it.desired, 60.0), 0.1)
    since = time - me.changed
    fresh = max(0.0, 1.0 - since / wishes.pause)
    best, staying, known = wishes.threshold + wishes.hysteresis * fresh, Lane(0.0, 0.0, 0.0, 0.0, 0.0), False
    for side in range(2):
        row = own.left if side == 0 else own.right
        if row < 0:
            continue
        way = paths[row]
        at, offset, segment = _place(me, path, way)
        if not _is_beside(me, path, way, at, offset, segment, side == 0):
            continue
        if not known:
            staying, known = (
                _lane(
                    here, it, me, agents, live, path, bodies, own, me.path, a, me.s, me.segment, me.offset, p,
                    reach,
                ),
                True,
            )  # fmt: skip
        there = _lane(here, it, me, agents, live, path, bodies, way, row, a, at, segment, 0.0, p, reach)
        gain, safe = incentive(me.speed, wish, it.length, staying, there, side == 0, p, wishes)
        if safe and gain > best and _is_seen_in_time(me, there, p, wishes.safe_braking):
            best, me.want = gain, row


@kernel
def _goes_first(here: Row, agents: Table, live: Table, path: PathTable, paths: Table, a: int) -> bool:
    """Whether nobody else goes into the same lane at the same moment, near by and before this agent."""
    it, me, way = agents[a], live[a], paths[live[a].want]
    at, _, _ = _place(me, path, way)
    for j in range(here.agent0, here.agent1):
        other = live[j]
        if j == a or other.presence != 1 or agents[j].driver != MOBIL or other.want != me.want:
            continue
        s, _, _ = _place(other, path, way)
        room = agents[j].tail + it.tail + 5.0 + APART * max(me.speed, other.speed)
        if math.fabs(s - at) < room and (s > at or (s == at and agents[j].number < it.number)):
            return False
    return True


@kernel
def change_lanes(here: Row, now: Row, agents: Table, live: Table, path: PathTable, paths: Table) -> None:
    """Begins the changes that drivers decided on in this step; of two into one place the one ahead goes."""
    for a in range(here.agent0, here.agent1):
        me = live[a]
        if agents[a].driver == MOBIL and me.presence == 1 and me.want >= 0:
            me.phase = 1 if _goes_first(here, agents, live, path, paths, a) else 0
    for a in range(here.agent0, here.agent1):
        me = live[a]
        if agents[a].driver != MOBIL or me.presence != 1 or me.want < 0 or me.phase == 0:
            continue
        way, time = paths[me.want], now.step * here.dt
        at, offset, segment = _place(me, path, way)
        me.path, me.path0, me.path1 = me.want, way.point0, way.point1
        me.stop0, me.stop1, me.segment = way.stop0, way.stop1, segment
        me.s, me.offset, me.changed = at, offset, time
        me.front = at + 0.5 * agents[a].length
        me.granted, me.hold, me.arrived = 0.0, math.inf, -1.0
        me.shift_form = 0
        begin_shift(me, time, -offset, CHANGE_TIME)
