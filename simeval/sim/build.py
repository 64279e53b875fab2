"""From scenarios to the flat tables of a batch of worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simeval.arrays import Array
from simeval.geometry import Boundary, project
from simeval.safety.road import road_of
from simeval.scenario import Driver, Scenario
from simeval.sim.agents import Cast, cast_of
from simeval.sim.settings import END_ON, SimSettings
from simeval.sim.tables import (
    AgentTable,
    Live,
    LiveWorld,
    LogTable,
    PathTable,
    Record,
    RoadTable,
    ScriptTable,
    SignalTable,
    WorldTable,
)

__all__ = ["Tables", "build"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tables:
    """Everything the kernels need for one batch."""

    world: WorldTable
    agents: AgentTable
    path: PathTable
    script: ScriptTable
    log: LogTable
    signal: SignalTable
    road: RoadTable
    live: Live
    livew: LiveWorld
    record: Record


def build(scenarios: Sequence[Scenario], ego_driver: int, settings: SimSettings) -> Tables:
    """Tables of a batch; every scenario must have passed `check_runnable`."""
    casts = [cast_of(s, ego_driver, settings) for s in scenarios]
    road, road_row = _roads(scenarios)
    world = _worlds(scenarios, casts, settings, road_row, ego_driver)
    agents = _agents(scenarios, casts, world)
    path = _paths(casts)
    live = _live(scenarios, casts, agents, world)
    return Tables(
        world=world,
        agents=agents,
        path=path,
        script=_scripts(scenarios),
        log=_logs(scenarios),
        signal=SignalTable(state=_flat([s.signals.state.ravel() for s in scenarios], np.int64)),
        road=road,
        live=live,
        livew=_live_worlds(scenarios, world, live),
        record=_record(world),
    )


def _flat(parts: Sequence[Array], dtype: type) -> Array:
    joined = np.concatenate([np.zeros(0, dtype=dtype), *parts])
    return np.ascontiguousarray(joined, dtype=dtype)


def _starts(counts: Sequence[int]) -> Array:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])


def _last_step(scenario: Scenario, settings: SimSettings, ego_driver: int) -> int:
    last = scenario.num_steps - 1 - scenario.start_step
    if ego_driver == Driver.LOG:
        last = int(np.flatnonzero(scenario.states.valid[:, scenario.ego])[-1]) - scenario.start_step
    if settings.horizon_s is not None:
        last = min(last, max(1, round(settings.horizon_s / scenario.dt)))
    return last


def _worlds(
    scenarios: Sequence[Scenario], casts: list[Cast], settings: SimSettings, road_row: Array, ego_driver: int
) -> WorldTable:
    agent0 = _starts([len(s.agents) for s in scenarios])
    trailers = np.asarray([s.agents.num_trailers for s in scenarios])
    steps = np.asarray([s.num_steps for s in scenarios])
    last = np.asarray([_last_step(s, settings, ego_driver) for s in scenarios])
    counts = np.diff(agent0)
    egos = np.asarray([s.ego for s in scenarios], dtype=np.int64)
    return WorldTable(
        agent0=agent0,
        body0=_starts([len(s.agents.bodies.agent) for s in scenarios]),
        log0=_starts((steps * counts).tolist())[:-1],
        trailer0=_starts((steps * trailers).tolist())[:-1],
        record0=_starts(((last + 1) * counts).tolist()),
        command0=_starts((last + 1).tolist()),
        hitch_record0=_starts(((last + 1) * trailers).tolist()),
        ego=agent0[:-1] + egos,
        start=np.asarray([s.start_step for s in scenarios], dtype=np.int64),
        last=last.astype(np.int64),
        dt=np.asarray([s.dt for s in scenarios], dtype=np.float64),
        end_on=np.full(
            len(scenarios), sum(1 << END_ON.index(e) for e in set(settings.end_on)), dtype=np.int64
        ),
        road=road_row,
        signal0=_starts([len(s.signals) for s in scenarios]),
        signal_log0=_starts([s.signals.state.size for s in scenarios])[:-1],
        goal=np.asarray([_goal(s, c) for s, c in zip(scenarios, casts, strict=True)]),
        ego_path=np.asarray(
            [int(c.paths[e] is not None) for e, c in zip(egos, casts, strict=True)], dtype=np.int64
        ),
    )


def _goal(scenario: Scenario, cast: Cast) -> float:
    assert scenario.ego is not None
    path = cast.paths[scenario.ego]
    if scenario.goal is None or path is None:
        return float("inf")
    at, _ = project(np.stack([path.x, path.y], axis=1), np.asarray([scenario.goal]))
    return float(at[0])


def _agents(scenarios: Sequence[Scenario], casts: list[Cast], world: WorldTable) -> AgentTable:
    bodies = [s.agents.bodies for s in scenarios]
    length, width = _flat([b.length for b in bodies], float), _flat([b.width for b in bodies], float)
    owner = _flat([b.agent + world.agent0[w] for w, b in enumerate(bodies)], np.int64)
    first = _flat([s.agents.body_offsets[:-1] + world.body0[w] for w, s in enumerate(scenarios)], np.int64)
    kinds = _flat([s.agents.kind for s in scenarios], np.int64)
    driver = _flat([c.driver for c in casts], np.int64)
    paths = [p for c in casts for p in c.paths]
    actions = _starts([len(s.script) for s in scenarios])
    return AgentTable(
        driver=driver,
        body0=np.append(first, len(length)),
        length=length[first],
        width=width[first],
        axle=_flat([b.axle for b in bodies], float)[first],
        wheelbase=np.maximum(_flat([b.wheelbase for b in bodies], float)[first], 0.1),
        enter=_flat([c.enter for c in casts], np.int64),
        desired=_flat([c.desired for c in casts], float),
        stays=_flat([c.stays for c in casts], np.int64),
        path0=_starts([0 if p is None else len(p.s) for p in paths]),
        stop0=_starts([len(stops) for c in casts for stops in c.stops]),
        script0=np.append(
            _flat([actions[w] + _first_action(s) for w, s in enumerate(scenarios)], np.int64), actions[-1]
        ),
        size=np.ascontiguousarray(
            np.stack([0.5 * length, 0.5 * width, 0.5 * np.hypot(length, width)], axis=1)
        ),
        front=_flat([b.front_hitch for b in bodies], float),
        rear=_flat([b.rear_hitch for b in bodies], float),
        owner=owner,
        on_road=((kinds <= 5) & (driver != Driver.PARKED)).astype(np.int64),
    )


def _first_action(scenario: Scenario) -> Array:
    whose = np.asarray([do.agent for do in _ordered(scenario)], dtype=np.int64)
    return np.searchsorted(whose, np.arange(len(scenario.agents)))


def _ordered(scenario: Scenario) -> list:  # type: ignore[type-arg]
    return sorted(scenario.script, key=lambda do: do.agent)  # stable: file order within an agent


def _scripts(scenarios: Sequence[Scenario]) -> ScriptTable:
    rows = [do for s in scenarios for do in _ordered(s)]
    return ScriptTable(
        trigger=np.asarray([int(do.trigger) for do in rows], dtype=np.int64),
        when=np.asarray([do.when for do in rows], dtype=np.float64),
        action=np.asarray([int(do.action) for do in rows], dtype=np.int64),
        p=np.asarray([do.values[0] for do in rows], dtype=np.float64),
        q=np.asarray([do.values[1] for do in rows], dtype=np.float64),
    )


def _paths(casts: list[Cast]) -> PathTable:
    paths = [p for c in casts for p in c.paths if p is not None]
    stops = [stop for c in casts for own in c.stops for stop in own]
    s, x, y, heading, cap, ux, uy = (_flat([p[k] for p in paths], float) for k in range(7))
    return PathTable(
        s=s, x=x, y=y, heading=heading, cap=cap, ux=ux, uy=uy,
        stop_s=np.asarray([s for s, _ in stops], dtype=np.float64),
        stop_signal=np.asarray([k for _, k in stops], dtype=np.int64),
    )  # fmt: skip


def _logs(scenarios: Sequence[Scenario]) -> LogTable:
    states = [s.states for s in scenarios]
    return LogTable(
        x=_flat([s.xy[..., 0].ravel() for s in states], float),
        y=_flat([s.xy[..., 1].ravel() for s in states], float),
        heading=_flat([s.heading.ravel() for s in states], float),
        vx=_flat([s.velocity[..., 0].ravel() for s in states], float),
        vy=_flat([s.velocity[..., 1].ravel() for s in states], float),
        valid=_flat([s.valid.ravel() for s in states], np.bool_),
        hitch=_flat([s.hitch.ravel() for s in states], float),
    )


def _roads(scenarios: Sequence[Scenario]) -> tuple[RoadTable, Array]:
    """One row for each different road of the batch, and the row of each scenario (-1: not known)."""
    boundaries: dict[str, Boundary] = {}
    for s in scenarios:
        boundary = road_of(s.map).boundary
        if boundary is not None:
            boundaries.setdefault(s.map.id, boundary)
    rows = {name: i for i, name in enumerate(boundaries)}
    used = list(boundaries.values())
    segment0 = _starts([len(b.segments) for b in used])
    item0 = _starts([len(b.items) for b in used])
    table = RoadTable(
        segments=np.ascontiguousarray(np.concatenate([np.zeros((0, 8)), *(b.segments for b in used)])),
        box=np.asarray([b.box for b in used]).reshape(-1, 2),
        shape=np.asarray([b.shape for b in used], dtype=np.int64).reshape(-1, 2),
        cell0=_starts([len(b.offsets) for b in used]),
        offsets=_flat([b.offsets + item0[i] for i, b in enumerate(used)], np.int64),
        items=_flat([b.items + segment0[i] for i, b in enumerate(used)], np.int64),
    )
    return table, np.asarray([rows.get(s.map.id, -1) for s in scenarios], dtype=np.int64)


def _live(scenarios: Sequence[Scenario], casts: list[Cast], agents: AgentTable, world: WorldTable) -> Live:
    count, bodies = len(agents.driver), len(agents.owner)
    first = [_first_states(s, c) for s, c in zip(scenarios, casts, strict=True)]
    x, y, heading, vx, vy, speed = (_flat([f[k] for f in first], float) for k in range(6))
    s, offset, segment = _positions(casts, agents, x, y)
    zero, ints = np.zeros(count), np.zeros(count, dtype=np.int64)
    return Live(
        x=x, y=y, heading=heading, vx=vx, vy=vy, yaw_rate=zero.copy(), speed=speed,
        s=s, offset=offset, segment=segment, presence=ints.copy(), wanted=zero.copy(), flags=ints.copy(),
        clearance=zero.copy(), seen=np.zeros((count, 4)), off=ints.copy(), front=zero.copy(),
        next_action=agents.script0[:-1].copy(), shift=np.zeros((count, 4)), pace=np.zeros((count, 4)),
        pose=np.zeros((bodies, 4)),
        hitch=_flat([sc.states.hitch[sc.start_step] for sc in scenarios], float),
    )  # fmt: skip


def _first_states(scenario: Scenario, cast: Cast) -> tuple[Array, ...]:
    """State of each agent when it enters: x, y, heading, vx, vy, speed along the heading."""
    states, a = scenario.states, np.arange(len(scenario.agents))
    t = np.minimum(cast.enter, scenario.num_steps - 1)
    xy, velocity = states.xy[t, a], states.velocity[t, a]
    return xy[:, 0], xy[:, 1], states.heading[t, a], velocity[:, 0], velocity[:, 1], states.speed[t, a]


def _positions(casts: list[Cast], agents: AgentTable, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Arc length, offset and segment of each agent that has a path."""
    s, offset, segment = np.zeros(len(x)), np.zeros(len(x)), agents.path0[:-1].copy()
    for a, path in enumerate(p for c in casts for p in c.paths):
        if path is not None:
            at, off = project(np.stack([path.x, path.y], axis=1), np.asarray([[x[a], y[a]]]))
            s[a], offset[a] = at[0], off[0]
            segment[a] += int(np.clip(np.searchsorted(path.s, at[0], side="right") - 1, 0, len(path.s) - 2))
    return s, offset, segment


