"""When the next action of a scripted agent starts."""

from __future__ import annotations

import math

from simeval.geometry.boxes import gap_between
from simeval.geometry.polyline import project_near
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, PathTable, Row, Table

__all__ = ["is_triggered"]

# Members of scenario.script.Trigger, as plain numbers for the compiler.
TIME, EGO_GAP, EGO_TTC, AT_S, EGO_PATH_GAP, EGO_HEADWAY, EGO_AT_S = 1, 2, 3, 4, 5, 6, 7
EGO_REGION, ABOVE, BELOW, AGENT_ACTION, AGENT_GAP = 8, 9, 10, 11, 12
PATH_WINDOW = 500.0  # [m] how far along its path an agent looks for the ego


@kernel
def _gap_and_closing(bodies: BodyTable, i: int, j: int, dvx: float, dvy: float) -> tuple[float, float]:
    """Smallest distance between two bodies [m] and how fast the distance of their centres shrinks [m/s]."""
    p, q, own, other = bodies.pose[i], bodies.pose[j], bodies.size[i], bodies.size[j]
    dx, dy = q[0] - p[0], q[1] - p[1]
    gap = gap_between(dx, dy, p[2], p[3], own[0], own[1], q[2], q[3], other[0], other[1])
    apart = math.sqrt(dx * dx + dy * dy)
    return gap, (dvx * dx + dvy * dy) / apart if apart > 0.0 else 0.0


@kernel
def _gap_along_path(it: Row, other: Row, me: Row, ego: Row, path: PathTable) -> tuple[float, float]:
    """(distance of the ego along the agent's path, bumper to bumper [m]; speed of the one behind [m/s])."""
    at, _, i = project_near(path.s, path.x, path.y, me.path0, me.path1, me.s, PATH_WINDOW, ego.x, ego.y)
    along = (ego.x - path.x[i]) * path.ux[i] + (ego.y - path.y[i]) * path.uy[i]
    if i == me.path0:
        at = min(at, path.s[i] + along)  # the path goes on straight beyond its ends
    if i == me.path1 - 2:
        at = max(at, path.s[i] + along)
    gap = max(math.fabs(at - me.s) - 0.5 * (it.length + other.length), 0.0)
    return gap, me.speed if at >= me.s else ego.speed


@kernel
def _ego_is_placed(action: Row, agents: Table, path: PathTable, live: Table, a: int, ego: int) -> bool:
    """Triggers that look at where the ego is along a path, or on the map."""
    other = live[ego]
    if action.trigger == EGO_AT_S:
        return bool(other.s >= action.when)
    if action.trigger == EGO_REGION:
        return bool(action.when <= other.x <= action.second and action.first <= other.y <= action.third)
    if live[a].path < 0:
        return False
    gap, speed = _gap_along_path(agents[a], agents[ego], live[a], other, path)
    if action.trigger == EGO_PATH_GAP:
        return bool(gap < action.when)
    return bool(speed > 0.0 and gap < action.when * speed)


@kernel
def is_triggered(
    action: Row, agents: Table, bodies: BodyTable, path: PathTable, live: Table, a: int, ego: int, time: float
) -> bool:
    """Whether the moment of an action of agent `a` has come; all agents are as the step began."""
    me, trigger = live[a], action.trigger
    if trigger == TIME:
        return bool(time >= action.when - 1e-9)
    if trigger == AT_S:
        return bool(me.s >= action.when)
    if trigger == ABOVE:
        return bool(me.speed > action.when)
    if trigger == BELOW:
        return bool(me.speed < action.when)
    if trigger == AGENT_ACTION:
        return bool(live[action.other].acted >= action.when)
    if trigger == EGO_AT_S or trigger == EGO_REGION or trigger == EGO_PATH_GAP or trigger == EGO_HEADWAY:
        return _ego_is_placed(action, agents, path, live, a, ego)
    whom = action.other if trigger == AGENT_GAP else ego
    if live[whom].presence != 1:
        return False
    other = live[whom]
    gap, closing = _gap_and_closing(
        bodies, agents[a].body0, agents[whom].body0, me.vx - other.vx, me.vy - other.vy
    )
    if trigger == EGO_TTC:
        return bool(closing > 0.0 and gap < action.when * closing)
    return bool(gap < action.when)
