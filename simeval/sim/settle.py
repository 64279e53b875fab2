"""After everyone moved: who enters, who touches whom, who left the road, who ran a red light."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.boxes import touch_between
from simeval.kernel import inlined_kernel
from simeval.safety.bodies import coupled_pose
from simeval.sim.leave_log import is_on_log
from simeval.sim.road_flags import flag_off_road
from simeval.sim.tables import BodyTable, RoadTable, Row, Table
from simeval.traffic.idm import IdmParameters, follow

__all__ = ["settle_world"]

CONTACT, RED_LIGHT, HELD_BACK, JACKKNIFE = 1, 4, 8, 16  # members of scenario.trace.Flag
RED = 4
BESIDE = 0.5  # [m] what is nearer to the way of one who enters is ahead of it
IDM = IdmParameters()
ABSENT_X = 1e300  # sorts absent bodies behind all others


@inlined_kernel
def _pose_bodies(bodies: BodyTable, it: Row, me: Row, a: int) -> None:
    x, y, c, s = me.x, me.y, math.cos(me.heading), math.sin(me.heading)
    for b in range(it.body0, it.body1):
        if b > it.body0:
            x, y, c, s = coupled_pose(
                x, y, c, s, bodies.rear[b - 1], bodies.front[b], bodies.hitch[b - a - 1]
            )
        pose = bodies.pose[b]
        pose[0], pose[1], pose[2], pose[3] = x, y, c, s


@inlined_kernel
def _bodies_touch(bodies: BodyTable, i: int, j: int) -> bool:
    p, q, own, other = bodies.pose[i], bodies.pose[j], bodies.size[i], bodies.size[j]
    dx, dy = q[0] - p[0], q[1] - p[1]
    reach = own[2] + other[2] + 1e-9
    # Radius test first: nearly all pairs are far apart, and the exact test costs many times as much.
    if dx * dx + dy * dy > reach * reach:
        return False
    return touch_between(dx, dy, p[2], p[3], own[0], own[1], q[2], q[3], other[0], other[1])


@inlined_kernel
def _place_is_free(here: Row, agents: Table, bodies: BodyTable, live: Table, a: int) -> bool:
    for j in range(here.body0, here.body1):
        other = bodies.owner[j]
        if other == a or live[other].presence != 1:
            continue
        for i in range(agents[a].body0, agents[a].body1):
            if _bodies_touch(bodies, i, j):
                return False
    return True


@inlined_kernel
def _can_follow(here: Row, it: Row, me: Row, bodies: BodyTable, live: Table, a: int) -> bool:
    """Whether one who enters at its speed need not brake hard for what is straight ahead."""
    c, s, speed = math.cos(me.heading), math.sin(me.heading), max(me.speed, 0.0)
    for j in range(here.body0, here.body1):
        other = live[bodies.owner[j]]
        if bodies.owner[j] == a or other.presence != 1:
            continue
        p, size = bodies.pose[j], bodies.size[j]
        dx, dy = p[0] - me.x, p[1] - me.y
        along, aside = dx * c + dy * s, math.fabs(dy * c - dx * s)
        gap = along - 0.5 * it.length - size[0]
        if along < 0.0 or aside > 0.5 * it.width + size[1] + BESIDE:
            continue
        closing = speed - (other.vx * c + other.vy * s)
        if follow(speed, max(gap, 0.0), closing, max(it.desired, speed), IDM) < -IDM.comfortable_braking:
            return False
    return True


@inlined_kernel
def _enter(here: Row, now: Row, agents: Table, bodies: BodyTable, live: Table) -> None:
    """Lets agents in whose time has come; one that would appear inside another waits for its place."""
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        if me.presence == 1 or me.presence == 3 or is_on_log(it, me):
            continue
        if here.start + now.step < it.enter:
            continue
        _pose_bodies(bodies, it, me, a)
        follows = it.on_lanes == 0 or _can_follow(here, it, me, bodies, live, a)
        if now.step == 0 or (follows and _place_is_free(here, agents, bodies, live, a)):
            me.presence = 1
        else:
            me.presence = 2
            me.flag_bits |= HELD_BACK


@inlined_kernel
def _sort(here: Row, bodies: BodyTable, live: Table) -> None:
    """Keeps the bodies of a world sorted by x, by insertion: they are nearly sorted from the step before."""
    for k in range(here.body0, here.body1):
        body = bodies.order[k]
        x = bodies.pose[body, 0] if live[bodies.owner[body]].presence == 1 else ABSENT_X
        at = k
        while at > here.body0 and bodies.sorted_x[at - 1] > x:
            bodies.order[at], bodies.sorted_x[at] = bodies.order[at - 1], bodies.sorted_x[at - 1]
            at -= 1
        bodies.order[at], bodies.sorted_x[at] = body, x


@inlined_kernel
def _touch(here: Row, now: Row, bodies: BodyTable, live: Table) -> None:
    """Flags agents in contact; the ego's partner with the lowest index is remembered."""
    reach = 0.0
    for b in range(here.body0, here.body1):
        reach = max(reach, bodies.size[b, 2])
    now.detail = -1
    for k in range(here.body0, here.body1):
        if bodies.sorted_x[k] >= ABSENT_X:
            break
        i = bodies.order[k]
        limit = bodies.sorted_x[k] + bodies.size[i, 2] + reach
        for m in range(k + 1, here.body1):
            if bodies.sorted_x[m] > limit:
                break
            j = bodies.order[m]
            a, b = bodies.owner[i], bodies.owner[j]
            if a == b or not _bodies_touch(bodies, i, j):
                continue
            live[a].flag_bits |= CONTACT
            live[b].flag_bits |= CONTACT
            if a == here.ego or b == here.ego:
                other = (b if a == here.ego else a) - here.agent0
                if now.detail < 0 or other < now.detail:
                    now.detail = other


@inlined_kernel
def _red_light(here: Row, agents: Table, stops: Table, signals: Array, live: Table) -> None:
    """Flags agents on paths whose front crossed a stop point in this step while its signal was red."""
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        if me.stop0 == me.stop1 or me.presence != 1:
            continue
        front = me.s + 0.5 * it.length
        for k in range(me.stop0, me.stop1):
            if me.front < stops[k].s <= front and signals[stops[k].signal] == RED:
                me.flag_bits |= RED_LIGHT
        me.front = front


@inlined_kernel
def settle_world(
    here: Row, now: Row, agents: Table, bodies: BodyTable, stops: Table, signals: Array,
    road: RoadTable, live: Table,
) -> None:  # fmt: skip
    """Facts of the moment, from the poses of all bodies."""
    for a in range(here.agent0, here.agent1):
        live[a].flag_bits = JACKKNIFE if live[a].folded else 0
        if live[a].presence == 1:
            _pose_bodies(bodies, agents[a], live[a], a)
    _enter(here, now, agents, bodies, live)
    _sort(here, bodies, live)
    _touch(here, now, bodies, live)
    flag_off_road(here, agents, bodies, road, live)
    if here.signal1 > here.signal0:
        _red_light(here, agents, stops, signals, live)