def _live_worlds(scenarios: Sequence[Scenario], world: WorldTable, live: Live) -> LiveWorld:
    count = len(world.dt)
    ints = np.zeros(count, dtype=np.int64)
    return LiveWorld(
        step=ints - 1, ending=ints.copy(), detail=ints - 1, acceleration=np.zeros(count),
        steering=np.asarray([_first_steering(s) for s in scenarios]), command=np.zeros((count, 2)),
        target=np.zeros((count, 4)), order=np.arange(len(live.pose), dtype=np.int64),
        sorted_x=np.zeros(len(live.pose)),
    )  # fmt: skip


def _first_steering(scenario: Scenario) -> float:
    """Steering of the ego at the start, from the turn of its recorded history; 0 without one."""
    t, ego, states = scenario.start_step, scenario.ego, scenario.states
    assert ego is not None
    speed = float(states.speed[t, ego])
    if t == 0 or not states.valid[t - 1, ego] or speed < 2.0:
        return 0.0
    turn = float(states.heading[t, ego] - states.heading[t - 1, ego])
    rate = (turn + np.pi) % (2.0 * np.pi) - np.pi
    body = scenario.agents.body_offsets[ego]
    angle = np.arctan(scenario.agents.bodies.wheelbase[body] * rate / scenario.dt / speed)
    return float(np.clip(angle, -0.5, 0.5))


def _record(world: WorldTable) -> Record:
    rows, steps, pulled = int(world.record0[-1]), int(world.command0[-1]), int(world.hitch_record0[-1])
    x, y, heading, vx, vy, yaw_rate = (np.zeros(rows) for _ in range(6))
    return Record(
        x=x, y=y, heading=heading, vx=vx, vy=vy, yaw_rate=yaw_rate,
        valid=np.zeros(rows, dtype=np.bool_),
        flags=np.zeros(rows, dtype=np.int64),
        hitch=np.zeros(pulled),
        command=np.zeros((steps, 2)),
        acceleration=np.zeros(steps),
        steering=np.zeros(steps),
    )  # fmt: skip
