"""Second half of a step: everyone moves."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.plan import locate_ego
from simeval.sim.tables import AgentTable, Live, LiveWorld, LogTable, PathTable, WorldTable
from simeval.vehicles.bicycle import BicycleLimits, bicycle_step

__all__ = ["move_world", "place_on_path", "replay"]

REPLAY, IDM_DRIVER, SCRIPTED, LOG, POLICY = 1, 2, 3, 10, 13  # members of scenario.trace.Driver
POSES = 14  # a policy whose trajectory is tracked perfectly; recorded as POLICY
LIMITS = BicycleLimits()


@kernel
def replay(world: WorldTable, agents: AgentTable, log: LogTable, live: Live, w: int, a: int, t: int) -> None:
    """Puts an agent where the log has it at scenario step t; absent where the log is silent."""
    count = world.agent0[w + 1] - world.agent0[w]
    at = world.log0[w] + t * count + (a - world.agent0[w])
    live.presence[a] = 1 if log.valid[at] else 0
    if not log.valid[at]:
        return
    live.yaw_rate[a] = 0.0
    if t > 0 and log.valid[at - count]:
        live.yaw_rate[a] = wrap_angle(log.heading[at] - log.heading[at - count]) / world.dt[w]
    live.x[a], live.y[a], live.heading[a] = log.x[at], log.y[at], log.heading[at]
    live.vx[a], live.vy[a] = log.vx[at], log.vy[at]
    live.speed[a] = log.vx[at] * math.cos(log.heading[at]) + log.vy[at] * math.sin(log.heading[at])
    first, last = agents.body0[a] - a, agents.body0[a + 1] - a - 1  # its trailers, counted over all agents
    own = world.body0[w] - world.agent0[w]
    trailers = (world.body0[w + 1] - world.body0[w]) - count
    for h in range(first, last):
        live.hitch[h] = log.hitch[world.trailer0[w] + t * trailers + (h - own)]


@kernel
def place_on_path(
    agents: AgentTable, path: PathTable, live: Live, a: int, lateral_speed: float, curve_speed: float
) -> None:
    """Writes position, heading and velocity of an agent from its arc length and offset on its path."""
    first, last = agents.path0[a], agents.path0[a + 1]
    i = segment_at(path.s, first, last, live.segment[a], live.s[a])
    live.segment[a] = i
    t = (live.s[a] - path.s[i]) / (path.s[i + 1] - path.s[i])
    along = path.heading[i] + t * (path.heading[i + 1] - path.heading[i])
    c, s = math.cos(along), math.sin(along)
    live.x[a] = path.x[i] + t * (path.x[i + 1] - path.x[i]) - live.offset[a] * s
    live.y[a] = path.y[i] + t * (path.y[i + 1] - path.y[i]) + live.offset[a] * c
    slip = math.atan2(lateral_speed, max(live.speed[a], 0.5)) if lateral_speed != 0.0 else 0.0
    live.heading[a] = wrap_angle(along + slip)
    live.vx[a] = live.speed[a] * c - lateral_speed * s
    live.vy[a] = live.speed[a] * s + lateral_speed * c
    live.yaw_rate[a] = curve_speed * (path.heading[i + 1] - path.heading[i]) / (path.s[i + 1] - path.s[i])


@kernel
def _lateral(live: Live, a: int, time: float) -> float:
    """Moves the offset of an agent that changes lanes; returns its lateral speed [m/s].

    The offset follows the quintic with zero speed and acceleration at both ends (minimum jerk: Flash &
    Hogan, J. Neuroscience 5(7), 1985).
    """
    duration = live.shift[a, 3]
    if duration <= 0.0:
        return 0.0
    t = min(max((time - live.shift[a, 0]) / duration, 0.0), 1.0)
    live.offset[a] = live.shift[a, 1] + live.shift[a, 2] * t * t * t * (10.0 + t * (6.0 * t - 15.0))
    if t >= 1.0:
        live.shift[a, 3] = 0.0
    return live.shift[a, 2] * 30.0 * t * t * (1.0 - t) * (1.0 - t) / duration


@kernel
def _along_path(agents: AgentTable, path: PathTable, live: Live, a: int, dt: float, time: float) -> None:
    """Moves an agent on its path by its wanted acceleration; it stops at zero and does not reverse."""
    speed, wanted = live.speed[a], live.wanted[a]
    new = speed + wanted * dt
    distance = 0.5 * (speed + new) * dt
    if new < 0.0:
        distance = 0.5 * speed * speed / -wanted
        new = 0.0
    live.s[a] += distance
    live.speed[a] = new
    end = path.s[agents.path0[a + 1] - 1]
    if live.s[a] >= end:
        if agents.stays[a] == 0:
            live.presence[a] = 3
            return
        live.s[a], live.speed[a] = end, 0.0
    lateral = _lateral(live, a, time) if agents.driver[a] == SCRIPTED else 0.0
    place_on_path(agents, path, live, a, lateral, new)


@kernel
def _drive(world: WorldTable, agents: AgentTable, live: Live, livew: LiveWorld, w: int, a: int) -> None:
    """Moves the ego by its command through actuators and bicycle; the centre follows the rear axle."""
    axle, heading = agents.axle[a], live.heading[a]
    x = live.x[a] + axle * math.cos(heading)
    y = live.y[a] + axle * math.sin(heading)
    x, y, heading, speed, acceleration, steering = bicycle_step(
        x, y, heading, live.speed[a], livew.acceleration[w], livew.steering[w],
        livew.command[w, 0], livew.command[w, 1], agents.wheelbase[a], world.dt[w], LIMITS,
    )  # fmt: skip
    livew.acceleration[w], livew.steering[w] = acceleration, steering
    c, s = math.cos(heading), math.sin(heading)
    turn = speed * math.tan(steering) / agents.wheelbase[a]
    live.x[a], live.y[a], live.heading[a] = x - axle * c, y - axle * s, wrap_angle(heading)
    live.vx[a], live.vy[a] = speed * c + turn * axle * s, speed * s - turn * axle * c
    live.speed[a], live.yaw_rate[a] = speed, turn


@kernel
def _reach(world: WorldTable, agents: AgentTable, live: Live, livew: LiveWorld, w: int, a: int) -> None:
    """Puts the ego on the wanted pose; velocity, acceleration and steering follow from the motion."""
    dt, target = world.dt[w], livew.target[w]
    live.vx[a], live.vy[a] = (target[0] - live.x[a]) / dt, (target[1] - live.y[a]) / dt
    live.yaw_rate[a] = wrap_angle(target[2] - live.heading[a]) / dt
    livew.acceleration[w] = (target[3] - live.speed[a]) / dt
    bend = live.yaw_rate[a] / target[3] if math.fabs(target[3]) > 0.5 else 0.0
    livew.steering[w] = math.atan(agents.wheelbase[a] * bend)
    live.x[a], live.y[a], live.heading[a], live.speed[a] = target[0], target[1], target[2], target[3]


@kernel
def move_world(
    world: WorldTable,
    agents: AgentTable,
    path: PathTable,
    log: LogTable,
    live: Live,
    livew: LiveWorld,
    w: int,
) -> None:
    """Advances every agent of a world by one step; the step counter moves last."""
    dt, step = world.dt[w], livew.step[w] + 1
    t = world.start[w] + step
    for a in range(world.agent0[w], world.agent0[w + 1]):
        driver = agents.driver[a]
        if driver == REPLAY or driver == LOG:
            before = live.speed[a]
            replay(world, agents, log, live, w, a, t)
            if driver == LOG:
                livew.acceleration[w] = (live.speed[a] - before) / dt
        elif live.presence[a] == 1 and (driver == IDM_DRIVER or driver == SCRIPTED):
            if agents.path0[a + 1] > agents.path0[a]:
                _along_path(agents, path, live, a, dt, step * dt)
        elif a == world.ego[w]:
            if driver == POSES:
                _reach(world, agents, live, livew, w, a)
            else:
                _drive(world, agents, live, livew, w, a)
    if world.ego_path[w] == 1:
        locate_ego(agents, path, live, world.ego[w])
    livew.step[w] = step
