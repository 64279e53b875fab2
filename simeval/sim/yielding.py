"""Who goes first where paths meet: a driver gets all zones that it cannot stop between at once, or waits.

A zone that is granted belongs to one side until its holder has left it; another one enters when times say
that the holder has left before, or comes after. Grants go by rank, then to who stopped first, then from the
right; who has waited long goes before everybody. Holders have room behind the zones, so they leave.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.claims import (
    CLEAR,
    PATIENCE,
    STANDING,
    claim_zones,
    clear_claims,
    end_of,
    is_queued,
    note_urgent,
)  # fmt: skip
from simeval.sim.signal_ahead import signal_gap
from simeval.sim.tables import BodyTable, LaneTable, PathTable, Row, Table
from simeval.traffic.leads import first_in_corridor
from simeval.traffic.right_of_way import Claim, YieldParameters, goes_first, stops_before

__all__ = ["give_way"]

MERGE = 1  # see traffic.conflicts
PARAMETERS = YieldParameters()
LAST_BRAKING = YieldParameters(comfortable_braking=6.0)  # one who has no right brakes harder to stop
MATCHING = 3.0  # [m/s^2] with which a faster one adapts its speed to one who joins before it
REACTION, APPROACH, NEAR = 1.5, 2.5, 6.0  # [s], [m/s^2], [m]: a driver decides where it could still stop
SPACE = 2.0  # [m] between zones, beyond the own length, for stopping there
ROOM = 1.0  # [m] that must be free beyond the last crossing, besides the own length
AT_LINE = 5.0  # [m] one who stands this near to the place to stop has arrived there


@kernel
def _right(claim: Row, zone: Row, agents: Table) -> Claim:
    return Claim(claim.rank, zone.heading, claim.arrived, agents[claim.agent].number)


@kernel
def _may_pass(mine: Row, other: Row, agents: Table, lanes: LaneTable, had: bool, time: float) -> bool:
    """Whether one claim lets another one be granted; `had` says that mine is granted already."""
    zone, across = lanes.zone[mine.zone], lanes.zone[other.zone]
    match, matched = 0.0, 0.0
    if zone.kind == MERGE:
        match, matched = (
            max(other.gate - mine.gate, 0.0) / MATCHING,
            max(mine.gate - other.gate, 0.0) / MATCHING,
        )
    if other.silent == 1 and other.granted == 0:
        return True
    if mine.leaves + PARAMETERS.after + match <= other.enters:
        return True
    if other.leaves + PARAMETERS.before + matched <= mine.enters:
        return True
    if other.granted == 1:
        return False
    return had or goes_first(_right(mine, zone, agents), _right(other, across, agents), time, PATIENCE)


@kernel
def _all_pass(first: int, last: int, agents: Table, lanes: LaneTable, had: bool, time: float) -> bool:
    """Whether everybody who comes to one of the zones lets me pass."""
    for row in range(first, last):
        mine = lanes.claim[row]
        zone = lanes.zone[mine.zone]
        k = lanes.head[zone.conflict, 1 - zone.side]
        while k >= 0:
            other = lanes.claim[k]
            if other.agent != mine.agent and not _may_pass(mine, other, agents, lanes, had, time):
                return False
            k = other.next
    return True


@kernel
def _has_room(
    here: Row, it: Row, me: Row, end: float, path: PathTable, bodies: BodyTable, live: Table, reach: float
) -> bool:
    """Whether there will be room for the whole vehicle beyond arc length `end`.

    What moves ahead is taken to stop from its speed with 2 m/s^2 after a second.
    """
    need = end + 0.5 * it.length + it.tail + it.swing + ROOM
    entry, body = first_in_corridor(
        path.s, path.x, path.y, path.ux, path.uy, me.path0, me.path1, me.segment, me.s, me.offset,
        0.5 * it.width, need, it.body0, it.body1, here.body0, here.body1, bodies.order, bodies.sorted_x,
        reach, bodies.pose, bodies.size,
    )  # fmt: skip
    if body < 0:
        return True
    other = live[bodies.owner[body]]
    i = segment_at(path.s, me.path0, me.path1, me.segment, entry)
    speed = max(other.vx * path.ux[i] + other.vy * path.uy[i], 0.0)
    return entry + speed + 0.25 * speed * speed >= need


@kernel
def _group(first: int, last: int, lanes: LaneTable, length: float) -> tuple[int, float]:
    """(one past the last claim that has to be granted with the first, end of its last crossing or -inf)."""
    end, crossing, row = -math.inf, -math.inf, first
    while row < last:
        zone = lanes.zone[lanes.claim[row].zone]
        if row > first and zone.s0 > end + length + SPACE:
            break
        end = max(end, end_of(zone))
        if zone.kind != MERGE:
            crossing = max(crossing, zone.s1)
        row += 1
    return row, crossing


@kernel
def _allow(me: Row, is_ego: bool, first: int, last: int, lanes: LaneTable, until: float) -> None:
    """Notes how far an agent may go; what the ego decides others cannot see."""
    me.granted = until
    if not is_ego:
        for row in range(first, last):
            lanes.claim[row].granted = 1


@kernel
def _refuse(me: Row, is_ego: bool, first: int, last: int, lanes: LaneTable, until: float) -> None:
    """As `_allow`, for zones in which an agent may not go."""
    me.granted = until
    if not is_ego:
        for row in range(first, last):
            lanes.claim[row].granted = 0


@kernel
def _decide(
    here: Row, agents: Table, a: int, first: int, last: int, path: PathTable, bodies: BodyTable, stops: Table,
    signals: Array, live: Table, lanes: LaneTable, reach: float, time: float,
) -> None:  # fmt: skip
    """Grants the zones ahead of an agent one group after the other, or says where it has to stop."""
    it, me, is_ego = agents[a], live[a], a == here.ego
    front, speed = me.s + 0.5 * it.length, max(me.speed, 0.0)
    decides = REACTION * speed + speed * speed / (2.0 * APPROACH) + NEAR
    red = front + signal_gap(stops, signals, it, me)
    me.hold, me.held, row, length = math.inf, 0, first, it.length + 2.0 * it.swing
    inside = -math.inf  # where the zones end in which it is
    while row < last and lanes.zone[lanes.claim[row].zone].s0 - it.swing < front:
        inside = max(inside, end_of(lanes.zone[lanes.claim[row].zone]))
        row += 1
    while row < last:
        zone = lanes.zone[lanes.claim[row].zone]
        nearest = zone.s0 - CLEAR - it.swing
        place = min(zone.hold, nearest) if zone.hold >= front else max(nearest, front)
        had = me.granted > zone.s0
        entered = had and zone.s0 < inside + length + SPACE
        waits = not entered and not is_ego and is_queued(me, zone.s0 - front)
        if place - front > decides or waits:
            _refuse(me, is_ego, row, last, lanes, min(me.granted, front))
            me.hold = place if waits else math.inf
            return
        end, crossing = _group(row, last, lanes, length)
        bound = entered or not stops_before(place - front, speed, PARAMETERS if had else LAST_BRAKING)
        me.held = 1 if red < zone.s0 + 1.0 or (
            crossing > -math.inf and not _has_room(here, it, me, crossing, path, bodies, live, reach)
        ) else 0  # fmt: skip
        if bound or (me.held == 0 and _all_pass(row, end, agents, lanes, had, time)):
            _allow(me, is_ego, row, end, lanes, lanes.zone[lanes.claim[end - 1].zone].s0 + 1e-6)
            me.held = 0
        else:
            _refuse(me, is_ego, row, last, lanes, front)
            me.hold = place
            return
        row = end


@kernel
def _note_arrival(it: Row, me: Row, time: float) -> None:
    """Notes since when one stands where it gives way; it has waited until it is on its way."""
    if me.hold == math.inf and me.speed >= STANDING:
        me.arrived = -1.0
    elif me.arrived < 0.0 and me.speed < STANDING and me.hold - me.s - 0.5 * it.length < AT_LINE:
        me.arrived = time


@kernel
def give_way(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, stops: Table, signals: Array,
    live: Table, lanes: LaneTable, reach: float,
) -> None:  # fmt: skip
    """Writes until where everybody who gives way, and the ego, may drive (`granted`) and stops (`hold`).

    Work grows with the zones that are near, and with who comes to them.
    """
    time, row = now.step * here.dt, here.claim0
    note_urgent(here, agents, live)
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        lanes.first[a] = row
        if me.presence == 1 and me.path >= 0:
            end = path.s[me.path1 - 1]
            row = claim_zones(it, me, a, a == here.ego, row, lanes, stops, signals, time, end)
    for k in range(here.agent0, here.agent1):
        a = here.agent0 + agents[k].turn
        it, me = agents[a], live[a]
        if it.gives_way == 0 or me.presence != 1 or me.path < 0:
            continue
        last = row if a + 1 == here.agent1 else lanes.first[a + 1]
        _decide(here, agents, a, lanes.first[a], last, path, bodies, stops, signals, live, lanes, reach, time)
        _note_arrival(it, me, time)
    clear_claims(here.claim0, row, lanes)
