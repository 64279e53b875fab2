"""Replay that reacts: an agent stays on its log until it is about to meet somebody who left theirs."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.geometry.boxes import touch_between
from simeval.geometry.polyline import project_near
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.tables import BodyTable, PathTable, Row, Table

__all__ = ["board_path", "is_on_log", "leaves_log"]

REPLAY, REACTIVE, LOG = 1, 5, 10  # members of scenario.trace.Driver
HORIZON = 3.0  # [s] how far ahead a conflict is looked for
SAMPLING = 0.2  # [s] between two moments that are looked at
MARGIN = 0.2  # [m] to every side of the own box
MOVED, TURNED = 0.5, 0.2  # [m], [rad] from its log: who is nearer is where the log has it
LIVELIER = 10.0  # [m/s] a log may speed up by that within the horizon


@inlined_kernel
def is_on_log(it: Row, me: Row) -> bool:
    """Whether an agent is where its log has it, and nowhere else."""
    return bool(it.driver == REPLAY or it.driver == LOG or (it.driver == REACTIVE and me.off_log == 0))


@kernel
def _left_its_log(here: Row, agents: Table, log: Table, live: Table, other: int, t: int) -> bool:
    """Whether an agent is not where its log has it at scenario step t."""
    if is_on_log(agents[other], live[other]):
        return False
    there, me = log[here.log0 + t * (here.agent1 - here.agent0) + other - here.agent0], live[other]
    if there.valid == 0:
        return True
    dx, dy = me.x - there.x, me.y - there.y
    return dx * dx + dy * dy > MOVED * MOVED or math.fabs(wrap_angle(me.heading - there.heading)) > TURNED


@kernel
def _meets(
    here: Row, bodies: BodyTable, body: int, own_body: int, log: Table, live: Table, a: int, t: int
) -> bool:
    """Whether agent a on its log gets to a body that goes on as it moves now, which is then ahead of it."""
    count, other, size = here.agent1 - here.agent0, live[bodies.owner[body]], bodies.size[body]
    p, own, stride = bodies.pose[body], bodies.size[own_body], max(1, round(SAMPLING / here.dt))
    reach = own[2] + size[2] + 2.0 * MARGIN
    for k in range(0, round(HORIZON / here.dt) + 1, stride):
        if t + k >= here.log_steps:
            return False
        row = log[here.log0 + (t + k) * count + a - here.agent0]
        if row.valid == 0:
            return False
        dx, dy = p[0] + other.vx * k * here.dt - row.x, p[1] + other.vy * k * here.dt - row.y
        if dx * dx + dy * dy > reach * reach:
            continue
        c, s = math.cos(row.heading), math.sin(row.heading)
        if touch_between(dx, dy, c, s, own[0] + MARGIN, own[1] + MARGIN, p[2], p[3], size[0], size[1]):
            return bool(dx * c + dy * s > 0.0)
    return False


@kernel
def leaves_log(
    here: Row, now: Row, agents: Table, bodies: BodyTable, log: Table, live: Table, a: int
) -> bool:
    """Whether an agent on its log is about to run into somebody who left theirs.

    The own log says where one will be, a body that left its log goes on at its velocity. Only who is ahead
    counts: nobody can brake for somebody who comes from behind.
    """
    me, t = live[a], here.start + now.step
    if me.path < 0:
        return False
    for body in range(here.body0, here.body1):
        j = bodies.owner[body]
        other = live[j]
        if j == a or other.presence != 1 or not _left_its_log(here, agents, log, live, j, t):
            continue
        dx, dy = bodies.pose[body, 0] - me.x, bodies.pose[body, 1] - me.y
        speeds = math.fabs(me.speed) + math.sqrt(other.vx * other.vx + other.vy * other.vy) + LIVELIER
        far = HORIZON * speeds + bodies.size[body, 2] + bodies.size[agents[a].body0, 2]
        if dx * dx + dy * dy <= far * far and _meets(here, bodies, body, agents[a].body0, log, live, a, t):
            return True
    return False


@kernel
def board_path(me: Row, path: PathTable) -> None:
    """Puts an agent that leaves its log on its path, where and as fast as it is."""
    at, offset, segment = project_near(path.s, path.x, path.y, me.path0, me.path1, 0.0, math.inf, me.x, me.y)
    me.s, me.offset, me.segment, me.speed = at, offset, segment, max(me.speed, 0.0)
    me.off_log = 1
