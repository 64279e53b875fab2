"""Who is off the road, looked up only where an edge may be near."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.edges import edge_touches_box, nearest_edge
from simeval.kernel import inlined_kernel
from simeval.sim.tables import BodyTable, RoadTable, Row, Table

__all__ = ["flag_off_road"]

OFF_ROAD = 2  # member of scenario.trace.Flag


@inlined_kernel
def _touches_edge(road: RoadTable, offsets: Array, r: int, pose: Array, size: Array) -> bool:
    return edge_touches_box(
        road.segments, road.box[r], road.shape[r], offsets, road.items,
        pose[0], pose[1], pose[2], pose[3], size[0], size[1],
    )  # fmt: skip


@inlined_kernel
def _any_touches_edge(bodies: BodyTable, it: Row, road: RoadTable, offsets: Array, r: int) -> bool:
    for b in range(it.body0, it.body1):
        if _touches_edge(road, offsets, r, bodies.pose[b], bodies.size[b]):
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
    beyond the vehicle's radius, no edge can touch the vehicle. Only then something has to be looked up.
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
            me.clearance = nearest_edge(
                road.segments, road.box[here.road], road.shape[here.road], offsets, road.items, me.x, me.y
            )
            me.seen, me.seen_x, me.seen_y, moved2, clear = 1, me.x, me.y, 0.0, math.fabs(me.clearance)
        off, spare = me.clearance > 0.0, clear - _farthest(bodies, it)
        if not off and not (spare > 0.0 and moved2 < spare * spare):
            off = _any_touches_edge(bodies, it, road, offsets, here.road)
        if off:
            me.flag_bits |= OFF_ROAD
