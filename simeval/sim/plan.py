"""First half of a step: everyone decides, looking at the same moment."""

from __future__ import annotations

import math

from simeval.geometry.polyline import project_near, segment_at
from simeval.kernel import kernel
from simeval.sim.scripts import script_acceleration, start_actions
from simeval.sim.tables import AgentTable, Live, LiveWorld, PathTable, ScriptTable, SignalTable, WorldTable
from simeval.traffic.idm import IdmParameters, follow, lookahead
from simeval.traffic.leads import first_in_corridor
from simeval.traffic.paths import speed_cap_at
from simeval.vehicles.pursuit import lookahead_distance, pursuit_steering

__all__ = ["IDM", "plan_world"]

IDM_DRIVER, SCRIPTED, IDM_EGO, CONSTANT = 2, 3, 12, 11  # members of scenario.trace.Driver
GREEN, YELLOW, RED = 2, 3, 4  # members of SignalState
IDM = IdmParameters()
EGO_MARGIN = 0.15  # [m] to each side of the ego's corridor: it follows its path with small errors
FIRM_BRAKING = 4.0  # [m/s^2] a driver stops at yellow only if this suffices


@kernel
def _stop_gap(
    world: WorldTable,
    agents: AgentTable,
    path: PathTable,
    signal: SignalTable,
    live: Live,
    w: int,
    a: int,
    t: int,
) -> float:
    """Distance from the front of an agent to the nearest signal it has to stop for [m]; inf without one."""
    front = live.s[a] + 0.5 * agents.length[a]
    count = world.signal0[w + 1] - world.signal0[w]
    speed, best = live.speed[a], math.inf
    for k in range(agents.stop0[a], agents.stop0[a + 1]):
        gap = path.stop_s[k] - front
        state = signal.state[world.signal_log0[w] + t * count + path.stop_signal[k]]
        if gap < 0.0 or (state != RED and state != YELLOW):
            continue
        braking = IDM.max_braking if state == RED else FIRM_BRAKING
        if speed * speed <= 2.0 * braking * gap:
            best = min(best, gap)
    return best


@kernel
def _leader(
    world: WorldTable, agents: AgentTable, path: PathTable, live: Live, livew: LiveWorld,
    w: int, a: int, margin: float, reach: float,
) -> tuple[float, float]:  # fmt: skip
    """(gap to the body ahead [m], its speed along the path [m/s]); infinite gap without one."""
    half = 0.5 * agents.length[a]
    until = live.s[a] + half + lookahead(max(live.speed[a], 0.0), IDM)
    last = agents.path0[a + 1]
    entry, body = first_in_corridor(
        path.s, path.x, path.y, path.ux, path.uy, agents.path0[a], last, live.segment[a], live.s[a],
        live.offset[a] if margin == 0.0 else 0.0, 0.5 * agents.width[a] + margin, until,
        agents.body0[a], agents.body0[a + 1], world.body0[w], world.body0[w + 1],
        livew.order, livew.sorted_x, reach, live.pose, agents.size,
    )  # fmt: skip
    if body < 0:
        return math.inf, 0.0
    other = world.agent0[w]
    while agents.body0[other + 1] <= body:
        other += 1
    i = segment_at(path.s, agents.path0[a], last, live.segment[a], entry)
    along = live.vx[other] * path.ux[i] + live.vy[other] * path.uy[i]
    return entry - live.s[a] - half, along


@kernel
def _following(
    world: WorldTable, agents: AgentTable, path: PathTable, signal: SignalTable, live: Live, livew: LiveWorld,
    w: int, a: int, margin: float, reach: float, t: int,
) -> float:  # fmt: skip
    """Acceleration of a driver who follows a path: leader, signals, path end, curves [m/s^2]."""
    speed = max(live.speed[a], 0.0)
    preview = segment_at(
        path.s, agents.path0[a], agents.path0[a + 1], live.segment[a], live.s[a] + 0.5 * speed
    )
    desired = min(agents.desired[a], speed_cap_at(path.s, path.cap, preview, live.s[a] + 0.5 * speed))
    gap, ahead = _leader(world, agents, path, live, livew, w, a, margin, reach)
    wanted = follow(speed, gap, speed - ahead, desired, IDM)
    stop = _stop_gap(world, agents, path, signal, live, w, a, t)
    if agents.stays[a] == 1:
        stop = min(stop, path.s[agents.path0[a + 1] - 1] - live.s[a] + IDM.min_gap)
    if stop < math.inf:
        wanted = min(wanted, follow(speed, stop, speed, desired, IDM))
    return wanted


@kernel
def _steering(agents: AgentTable, path: PathTable, live: Live, a: int) -> float:
    """Pure pursuit of the ego's path from its rear axle [rad]."""
    x = live.x[a] + agents.axle[a] * math.cos(live.heading[a])
    y = live.y[a] + agents.axle[a] * math.sin(live.heading[a])
    at = live.s[a] + agents.axle[a] + lookahead_distance(live.speed[a])
    first, last = agents.path0[a], agents.path0[a + 1]
    i = segment_at(path.s, first, last, live.segment[a], at)
    tx, ty = path.x[i] + (at - path.s[i]) * path.ux[i], path.y[i] + (at - path.s[i]) * path.uy[i]
    return pursuit_steering(x, y, live.heading[a], tx, ty, agents.wheelbase[a])


@kernel
def locate_ego(agents: AgentTable, path: PathTable, live: Live, a: int) -> None:
    """Projects the ego on its path, near where it was; a path may cross itself."""
    first, last = agents.path0[a], agents.path0[a + 1]
    at, offset, segment = project_near(
        path.s, path.x, path.y, first, last, live.segment[a], 30.0, live.x[a], live.y[a]
    )
    live.s[a], live.offset[a], live.segment[a] = at, offset, segment


@kernel
def plan_world(
    world: WorldTable, agents: AgentTable, path: PathTable, script: ScriptTable, signal: SignalTable,
    live: Live, livew: LiveWorld, w: int,
) -> None:  # fmt: skip
    """Writes the wanted acceleration of each agent, and the ego's command if an engine driver drives it."""
    ego, step, dt = world.ego[w], livew.step[w], world.dt[w]
    t = world.start[w] + step
    reach = 0.0
    for b in range(world.body0[w], world.body0[w + 1]):
        reach = max(reach, agents.size[b, 2])
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if live.presence[a] != 1:
            continue
        driver = agents.driver[a]
        if driver == IDM_DRIVER:
            live.wanted[a] = _following(world, agents, path, signal, live, livew, w, a, 0.0, reach, t)
        elif driver == SCRIPTED:
            start_actions(agents, script, live, a, ego, step * dt)
            live.wanted[a] = script_acceleration(live, a, dt)
        elif driver == IDM_EGO:
            live.wanted[a] = _following(world, agents, path, signal, live, livew, w, a, EGO_MARGIN, reach, t)
            livew.command[w, 0] = live.wanted[a]
            livew.command[w, 1] = _steering(agents, path, live, a)
        elif driver == CONSTANT:
            livew.command[w, 0], livew.command[w, 1] = 0.0, 0.0
