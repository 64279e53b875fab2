"""Scripted agents: which action starts now, and what acceleration the current one asks for."""

from __future__ import annotations

import math

from simeval.geometry.boxes import gap_between
from simeval.kernel import kernel
from simeval.sim.tables import AgentTable, Live, ScriptTable

__all__ = ["script_acceleration", "start_actions"]

# Members of scenario.script.Trigger and Action, as plain numbers for the compiler.
TIME, EGO_GAP, EGO_TTC, AT_S = 1, 2, 3, 4
BRAKE, SPEED, LANE_CHANGE, STOP, WALK = 1, 2, 3, 4, 5


@kernel
def _gap_and_closing(agents: AgentTable, live: Live, a: int, ego: int) -> tuple[float, float]:
    """Smallest distance between the first bodies of an agent and the ego [m], and how fast it shrinks."""
    i, j = agents.body0[a], agents.body0[ego]
    p, q = live.pose[i], live.pose[j]
    dx, dy = q[0] - p[0], q[1] - p[1]
    gap = gap_between(
        dx,
        dy,
        p[2],
        p[3],
        agents.size[i, 0],
        agents.size[i, 1],
        q[2],
        q[3],
        agents.size[j, 0],
        agents.size[j, 1],
    )
    apart = math.sqrt(dx * dx + dy * dy)
    if apart == 0.0:
        return gap, 0.0
    closing = (live.vx[a] - live.vx[ego]) * dx + (live.vy[a] - live.vy[ego]) * dy
    return gap, closing / apart


@kernel
def _triggered(agents: AgentTable, script: ScriptTable, live: Live, a: int, ego: int, time: float) -> bool:
    row = live.next_action[a]
    trigger, when = script.trigger[row], script.when[row]
    if trigger == TIME:
        return bool(time >= when - 1e-9)
    if trigger == AT_S:
        return bool(live.s[a] >= when)
    gap, closing = _gap_and_closing(agents, live, a, ego)
    if trigger == EGO_GAP:
        return bool(gap < when)
    return bool(closing > 0.0 and gap < when * closing)


@kernel
def start_actions(agents: AgentTable, script: ScriptTable, live: Live, a: int, ego: int, time: float) -> None:
    """Starts every action whose turn and moment have come."""
    while live.next_action[a] < agents.script0[a + 1] and _triggered(agents, script, live, a, ego, time):
        row = live.next_action[a]
        if script.action[row] == LANE_CHANGE:
            live.shift[a, 0], live.shift[a, 1] = time, live.offset[a]
            live.shift[a, 2], live.shift[a, 3] = script.p[row], script.q[row]
        else:
            live.pace[a, 0], live.pace[a, 1] = script.action[row], script.p[row]
            live.pace[a, 2] = script.q[row]
        live.next_action[a] += 1


@kernel
def script_acceleration(live: Live, a: int, dt: float) -> float:
    """What the action under way asks for [m/s^2]; 0 without one: scripted agents keep their speed."""
    kind, p, q, speed = live.pace[a, 0], live.pace[a, 1], live.pace[a, 2], live.speed[a]
    if kind == WALK:
        return (p - speed) / dt
    if kind == STOP:
        left = p - live.s[a]
        if left <= 0.0 or speed * speed >= 2.0 * q * left:
            return -speed * speed / (2.0 * max(left, 0.01))
        return 0.0
    if kind == BRAKE or kind == SPEED:
        return min(max((q - speed) / dt, -p), p)
    return 0.0
