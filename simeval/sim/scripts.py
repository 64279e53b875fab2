"""Scripted agents: which action starts now, and what acceleration the current one asks for."""

from __future__ import annotations

import math

from simeval.geometry.boxes import gap_between
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, Row, Table

__all__ = ["script_acceleration", "start_actions"]

# Members of scenario.script.Trigger and Action, as plain numbers for the compiler.
TIME, EGO_GAP, EGO_TTC, AT_S = 1, 2, 3, 4
BRAKE, SPEED, LANE_CHANGE, STOP, WALK = 1, 2, 3, 4, 5


@kernel
def _gap_and_closing(bodies: BodyTable, i: int, j: int, dvx: float, dvy: float) -> tuple[float, float]:
    """Smallest distance between two bodies [m] and how fast the distance of their centres shrinks [m/s]."""
    p, q, own, other = bodies.pose[i], bodies.pose[j], bodies.size[i], bodies.size[j]
    dx, dy = q[0] - p[0], q[1] - p[1]
    gap = gap_between(dx, dy, p[2], p[3], own[0], own[1], q[2], q[3], other[0], other[1])
    apart = math.sqrt(dx * dx + dy * dy)
    return gap, (dvx * dx + dvy * dy) / apart if apart > 0.0 else 0.0


@kernel
def _triggered(
    action: Row, agents: Table, bodies: BodyTable, live: Table, a: int, ego: int, time: float
) -> bool:
    if action.trigger == TIME:
        return bool(time >= action.when - 1e-9)
    if action.trigger == AT_S:
        return bool(live[a].s >= action.when)
    gap, closing = _gap_and_closing(
        bodies, agents[a].body0, agents[ego].body0, live[a].vx - live[ego].vx, live[a].vy - live[ego].vy
    )
    if action.trigger == EGO_GAP:
        return bool(gap < action.when)
    return bool(closing > 0.0 and gap < action.when * closing)


@kernel
def start_actions(
    script: Table, agents: Table, bodies: BodyTable, live: Table, a: int, ego: int, time: float
) -> None:
    """Starts every action whose turn and moment have come."""
    me = live[a]
    while me.next_action < agents[a].script1:
        action = script[me.next_action]
        if not _triggered(action, agents, bodies, live, a, ego, time):
            return
        if action.action == LANE_CHANGE:
            me.shift_start, me.shift_from, me.shift_by, me.shift_time = time, me.offset, action.p, action.q
        else:
            me.pace, me.pace_p, me.pace_q = action.action, action.p, action.q
        me.next_action += 1


@kernel
def script_acceleration(me: Row, dt: float) -> float:
    """What the action under way asks for [m/s^2]; 0 without one: scripted agents keep their speed."""
    if me.pace == WALK:
        return (me.pace_p - me.speed) / dt
    if me.pace == STOP:
        left = me.pace_p - me.s
        if left <= 0.0 or me.speed * me.speed >= 2.0 * me.pace_q * left:
            return -me.speed * me.speed / (2.0 * max(left, 0.01))
        return 0.0
    if me.pace == BRAKE or me.pace == SPEED:
        return min(max((me.pace_q - me.speed) / dt, -me.pace_p), me.pace_p)
    return 0.0
