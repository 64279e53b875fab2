"""Second half of a step: everyone moves."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.plan import locate
from simeval.sim.tables import BodyTable, PathTable, Row, Table
from simeval.vehicles.bicycle import BicycleLimits, bicycle_step

__all__ = ["POSES", "move_world", "replay"]

REPLAY, IDM_DRIVER, SCRIPTED, LOG = 1, 2, 3, 10  # members of scenario.trace.Driver
POSES = 14  # the ego is put on given poses; recorded as POLICY
LIMITS = BicycleLimits()


@kernel
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


@kernel
def _place_on_path(it: Row, me: Row, path: PathTable, lateral: float) -> None:
    """Writes position, heading and velocity of an agent from its arc length and offset on its path."""
    i = segment_at(path.s, it.path0, it.path1, me.segment, me.s)
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


@kernel
def _shift(me: Row, time: float) -> float:
    """Moves the offset of an agent that changes lanes; returns its lateral speed [m/s].

    The offset follows the quintic with zero speed and acceleration at both ends (minimum jerk: Flash &
    Hogan, J. Neuroscience 5(7), 1985).
    """
    if me.shift_time <= 0.0:
        return 0.0
    t = min(max((time - me.shift_start) / me.shift_time, 0.0), 1.0)
    me.offset = me.shift_from + me.shift_by * t * t * t * (10.0 + t * (6.0 * t - 15.0))
    speed = me.shift_by * 30.0 * t * t * (1.0 - t) * (1.0 - t) / me.shift_time
    if t >= 1.0:
        me.shift_time = 0.0
    return speed


@kernel
def _along_path(it: Row, me: Row, path: PathTable, dt: float, time: float) -> None:
    """Moves an agent on its path by its wanted acceleration; it stops at zero and does not reverse."""
    speed = me.speed + me.wanted * dt
    distance = 0.5 * (me.speed + speed) * dt
    if speed < 0.0:
        distance, speed = 0.5 * me.speed * me.speed / -me.wanted, 0.0
    me.s, me.speed = me.s + distance, speed
    end = path.s[it.path1 - 1]
    if me.s >= end:
        if it.stays == 0:
            me.presence = 3
            return
        me.s, me.speed = end, 0.0
    lateral = _shift(me, time) if it.driver == SCRIPTED else 0.0
    _place_on_path(it, me, path, lateral)


@kernel
def _drive(it: Row, me: Row, now: Row, dt: float) -> None:
    """Moves the ego by its command through actuators and bicycle; the centre follows the rear axle."""
    c, s = math.cos(me.heading), math.sin(me.heading)
    x, y, heading, speed, acceleration, steering = bicycle_step(
        me.x + it.axle * c, me.y + it.axle * s, me.heading, me.speed, now.acceleration, now.steering,
        now.wanted_acceleration, now.wanted_steering, it.wheelbase, dt, LIMITS,
    )  # fmt: skip
    now.acceleration, now.steering = acceleration, steering
    c, s = math.cos(heading), math.sin(heading)
    turn = speed * math.tan(steering) / it.wheelbase
    me.x, me.y, me.heading = x - it.axle * c, y - it.axle * s, wrap_angle(heading)
    me.vx, me.vy = speed * c + turn * it.axle * s, speed * s - turn * it.axle * c
    me.speed, me.yaw_rate = speed, turn


@kernel
def _jump(it: Row, me: Row, now: Row, dt: float) -> None:
    """Puts the ego on the wanted pose; velocity, acceleration and steering follow from the motion."""
    me.vx, me.vy = (now.target_x - me.x) / dt, (now.target_y - me.y) / dt
    me.yaw_rate = wrap_angle(now.target_heading - me.heading) / dt
    now.acceleration = (now.target_speed - me.speed) / dt
    bend = me.yaw_rate / now.target_speed if math.fabs(now.target_speed) > 0.5 else 0.0
    now.steering = math.atan(it.wheelbase * bend)
    me.x, me.y, me.heading, me.speed = now.target_x, now.target_y, now.target_heading, now.target_speed


@kernel
def move_world(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, log: Table, live: Table
) -> None:
    """Advances every agent of a world by one step."""
    now.step += 1
    for a in range(here.agent0, here.agent1):
        it, me = agents[a], live[a]
        if it.driver == REPLAY or it.driver == LOG:
            before = me.speed
            replay(here, bodies, agents, log, live, a, here.start + now.step)
            if it.driver == LOG:
                now.acceleration = (me.speed - before) / here.dt
        elif it.driver == IDM_DRIVER or it.driver == SCRIPTED:
            if me.presence == 1 and it.path1 > it.path0:
                _along_path(it, me, path, here.dt, now.step * here.dt)
        elif it.driver == POSES:
            _jump(it, me, now, here.dt)
        elif a == here.ego:
            _drive(it, me, now, here.dt)
    if here.ego_path == 1:
        locate(agents[here.ego], live[here.ego], path)
