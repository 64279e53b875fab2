"""Who is off the road, looked up only where an edge may be near."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.edges import edge_touches_box, free_ahead, nearest_edge
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.tables import BodyTable, RoadTable, Row, Table

__all__ = ["flag_off_road"]

OFF_ROAD = 2  # member of scenario.trace.Flag
AHEAD = 8.0  # [m] room is looked for so far ahead of a body
SPARE = 0.2  # [m] and so much to each side
ROUNDING = 1e-6  # [m] more than rounding can make up for


@inlined_kernel
def _is_in_room(room: Array, pose: Array, size: Array) -> bool:
    """Whether a body is in the room that was found free for it, well away from its border."""
    dx, dy = pose[0] - room[0], pose[1] - room[1]
    c, s = pose[2] * room[2] + pose[3] * room[3], pose[3] * room[2] - pose[2] * room[3]
    u, v = dx * room[2] + dy * room[3], dy * room[2] - dx * room[3]
    behind, aside = size[0] + SPARE - ROUNDING, size[1] + SPARE - ROUNDING
    along = size[0] * math.fabs(c) + size[1] * math.fabs(s)
    across = size[0] * math.fabs(s) + size[1] * math.fabs(c)
    fits = math.fabs(v) + across < aside and along - u < behind and along + u < behind + room[4]
    return bool(fits)


@kernel
def _touches_edge(road: RoadTable, offsets: Array, r: int, pose: Array, size: Array, room: Array) -> bool:
    """Whether an edge touches a body; looks for new room for it first, which will do for many steps."""
    ahead = free_ahead(
        road.segments, road.box[r], road.shape[r], offsets, road.items,
        pose[0], pose[1], pose[2], pose[3], size[0] + SPARE, size[1] + SPARE, AHEAD,
    )  # fmt: skip
    if ahead >= 0.0:
        room[0], room[1], room[2], room[3], room[4] = pose[0], pose[1], pose[2], pose[3], ahead
        return False
    return edge_touches_box(
        road.segments, road.box[r], road.shape[r], offsets, road.items,
        pose[0], pose[1], pose[2], pose[3], size[0], size[1],
    )  # fmt: skip


@inlined_kernel
def _any_touches_edge(bodies: BodyTable, it: Row, road: RoadTable, offsets: Array, r: int) -> bool:
    for b in range(it.body0, it.body1):
        pose, size, room = bodies.pose[b], bodies.size[b], bodies.room[b]
        if not _is_in_room(room, pose, size) and _touches_edge(road, offsets, r, pose, size, room):
            return True
    return False


@inlined_kernel
def _farthest(bodies: BodyTable, it: Row) -> float:
    """No point of an agent is farther from its centre [m]."""
    reach = bodies.size[it.body0, 2]
    for b in range(it.body0 + 1, it.body1):
        reach += 2.0 * bodies.size[b, 2]
    return reach


@inlined_kernel
def flag_off_road(here: Row, agents: Table, bodies: BodyTable, road: RoadTable, live: Table) -> None:
    """Flags vehicles of which any part is off the road.

    `clearance` is the signed distance of the centre to the nearest edge where it was last looked up.
    While the centre has moved less than that, it is on the same side; while it has moved less than that
    beyond the vehicle's radius, no edge can touch the vehicle. Only then something has to be looked up,
    for those bodies that have left the room in which no edge was found when one was last looked for.
    """
    if here.road < 0:
        return
    offsets = road.offsets[road.cell0[here.road] : road.cell0[here.road + 1]]
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        if me.presence != 1 or it.on_road == 0:
            continue
        dx, dy, clear = me.x - me.seen_x, me.y - me.seen_y, math.fabs(me.clearance)
        moved2 = dx * dx + dy * dy
        if me.seen == 0 or moved2 >= clear * clear:
            within = clear + math.sqrt(moved2) if me.seen == 1 else math.inf
            me.clearance = nearest_edge(
                road.segments, road.box[here.road], road.shape[here.road], offsets, road.items, me.x, me.y,
                within,
            )  # fmt: skip
            me.seen, me.seen_x, me.seen_y, moved2, clear = 1, me.x, me.y, 0.0, math.fabs(me.clearance)
        off, spare = me.clearance > 0.0, clear - _farthest(bodies, it)
        if not off and not (spare > 0.0 and moved2 < spare * spare):
            off = _any_touches_edge(bodies, it, road, offsets, here.road)
        if off:
            me.flag_bits |= OFF_ROAD
