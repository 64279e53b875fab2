"""From scenarios to the flat tables of a batch of worlds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.geometry import Boundary, project
from simeval.safety.road import road_of
from simeval.scenario import Driver, Scenario
from simeval.sim.agents import Cast, cast_of
from simeval.sim.settings import END_ON, SimSettings
from simeval.sim.tables import (
    ACTION,
    AGENT,
    EGO_RECORD,
    LIVE,
    LIVE_WORLD,
    LOGGED,
    RECORDED,
    STOP,
    WORLD,
    BodyTable,
    PathTable,
    RoadTable,
    Table,
    table,
)

__all__ = ["Tables", "build"]

LAST_VEHICLE_KIND = 5  # AgentKind.MOTORCYCLE: whoever comes after may leave the road


class Tables(NamedTuple):
    """Everything the kernels need for one batch, in the order in which `advance` takes it."""

    world: Table
    agents: Table
    path: PathTable
    bodies: BodyTable
    script: Table
    stops: Table
    log: Table
    signal: Array
    road: RoadTable
    live: Table
    live_world: Table
    record: Table
    ego_record: Table


def build(scenarios: Sequence[Scenario], ego_driver: int, settings: SimSettings) -> Tables:
    """Tables of a batch; every scenario must have passed `check_runnable`."""
    casts = [cast_of(s, ego_driver, settings) for s in scenarios]
    road, road_row = _roads(scenarios)
    world = _worlds(scenarios, casts, settings, ego_driver)
    world["road"] = road_row
    agents = _agents(scenarios, casts, world)
    last = world[-1]
    return Tables(
        world=world,
        agents=agents,
        path=_paths(casts),
        bodies=_bodies(scenarios, world),
        script=_scripts(scenarios),
        stops=_stops(casts),
        log=_logs(scenarios),
        signal=_flat([s.signals.state.ravel() for s in scenarios], np.int64),
        road=road,
        live=_live(scenarios, casts, agents),
        live_world=_live_worlds(scenarios),
        record=table(RECORDED, int(last.record0 + (last.last + 1) * (last.agent1 - last.agent0))),
        ego_record=table(EGO_RECORD, int(last.ego_record0 + last.last + 1)),
    )


def _flat(parts: Sequence[Array], dtype: type) -> Array:
    return np.ascontiguousarray(np.concatenate([np.zeros(0, dtype=dtype), *parts]), dtype=dtype)


def _starts(counts: Sequence[int] | Array) -> Array:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])


def _last_step(scenario: Scenario, settings: SimSettings, ego_driver: int) -> int:
    last = scenario.num_steps - 1 - scenario.start_step
    if ego_driver == Driver.LOG:
        last = int(np.flatnonzero(scenario.states.valid[:, scenario.ego])[-1]) - scenario.start_step
    if settings.horizon_s is not None:
        last = min(last, max(1, round(settings.horizon_s / scenario.dt)))
    return last


def _worlds(
    scenarios: Sequence[Scenario], casts: list[Cast], settings: SimSettings, ego_driver: int
) -> Array:
    world = table(WORLD, len(scenarios))
    agents = np.asarray([len(s.agents) for s in scenarios])
    bodies = np.asarray([len(s.agents.bodies.agent) for s in scenarios])
    signals = np.asarray([len(s.signals) for s in scenarios])
    steps = np.asarray([s.num_steps for s in scenarios])
    world.last = [_last_step(s, settings, ego_driver) for s in scenarios]
    rows = world.last + 1
    for name, counts in (("agent", agents), ("body", bodies), ("signal", signals)):
        edges = _starts(counts)
        world[f"{name}0"], world[f"{name}1"] = edges[:-1], edges[1:]
    for name, counts in (
        ("log0", steps * agents),
        ("hitch_log0", steps * (bodies - agents)),
        ("signal_log0", steps * signals),
        ("record0", rows * agents),
        ("ego_record0", rows),
        ("hitch_record0", rows * (bodies - agents)),
    ):
        world[name] = _starts(counts)[:-1]
    world.ego = world.agent0 + [s.ego for s in scenarios]
    world.start = [s.start_step for s in scenarios]
    world.dt = [s.dt for s in scenarios]
    world.end_on = sum(1 << END_ON.index(e) for e in set(settings.end_on))
    world.goal = [_goal(s, c) for s, c in zip(scenarios, casts, strict=True)]
    world.ego_path = [c.paths[s.ego] is not None for s, c in zip(scenarios, casts, strict=True)]  # type: ignore[index]
    return world


def _goal(scenario: Scenario, cast: Cast) -> float:
    path = cast.paths[scenario.ego]  # type: ignore[index]
    if scenario.goal is None or path is None:
        return float("inf")
    at, _ = project(np.stack([path.x, path.y], axis=1), np.asarray([scenario.goal]))
    return float(at[0])


def _agents(scenarios: Sequence[Scenario], casts: list[Cast], world: Table) -> Array:
    agents = table(AGENT, int(world[-1].agent1))
    bodies = [s.agents.bodies for s in scenarios]
    offsets = [s.agents.body_offsets for s in scenarios]
    agents.body0 = _flat([o[:-1] + world[w].body0 for w, o in enumerate(offsets)], np.int64)
    agents.body1 = _flat([o[1:] + world[w].body0 for w, o in enumerate(offsets)], np.int64)
    for name in ("length", "width", "axle", "wheelbase"):
        agents[name] = _flat([getattr(b, name) for b in bodies], float)[agents.body0]
    agents.wheelbase = np.maximum(agents.wheelbase, 0.1)
    for name in ("driver", "enter", "stays", "desired"):
        agents[name] = np.concatenate([getattr(c, name) for c in casts])
    actions = [np.bincount([d.agent for d in s.script], minlength=len(s.agents)) for s in scenarios]
    for name, sizes in (
        ("path", [0 if p is None else len(p.s) for c in casts for p in c.paths]),
        ("stop", [len(stops) for c in casts for stops in c.stops]),
        ("script", [int(n) for counts in actions for n in counts]),
    ):
        edges = _starts(sizes)
        agents[f"{name}0"], agents[f"{name}1"] = edges[:-1], edges[1:]
    kinds = _flat([s.agents.kind for s in scenarios], np.int64)
    agents.on_road = (kinds <= LAST_VEHICLE_KIND) & (agents.driver != Driver.PARKED)
    return agents


def _bodies(scenarios: Sequence[Scenario], world: Table) -> BodyTable:
    bodies = [s.agents.bodies for s in scenarios]
    length, width = _flat([b.length for b in bodies], float), _flat([b.width for b in bodies], float)
    last = world[-1]
    pulled = (last.body1 - last.body0) - (last.agent1 - last.agent0)
    return BodyTable(
        size=np.ascontiguousarray(
            np.stack([0.5 * length, 0.5 * width, 0.5 * np.hypot(length, width)], axis=1)
        ),
        front=_flat([b.front_hitch for b in bodies], float),
        rear=_flat([b.rear_hitch for b in bodies], float),
        owner=_flat([b.agent + world[w].agent0 for w, b in enumerate(bodies)], np.int64),
        logged_hitch=_flat([s.states.hitch.ravel() for s in scenarios], float),
        recorded_hitch=np.zeros(int(last.hitch_record0 + (last.last + 1) * pulled)),
        pose=np.zeros((len(length), 4)),
        hitch=_flat([s.states.hitch[s.start_step] for s in scenarios], float),
        order=np.arange(len(length), dtype=np.int64),
        sorted_x=np.zeros(len(length)),
    )


def _scripts(scenarios: Sequence[Scenario]) -> Array:
    """Actions of all agents, in file order within an agent."""
    rows = [do for s in scenarios for do in sorted(s.script, key=lambda do: do.agent)]
    script = table(ACTION, len(rows))
    script.trigger, script.action = [int(d.trigger) for d in rows], [int(d.action) for d in rows]
    script.when, script.p = [d.when for d in rows], [d.values[0] for d in rows]
    script.q = [d.values[1] for d in rows]
    return script


def _stops(casts: list[Cast]) -> Array:
    rows = [stop for c in casts for own in c.stops for stop in own]
    stops = table(STOP, len(rows))
    stops.s, stops.signal = [s for s, _ in rows], [k for _, k in rows]
    return stops


def _paths(casts: list[Cast]) -> PathTable:
    paths = [p for c in casts for p in c.paths if p is not None]
    s, x, y, heading, cap, ux, uy = (_flat([p[k] for p in paths], float) for k in range(7))
    return PathTable(s, x, y, heading, cap, ux, uy)


def _logs(scenarios: Sequence[Scenario]) -> Array:
    states = [s.states for s in scenarios]
    log = table(LOGGED, sum(s.valid.size for s in states))
    log.x = _flat([s.xy[..., 0].ravel() for s in states], float)
    log.y = _flat([s.xy[..., 1].ravel() for s in states], float)
    log.heading = _flat([s.heading.ravel() for s in states], float)
    log.vx = _flat([s.velocity[..., 0].ravel() for s in states], float)
    log.vy = _flat([s.velocity[..., 1].ravel() for s in states], float)
    log.valid = _flat([s.valid.ravel() for s in states], np.int64)
    return log


def _roads(scenarios: Sequence[Scenario]) -> tuple[RoadTable, Array]:
    """One row for each different road of the batch, and the row of each scenario (-1: not known)."""
    boundaries: dict[str, Boundary] = {}
    for s in scenarios:
        boundary = road_of(s.map).boundary
        if boundary is not None:
            boundaries.setdefault(s.map.id, boundary)
    rows = {name: i for i, name in enumerate(boundaries)}
    used = list(boundaries.values())
    segment0, item0 = _starts([len(b.segments) for b in used]), _starts([len(b.items) for b in used])
    road = RoadTable(
        segments=np.ascontiguousarray(np.concatenate([np.zeros((0, 8)), *(b.segments for b in used)])),
        box=np.asarray([b.box for b in used], dtype=np.float64).reshape(-1, 2),
        shape=np.asarray([b.shape for b in used], dtype=np.int64).reshape(-1, 2),
        cell0=_starts([len(b.offsets) for b in used]),
        offsets=_flat([b.offsets + item0[i] for i, b in enumerate(used)], np.int64),
        items=_flat([b.items + segment0[i] for i, b in enumerate(used)], np.int64),
    )
    return road, np.asarray([rows.get(s.map.id, -1) for s in scenarios], dtype=np.int64)


def _live(scenarios: Sequence[Scenario], casts: list[Cast], agents: Table) -> Array:
    """Everyone where they are when they enter."""
    live = table(LIVE, len(agents))
    first = [_first_states(s, c) for s, c in zip(scenarios, casts, strict=True)]
    for k, name in enumerate(("x", "y", "heading", "vx", "vy", "speed")):
        live[name] = np.concatenate([f[k] for f in first])
    live.segment, live.next_action = agents.path0, agents.script0
    for a, path in enumerate(p for c in casts for p in c.paths):
        if path is not None:
            at, offset = project(np.stack([path.x, path.y], axis=1), np.asarray([[live[a].x, live[a].y]]))
            segment = int(np.clip(np.searchsorted(path.s, at[0], side="right") - 1, 0, len(path.s) - 2))
            live[a].s, live[a].offset, live[a].segment = at[0], offset[0], agents[a].path0 + segment
    return live


def _first_states(scenario: Scenario, cast: Cast) -> tuple[Array, ...]:
    """State of each agent when it enters: x, y, heading, vx, vy, speed along the heading."""
    states, a = scenario.states, np.arange(len(scenario.agents))
    t = np.minimum(cast.enter, scenario.num_steps - 1)
    xy, velocity = states.xy[t, a], states.velocity[t, a]
    return xy[:, 0], xy[:, 1], states.heading[t, a], velocity[:, 0], velocity[:, 1], states.speed[t, a]


def _live_worlds(scenarios: Sequence[Scenario]) -> Array:
    now = table(LIVE_WORLD, len(scenarios))
    now.step, now.detail = -1, -1
    now.steering = [_first_steering(s) for s in scenarios]
    return now


def _first_steering(scenario: Scenario) -> float:
    """Steering of the ego at the start, from the turn of its recorded history; 0 without one."""
    t, ego, states = scenario.start_step, scenario.ego, scenario.states
    assert ego is not None
    speed = float(states.speed[t, ego])
    if t == 0 or not states.valid[t - 1, ego] or speed < 2.0:
        return 0.0
    turn = float(states.heading[t, ego] - states.heading[t - 1, ego])
    rate = ((turn + np.pi) % (2.0 * np.pi) - np.pi) / scenario.dt
    wheelbase = scenario.agents.bodies.wheelbase[scenario.agents.body_offsets[ego]]
    return float(np.clip(np.arctan(wheelbase * rate / speed), -0.5, 0.5))
