"""The end of a step: what is recorded, and whether the episode ends."""

from __future__ import annotations

from simeval.kernel import inlined_kernel
from simeval.sim.tables import BodyTable, Row, Table

__all__ = ["end_world", "record_world"]

CONTACT, OFF_ROAD = 1, 2  # members of scenario.trace.Flag
HORIZON, ENDED_BY_CONTACT, ENDED_OFF_ROAD, ROUTE_END, INVALID_START = 1, 2, 3, 4, 8  # Ending


@inlined_kernel
def record_world(
    here: Row, now: Row, bodies: BodyTable, live: Table, driven: Table, record: Table, ego_record: Table
) -> None:
    """Writes the row of the current step."""
    at = here.record0 + now.step * (here.agent1 - here.agent0)
    for a in range(here.agent0, here.agent1):
        me, row = live[a], record[at]
        row.valid, row.flag_bits = 1 if me.presence == 1 else 0, me.flag_bits
        if me.presence == 1:
            row.x, row.y, row.heading = me.x, me.y, me.heading
            row.vx, row.vy, row.yaw_rate = me.vx, me.vy, me.yaw_rate
        at += 1
    own, pulled = here.body0 - here.agent0, (here.body1 - here.body0) - (here.agent1 - here.agent0)
    for h in range(pulled):
        bodies.recorded_hitch[here.hitch_record0 + now.step * pulled + h] = bodies.hitch[own + h]
    ego, own = ego_record[here.ego_record0 + now.step], driven[here.driven0]
    ego.wanted_acceleration, ego.wanted_steering = own.wanted_acceleration, own.wanted_steering
    ego.acceleration, ego.steering = own.acceleration, own.steering


@inlined_kernel
def end_world(here: Row, now: Row, ego: Row) -> None:
    """Decides whether the episode ends at this step, and why; the first cause that holds is kept."""
    if here.end_on & 1 and ego.flag_bits & CONTACT:
        now.ending = INVALID_START if now.step == 0 else ENDED_BY_CONTACT
    elif here.end_on & 2 and ego.flag_bits & OFF_ROAD and ego.clearance > 0.0:
        now.ending = INVALID_START if now.step == 0 else ENDED_OFF_ROAD
    elif here.end_on & 4 and ego.s >= here.goal and now.step > 0:
        now.ending = ROUTE_END
    elif now.step >= here.last:
        now.ending = HORIZON
