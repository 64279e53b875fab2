"""The traffic models of nuPlan and Waymax in our worlds; docs/traffic-models.md says what is kept of them."""

from __future__ import annotations

import math

from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, PathTable, Row, Table
from simeval.traffic.idm_nuplan import NuplanIdm, nuplan_agent_gap, nuplan_idm_acceleration
from simeval.traffic.idm_waymax import WaymaxIdm, waymax_acceleration
from simeval.traffic.leads import first_in_corridor

__all__ = ["euler_along", "nuplan_wanted", "waymax_along", "waymax_wanted"]

REPLAY, PARKED = 1, 4  # members of scenario.trace.Driver
NUPLAN_SIGHT = 100.0  # [m] of the own path in which a leader is looked for
WAYMAX = WaymaxIdm()
POINTS, SPACING = 10, 1.0  # looked at straight ahead [m]
TOUCHING = 1e-9  # [m] boxes that merely touch do not overlap


@kernel
def nuplan_wanted(
    here: Row, now: Row, it: Row, me: Row, path: PathTable, bodies: BodyTable, agents: Table, live: Table,
    stop: float, reach: float,
) -> float:  # fmt: skip
    """What a traffic agent of nuPlan does [m/s^2]; a signal to stop for, `stop` m ahead, stands there.

    Replayed agents count as standing; the leader's speed is that along the own heading.
    """
    half, p = 0.5 * it.length, NuplanIdm(it.desired, 1.0, 1.5, 1.0, 2.0, 4.0)
    entry, body = first_in_corridor(
        path.s, path.x, path.y, path.ux, path.uy, me.path0, me.path1, me.segment, me.s, me.offset,
        0.5 * it.width, me.s + half + NUPLAN_SIGHT, it.body0, it.body1, here.body0, here.body1,
        bodies.order, bodies.sorted_x, reach, bodies.pose, bodies.size,
    )  # fmt: skip
    gap, lead_speed = stop, 0.0
    if body >= 0 and entry - me.s - half < stop:
        gap, lead = entry - me.s - half, bodies.owner[body]
        if agents[lead].driver != REPLAY and agents[lead].driver != PARKED:
            other = live[lead]
            lead_speed = other.vx * math.cos(me.heading) + other.vy * math.sin(me.heading)
    if gap < math.inf:
        gap = nuplan_agent_gap(gap, me.speed, here.start + now.step <= max(it.enter, here.start), p)
    wanted = nuplan_idm_acceleration(me.speed, gap, lead_speed, p)
    return min(max(wanted, -p.max_braking), p.max_acceleration)


@kernel
def euler_along(me: Row, dt: float) -> None:
    """Moves an agent on its path by an explicit Euler step; it stops at zero."""
    me.s += me.speed * dt
    me.speed = max(0.0, me.speed + me.wanted * dt)


@kernel
def _overlap(
    it: Row, x: float, y: float, c: float, s: float, other: int, agents: Table, bodies: BodyTable
) -> bool:
    b = agents[other].body0
    return touch_between(
        bodies.pose[b, 0] - x, bodies.pose[b, 1] - y, c, s, 0.5 * it.length - TOUCHING,
        0.5 * it.width - TOUCHING, bodies.pose[b, 2], bodies.pose[b, 3], bodies.size[b, 0], bodies.size[b, 1],
    )  # fmt: skip


@kernel
def _waymax_leader(
    here: Row, it: Row, me: Row, agents: Table, bodies: BodyTable, live: Table, a: int
) -> tuple[float, int]:
    """(distance of centres to the first point at which the own box would overlap another's, that agent)."""
    c, s = math.cos(me.heading), math.sin(me.heading)
    best, who = POINTS + 1, -1
    for j in range(here.agent0, here.agent1):
        if j == a or live[j].presence != 1:
            continue
        dx, dy = live[j].x - me.x, live[j].y - me.y
        far = POINTS * SPACING + 0.5 * (it.length + it.width + agents[j].length + agents[j].width)
        if dx * dx + dy * dy > far * far:
            continue
        for k in range(best):  # of two at one point the lower agent: a later one has to be nearer
            if _overlap(it, me.x + k * SPACING * c, me.y + k * SPACING * s, c, s, j, agents, bodies):
                best, who = k, j
                break
    return (best * SPACING, who) if who >= 0 else (math.inf, -1)


@kernel
def waymax_wanted(
    here: Row, it: Row, me: Row, agents: Table, bodies: BodyTable, live: Table, a: int
) -> float:
    """What Waymax's IDM sim agent does [m/s^2], unbounded from below."""
    distance, lead = _waymax_leader(here, it, me, agents, bodies, live, a)
    return waymax_acceleration(me.speed, distance, live[lead].speed if lead >= 0 else 0.0, WAYMAX)


@kernel
def waymax_along(me: Row, path: PathTable, dt: float) -> None:
    """Moves an agent straight ahead and then to the nearest place on its path, whose ends go on straight."""
    before = me.speed
    me.speed = max(0.0, before + me.wanted * dt)
    way = 0.5 * (before + me.speed) * dt
    x, y = me.x + way * math.cos(me.heading), me.y + way * math.sin(me.heading)
    best, found, first, last = math.inf, me.s, me.path0, me.path1 - 2
    for i in range(first, last + 1):
        if path.s[i + 1] < me.s - way - 5.0 or path.s[i] > me.s + way + 5.0:
            continue
        dx, dy, length = x - path.x[i], y - path.y[i], path.s[i + 1] - path.s[i]
        t = dx * path.ux[i] + dy * path.uy[i]
        t = t if i == first else max(t, 0.0)
        t = t if i == last else min(t, length)
        ox, oy = dx - t * path.ux[i], dy - t * path.uy[i]
        if ox * ox + oy * oy < best:
            best, found = ox * ox + oy * oy, path.s[i] + t
    me.s, me.offset = found, 0.0
