"""From scenarios to the flat tables of a batch of worlds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.geometry import project
from simeval.scenario import Driver, Scenario
from simeval.sim.agents import Cast, cast_of
from simeval.sim.build_driven import driven_tables
from simeval.sim.build_given import log_table, path_rows, path_table, road_table, script_table, stop_table
from simeval.sim.build_lanes import GIVE_WAY, lane_tables, on_foot, on_lanes, swings, tails, turns
from simeval.sim.build_live import live_agents, live_worlds
from simeval.sim.build_traffic import traffic_table
from simeval.sim.flat import distinct, flat, starts
from simeval.sim.settings import END_ON, SimSettings
from simeval.sim.tables import (
    AGENT,
    EGO_RECORD,
    RECORDED,
    WORLD,
    BodyTable,
    LaneTable,
    PathTable,
    RoadTable,
    Table,
    TrafficTable,
    table,
)
from simeval.vehicles.choose import articulation_of, set_of
from simeval.vehicles.trailer_geometry import couplings_of

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
    driven: Table
    vehicle: Table
    record: Table
    ego_record: Table
    lanes: LaneTable
    traffic: TrafficTable

    @property
    def paths(self) -> Table:
        """PATH rows."""
        return self.lanes.path


def build(
    scenarios: Sequence[Scenario], ego_driver: int, settings: SimSettings, seeds: Sequence[int] | None = None
) -> Tables:
    """Tables of a batch; every scenario must have passed `check_runnable`."""
    casts = [cast_of(s, ego_driver, settings) for s in scenarios]
    road, road_row = road_table(scenarios)
    world = _worlds(scenarios, casts, settings, ego_driver)
    world["road"] = road_row
    agents, path, paths = _agents(scenarios, casts, world), path_table(casts), path_rows(casts)
    driven, vehicle = driven_tables(scenarios, world, agents, settings)
    traffic = traffic_table(scenarios, casts, world, agents, settings, seeds or [0] * len(scenarios))
    last = world[-1]
    return Tables(
        world=world,
        agents=agents,
        path=path,
        bodies=_bodies(scenarios, world),
        script=script_table(scenarios),
        stops=stop_table(casts),
        log=log_table(scenarios),
        signal=flat([s.state.ravel() for s in distinct([s.signals for s in scenarios])[0]], np.int64),
        road=road,
        live=live_agents(scenarios, casts, world, agents, path, paths),
        live_world=live_worlds(len(scenarios)),
        driven=driven,
        vehicle=vehicle,
        record=table(RECORDED, int(last.record0 + (last.last + 1) * (last.agent1 - last.agent0))),
        ego_record=table(EGO_RECORD, int(last.ego_record0 + last.last + 1)),
        lanes=lane_tables(scenarios, casts, world, paths),
        traffic=traffic,
    )


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
        edges = starts(counts)
        world[f"{name}0"], world[f"{name}1"] = edges[:-1], edges[1:]
    firsts: tuple[tuple[str, Sequence[int] | Array], ...] = (
        ("record0", rows * agents),
        ("ego_record0", rows),
        ("hitch_record0", rows * (bodies - agents)),
        ("path0", [len(c.paths) for c in casts]),
        ("point0", [sum(len(p.s) for p in c.paths) for c in casts]),
        ("stop0", [sum(len(stops) for stops in c.stops) for c in casts]),
    )
    for name, sizes in firsts:
        world[name] = starts(sizes)[:-1]
    states, own = distinct([s.states for s in scenarios])
    world.log0 = starts([s.valid.size for s in states])[own]
    world.hitch_log0 = starts([s.hitch.size for s in states])[own]
    lights, own = distinct([s.signals for s in scenarios])
    world.signal_log0 = starts([s.state.size for s in lights])[own]
    world.ego = world.agent0 + [s.ego for s in scenarios]
    world.start, world.log_steps = [s.start_step for s in scenarios], steps
    world.dt = [s.dt for s in scenarios]
    world.end_on = sum(1 << END_ON.index(e) for e in set(settings.end_on))
    world.goal = [_goal(s, c) for s, c in zip(scenarios, casts, strict=True)]
    world.ego_path = [c.path[s.ego] >= 0 for s, c in zip(scenarios, casts, strict=True)]
    return world


def _goal(scenario: Scenario, cast: Cast) -> float:
    path = cast.path_of(scenario.ego)  # type: ignore[arg-type]
    if scenario.goal is None or path is None:
        return float("inf")
    at, _ = project(np.stack([path.x, path.y], axis=1), np.asarray([scenario.goal]))
    return float(at[0])


def _agents(scenarios: Sequence[Scenario], casts: list[Cast], world: Table) -> Table:
    agents = table(AGENT, int(world[-1].agent1))
    bodies = [s.agents.bodies for s in scenarios]
    offsets = [s.agents.body_offsets for s in scenarios]
    agents.body0 = flat([o[:-1] + world[w].body0 for w, o in enumerate(offsets)], np.int64)
    agents.body1 = flat([o[1:] + world[w].body0 for w, o in enumerate(offsets)], np.int64)
    for name in ("length", "width", "axle", "wheelbase"):
        agents[name] = flat([getattr(b, name) for b in bodies], float)[agents.body0]
    agents.wheelbase = np.maximum(agents.wheelbase, 0.1)
    for name in ("driver", "enter", "stays", "desired"):
        agents[name] = np.concatenate([getattr(c, name) for c in casts])
    agents.gives_way = np.isin(agents.driver, GIVE_WAY)
    agents.gives_way[world.ego] = 1
    agents.on_lanes = np.concatenate([on_lanes(s, c) for s, c in zip(scenarios, casts, strict=True)])
    agents.turn = np.concatenate([turns(s.agents) for s in scenarios])
    agents.number = np.concatenate([np.argsort(turns(s.agents)) for s in scenarios])
    agents.on_foot = np.concatenate([on_foot(s.agents) for s in scenarios])
    agents.swing = np.concatenate([swings(s.agents) for s in scenarios])
    agents.tail = np.concatenate([tails(s.agents) for s in scenarios])
    actions = [np.bincount([d.agent for d in s.script], minlength=len(s.agents)) for s in scenarios]
    edges = starts([int(n) for counts in actions for n in counts])
    agents.script0, agents.script1 = edges[:-1], edges[1:]
    kinds = flat([s.agents.kind for s in scenarios], np.int64)
    agents.is_vehicle = kinds <= LAST_VEHICLE_KIND
    agents.on_road = (kinds <= LAST_VEHICLE_KIND) & (agents.driver != Driver.PARKED)
    return agents


def _bodies(scenarios: Sequence[Scenario], world: Table) -> BodyTable:
    bodies = [s.agents.bodies for s in scenarios]
    length, width = flat([b.length for b in bodies], float), flat([b.width for b in bodies], float)
    last = world[-1]
    pulled = (last.body1 - last.body0) - (last.agent1 - last.agent0)
    return BodyTable(
        size=np.ascontiguousarray(
            np.stack([0.5 * length, 0.5 * width, 0.5 * np.hypot(length, width)], axis=1)
        ),
        front=flat([b.front_hitch for b in bodies], float),
        rear=flat([b.rear_hitch for b in bodies], float),
        owner=flat([b.agent + world[w].agent0 for w, b in enumerate(bodies)], np.int64),
        **_couplings(scenarios),
        logged_hitch=flat([s.hitch.ravel() for s in distinct([s.states for s in scenarios])[0]], float),
        recorded_hitch=np.zeros(int(last.hitch_record0 + (last.last + 1) * pulled)),
        pose=np.zeros((len(length), 4)),
        hitch=flat([s.states.hitch[s.start_step] for s in scenarios], float),
        order=np.arange(len(length), dtype=np.int64),
        sorted_x=np.zeros(len(length)),
        room=np.full((len(length), 5), -np.inf),
    )


def _couplings(scenarios: Sequence[Scenario]) -> dict[str, Array]:
    """Offset, wheelbase and largest angle of each pulled body."""
    found: dict[str, list[float]] = {"offset": [], "wheelbase": [], "limit": []}
    for scenario in scenarios:
        agents = scenario.agents
        for a in np.flatnonzero(np.diff(agents.body_offsets) > 1):
            offset, wheelbase = couplings_of(agents.bodies, int(a))
            fitting = set_of(agents.kind_of(int(a)), agents.bodies, int(a))
            found["offset"] += offset.tolist()
            found["wheelbase"] += wheelbase.tolist()
            found["limit"] += [articulation_of(fitting, k) for k in range(len(offset))]
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}
