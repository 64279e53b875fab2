"""Who comes to a zone where paths meet, when, and with what right."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.signal_ahead import signal_gap
from simeval.sim.tables import LaneTable, Row, Table
from simeval.traffic.conflict_times import time_to_cover
from simeval.traffic.right_of_way import YieldParameters, stops_before

__all__ = [
    "CLEAR", "PATIENCE", "STANDING", "claim_zones", "clear_claims", "end_of", "is_queued", "note_urgent",
]  # fmt: skip

MERGE = 1  # see traffic.conflicts
CLEAR = 0.5  # [m] one who is this far past the point where paths join is followed like any leader
SIGHT = 8.0  # [s] zones that are reached sooner are claimed ...
LEAST_SIGHT = 30.0  # [m] ... and those nearer than this
START_UP = 1.5  # [m/s^2] with which others are expected to come ...
CALM = 1.0  # ... and one expects to clear a zone oneself
PATIENCE = 30.0  # [s] after such a wait one goes before everybody who has not begun ...
TURNS = 10.0  # [s] ... and after this one where no line says who gives way, only who turns
KNOWN = 10  # ranks that differ by as much differ by a line, or by a lane change: see safety.lane_rank
FIRST = 1000  # rank of the one who waited so long; above it is only for whom somebody waits in a bend
LONG_WAIT, COURTESY = 60.0, 20.0  # [s] after such a wait, and for so long of each time of patience, others
# keep out of the way also of one who finds no room, and of an ego that does not go
GRACE = 5.0  # [s] so long others wait for an ego that stands at its line though it might go
STANDING = 0.5  # [m/s]
PARAMETERS = YieldParameters()


@kernel
def end_of(zone: Row) -> float:
    """Arc length at which the end of a vehicle has left a zone [m]."""
    return zone.s0 + CLEAR if zone.kind == MERGE else zone.s1


@kernel
def is_queued(me: Row, distance: float) -> bool:
    """Whether one stands behind another one who stands too, before a place `distance` ahead of its front."""
    return me.gap < distance and me.gap_speed < STANDING and me.speed < 2.0 * STANDING


@kernel
def _is_due(waited: float) -> bool:
    """Whether others wait for one who has stood for `waited` s though it does not go, or has no room to.

    By turns: whoever stands in that room may itself wait for those others.
    """
    return waited > LONG_WAIT and waited % PATIENCE < COURTESY


@kernel
def _fill(claim: Row, zone: Row, it: Row, me: Row, stop: float, time: float, is_ego: bool) -> None:
    """Times, speed and right of one claim; `stop` is the arc length of a red signal ahead, inf: none.

    The ego's claim follows from its motion alone, whoever drives it: it is taken to go where it cannot stop
    any more, and to wait when it has stood at the line for some seconds.
    """
    front, rear, speed = me.s + 0.5 * it.length + it.swing, me.s - it.tail - it.swing, max(me.speed, 0.0)
    start = START_UP if it.gives_way == 1 else 0.0
    inside = front > zone.s0
    claim.granted = 1 if inside or it.gives_way == 0 or (not is_ego and me.granted > zone.s0) else 0
    if is_ego and not stops_before(zone.hold - me.s - 0.5 * it.length, speed, PARAMETERS):
        claim.granted = 1
    claim.enters = time_to_cover(zone.s0 - front, speed, start, max(it.desired, speed))
    top = max(min(it.desired, zone.cap), 1.0)
    calm = CALM if it.gives_way == 1 else 0.0
    claim.leaves = time_to_cover(end_of(zone) - rear, min(speed, top), calm, top)
    claim.gate = min(math.sqrt(speed * speed + 2.0 * start * max(zone.s0 - front, 0.0)), max(top, speed))
    waited = time - me.arrived if me.arrived >= 0.0 else 0.0
    patience = PATIENCE if zone.other_rank - zone.rank >= KNOWN else TURNS
    claim.rank = FIRST if waited > patience else zone.rank
    if me.urgent > 0:
        claim.rank = FIRST + 1
    queued = not is_ego and is_queued(me, zone.s0 - front)
    dozes = me.held == 1 or (is_ego and waited > GRACE)
    claim.silent = 1 if (dozes and not _is_due(waited)) or stop < zone.s0 + 1.0 or queued else 0
    if inside and not is_ego and is_queued(me, 4.0):
        claim.leaves = math.inf
    claim.arrived = me.arrived if me.arrived >= 0.0 else math.inf


@kernel
def claim_zones(
    it: Row, me: Row, a: int, is_ego: bool, row: int, lanes: LaneTable, stops: Table, signals: Array,
    time: float, end: float,
) -> int:  # fmt: skip
    """Writes the claims of one agent from `row` on, in driving order; returns the row after the last.

    Who is at the end of its path, at arc length `end`, has left all zones: an ego may drive on from there.
    """
    if me.s >= end:
        return row
    front, rear = me.s + 0.5 * it.length + it.swing, me.s - it.tail - it.swing
    until = front + max(LEAST_SIGHT, SIGHT * max(me.speed, 0.0))
    gap = signal_gap(stops, signals, it, me)
    way = lanes.path[me.path]
    for k in range(way.zone0, way.zone1):
        zone = lanes.zone[k]
        if zone.s0 > until:
            break
        if rear > end_of(zone):
            continue
        if it.gives_way == 0 and front <= zone.s0 and me.speed * SIGHT < zone.s0 - front:
            continue  # others cannot know what one will do who is driven from outside: its speed counts
        claim = lanes.claim[row]
        claim.agent, claim.zone, claim.next = a, k, lanes.head[zone.conflict, zone.side]
        _fill(claim, zone, it, me, front - it.swing + gap, time, is_ego)
        lanes.head[zone.conflict, zone.side] = row
        row += 1
    return row


@kernel
def note_urgent(here: Row, agents: Table, live: Table) -> None:
    """Marks those for whose leaving somebody stands and waits in a bend: they go first, or nobody could.

    Of two who stand and wait for one another the one with the lower id has to go.
    """
    for a in range(here.agent0, here.agent1):
        live[a].urgent = 2 if live[a].urgent == 2 and live[a].swept >= 0 else 0
    for a in range(here.agent0, here.agent1):
        me = live[a]
        if me.swept < 0 or me.presence != 1 or me.speed >= STANDING:
            continue
        b = here.agent0 + me.swept
        other = live[b]
        mutual = other.swept == a - here.agent0 and agents[b].number < agents[a].number
        if other.urgent != 2:
            other.urgent = 2 if mutual and other.speed < STANDING else 1


@kernel
def clear_claims(first: int, last: int, lanes: LaneTable) -> None:
    """Forgets the claims of a step."""
    for row in range(first, last):
        zone = lanes.zone[lanes.claim[row].zone]
        lanes.head[zone.conflict, zone.side] = -1
