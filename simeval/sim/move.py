"""Second half of a step: everyone moves."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.geometry.polyline import segment_at
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.drive import drive, jump
from simeval.sim.leave_log import is_on_log
from simeval.sim.peer_models import euler_along, waymax_along
from simeval.sim.plan import locate
from simeval.sim.pull import pull
from simeval.sim.sideways import shift_sideways
from simeval.sim.tables import BodyTable, PathTable, Row, Table

__all__ = ["POSED", "POSES", "move_world", "replay"]

SCRIPTED, PARKED, NUPLAN, WAYMAX, MOBIL, LOG = 3, 4, 6, 7, 8, 10  # members of scenario.trace.Driver
POSED = 3  # model of the vehicle table: put on given poses
POSES = 14  # the ego is put on given poses; recorded as POLICY


@inlined_kernel
def replay(here: Row, bodies: BodyTable, agents: Table, log: Table, live: Table, a: int, t: int) -> None:
    """Puts an agent where the log has it at scenario step t; absent where the log is silent."""
    me, count = live[a], here.agent1 - here.agent0
    row = here.log0 + t * count + (a - here.agent0)
    there = log[row]
    me.presence = 1 if there.valid else 0
    if not there.valid:
        return
    me.yaw_rate = 0.0
    if t > 0 and log[row - count].valid:
        me.yaw_rate = wrap_angle(there.heading - log[row - count].heading) / here.dt
    me.x, me.y, me.heading, me.vx, me.vy = there.x, there.y, there.heading, there.vx, there.vy
    me.speed = there.vx * math.cos(there.heading) + there.vy * math.sin(there.heading)
    pulled = (here.body1 - here.body0) - count
    own = here.body0 - here.agent0  # pulled bodies of the worlds before
    for h in range(agents[a].body0 - a, agents[a].body1 - a - 1):
        bodies.hitch[h] = bodies.logged_hitch[here.hitch_log0 + t * pulled + (h - own)]


@inlined_kernel
def _place_on_path(me: Row, path: PathTable, lateral: float) -> None:
    """Writes position, heading and velocity of an agent from its arc length and offset on its path."""
    i = segment_at(path.s, me.path0, me.path1, me.segment, me.s)
    me.segment = i
    length = path.s[i + 1] - path.s[i]
    t = (me.s - path.s[i]) / length
    along = path.heading[i] + t * (path.heading[i + 1] - path.heading[i])
    c, s = math.cos(along), math.sin(along)
    me.x = path.x[i] + t * (path.x[i + 1] - path.x[i]) - me.offset * s
    me.y = path.y[i] + t * (path.y[i + 1] - path.y[i]) + me.offset * c
    slip = math.atan2(lateral, max(me.speed, 0.5)) if lateral != 0.0 else 0.0
    me.heading = wrap_angle(along + slip)
    me.vx, me.vy = me.speed * c - lateral * s, me.speed * s + lateral * c
    me.yaw_rate = me.speed * (path.heading[i + 1] - path.heading[i]) / length


@inlined_kernel
def _along_path(it: Row, me: Row, path: PathTable, dt: float, time: float) -> None:
    """Moves an agent on its path by its wanted acceleration; it stops at zero and does not reverse."""
    if it.driver == NUPLAN:
        euler_along(me, dt)
    elif it.driver == WAYMAX:
        waymax_along(me, path, dt)
    else:
        speed = me.speed + me.wanted * dt
        distance = 0.5 * (me.speed + speed) * dt
        if speed < 0.0:
            distance, speed = 0.5 * me.speed * me.speed / -me.wanted, 0.0
        me.s, me.speed = me.s + distance, speed
    end = path.s[me.path1 - 1]
    if me.s >= end:
        if it.stays == 0:
            me.presence = 3
            return
        me.s, me.speed = end, 0.0
    lateral = 0.0
    if it.driver == MOBIL:
        lateral = shift_sideways(me, time)
    elif it.driver == SCRIPTED:
        lateral, me.acted = shift_sideways(me, time), me.next_action - it.script0
    _place_on_path(me, path, lateral)


@inlined_kernel
def _move(
    here: Row, now: Row, it: Row, me: Row, path: PathTable, bodies: BodyTable, driven: Table, vehicle: Table
) -> None:
    """Moves an agent that is not on a log: along its path, or by its command."""
    if it.driver == POSES:
        jump(it, me, driven[it.driven], here.dt)
    elif it.driven >= 0:
        if me.presence == 1 and vehicle[it.driven].model == POSED:
            jump(it, me, driven[it.driven], here.dt)
        elif me.presence == 1:
            drive(it, me, driven[it.driven], vehicle[it.driven], here.dt)
    elif me.presence == 1 and me.path1 > me.path0 and it.driver != PARKED:
        _along_path(it, me, path, here.dt, now.step * here.dt)


@kernel
def _follow_up(it: Row, me: Row, path: PathTable) -> None:
    """Finds the place on its path of traffic that a policy drives; it leaves the scene where that ends."""
    if me.presence != 1 or me.path1 == me.path0:
        return
    locate(me, path)
    if it.stays == 0 and me.s >= path.s[me.path1 - 1]:
        me.presence = 3


@inlined_kernel
def move_world(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, log: Table, live: Table,
    driven: Table, vehicle: Table,
) -> None:  # fmt: skip
    """Advances every agent of a world by one step."""
    now.step += 1
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        if is_on_log(it, me):
            before = me.speed
            replay(here, bodies, agents, log, live, a, here.start + now.step)
            if it.driver == LOG:
                driven[it.driven].acceleration = (me.speed - before) / here.dt
            continue
        x, y, heading = me.x, me.y, me.heading
        _move(here, now, it, me, path, bodies, driven, vehicle)
        if it.body1 - it.body0 > 1 and me.presence == 1:
            pull(it, me, bodies, a, x, y, heading)
    if here.ego_path == 1:
        locate(live[here.ego], path)
    for k in range(here.driven0 + 1, here.driven1):
        _follow_up(agents[driven[k].agent], live[driven[k].agent], path)
