"""How cost grows with what is in a scene: vehicles a world, points of a map; and memory with different maps.

    python benchmarks/scaling.py [--what agents,map,memory] [--episodes 10000] [--json]

Agents: everyone by IDM on a motorway at the same density, 16 to 256 vehicles a world; nanoseconds of CPU an
agent-step, and the ratio of the largest to the smallest. Map: the same traffic on kerbs of 2,000 to 40,000
points, by a longer road; the same for an observation of every vehicle. Memory: resident memory after the
first tenth of the episodes and after all of them, each episode on a map of its own, observed and driven.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import sys
from typing import Any

import numpy as np
import psutil
from everyone_driven import act_at_random, driven_by_commands
from measuring import machine, repeated

from simeval.policy import ObservationSpec
from simeval.scenario import (
    Agents,
    Areas,
    Controller,
    EdgeKind,
    Edges,
    Lanes,
    Links,
    Polylines,
    Provenance,
    RoadMap,
    Route,
    Scenario,
    Signals,
    Source,
    States,
)
from simeval.sim import SimSettings, Worlds
from simeval.sim.lane_positions import LanePositions
from simeval.sim.observe import Observer

STEPS, AGENT_STEPS = 60, 2048
SETTINGS = SimSettings(end_on=())
GAP, LANES, WIDTH = 30.0, 4, 3.75  # [m] between vehicles of a lane
SIZES, POINTS = (16, 64, 256), (2_000, 40_000)


def motorway(vehicles: int, points: int = 2_000, seed: int = 0) -> Scenario:
    """Straight lanes with kerbs of so many points; vehicles at one density, however many there are."""
    rng = np.random.default_rng(seed)
    rows = -(-vehicles // LANES)
    length = max(rows * GAP + 1500.0, 0.5 * points)
    kerbs = [
        _kerb(length, -0.5 * WIDTH, points // 2, rng),
        _kerb(length, (LANES - 0.5) * WIDTH, points // 2, rng)[::-1],
    ]
    centre = [np.array([[0.0, WIDTH * k], [length, WIDTH * k]]) for k in range(LANES)]
    steps, row, lane = STEPS + 1, np.arange(vehicles) // LANES, np.arange(vehicles) % LANES
    xy = np.zeros((steps, vehicles, 2))
    xy[0] = np.stack([50.0 + GAP * row + rng.uniform(0.0, 8.0, vehicles), WIDTH * lane], axis=1)
    velocity, valid = np.zeros_like(xy), np.zeros((steps, vehicles), dtype=bool)
    velocity[0, :, 0], valid[0] = 20.0, True
    agents = Agents.simple(
        [f"v{k}" for k in range(vehicles)], [1] * vehicles, np.full(vehicles, 4.6), np.full(vehicles, 1.9)
    )
    return Scenario(
        id=f"benchmark/motorway{vehicles}-{points}-{seed}", suite="benchmark", family="motorway", dt=0.1,
        start_step=0, origin=(0.0, 0.0), ego=0, goal=None, signals=Signals.none(steps),
        map=_road(centre, kerbs),
        agents=dataclasses.replace(
            agents,
            controller=np.full(vehicles, int(Controller.IDM)),
            desired_speed=rng.uniform(16.0, 26.0, vehicles),
        ),
        states=States.of(xy, np.zeros((steps, vehicles)), velocity, valid),
        route=Route(lane_ids=(), xy=centre[0], inferred=False),
        paths=Polylines.of([centre[int(k)] for k in lane]),
        provenance=Provenance(format="authored", licence="Apache-2.0"),
    )  # fmt: skip


def _kerb(length: float, y: float, points: int, rng: np.random.Generator) -> np.ndarray:
    """A kerb whose noise keeps all its points."""
    return np.stack([np.linspace(0.0, length, points), y + rng.normal(0.0, 0.04, points)], axis=1)


def _road(centre: list[np.ndarray], kerbs: list[np.ndarray]) -> RoadMap:
    count = len(centre)
    whole, nothing = np.zeros(count, dtype=np.int64), Polylines.of([np.zeros((0, 2))] * count)
    lanes = Lanes(
        ids=tuple(f"lane{k}" for k in range(count)), kind=whole + 1, is_connector=whole,
        speed_limit=np.full(count, 27.8), has_limit=whole + 1, centre=Polylines.of(centre), left=nothing,
        right=nothing, section=("",) * count, predecessors=Links.of([[]] * count),
        successors=Links.of([[]] * count), left_neighbour=whole - 1, right_neighbour=whole - 1,
    )  # fmt: skip
    kinds = np.full(len(kerbs), int(EdgeKind.BOUNDARY))
    edges = Edges(kind=kinds, line=Polylines.of(kerbs))
    areas = Areas(kind=np.zeros(0, dtype=np.int64), outline=Polylines.of([]))
    return RoadMap(lanes=lanes, areas=areas, edges=edges, topology=Source.ABSENT)


def simulating(vehicles: int, points: int) -> float:
    """Nanoseconds of CPU an agent-step: traffic, contacts, road edges, record."""
    scenarios = [motorway(vehicles, points, seed) for seed in range(AGENT_STEPS // vehicles)]

    def work(worlds: Worlds) -> float:
        worlds.advance(STEPS)
        return float(len(worlds.tables.agents) * STEPS)

    return 1e9 / repeated("agent-steps/s", lambda: Worlds(scenarios, "idm", SETTINGS), work).value


def observing(vehicles: int, points: int) -> float:
    """Nanoseconds of CPU an observation, the default layout, while everyone drives at random."""
    scenarios = [motorway(vehicles, points, seed) for seed in range(4)]

    def prepare() -> Any:
        worlds, world, agent = driven_by_commands(scenarios)
        return worlds, Observer(worlds, ObservationSpec()), LanePositions(worlds), world, agent

    def work(ready: Any) -> float:
        worlds, observe, find, world, agent = ready
        everyone = np.ones(len(world), dtype=bool)
        for step in range(STEPS):
            act_at_random(0, len(world), step, worlds.tables.driven)
            worlds.advance(1, controls=np.zeros((len(worlds), 2)))
            find()
            observe(world, everyone, agent)
        return float(len(world) * STEPS)

    return 1e9 / repeated("observations/s", prepare, work, 3).value


def remembered(episodes: int) -> dict[str, Any]:
    """Resident megabytes after a tenth of the episodes and after all, each on a map of its own."""
    process, batch, grown = psutil.Process(), 20, {}
    for first in range(0, episodes, batch):
        scenarios = [motorway(4, 200, seed) for seed in range(first, first + batch)]
        worlds = Worlds(scenarios, "idm", SETTINGS)
        observe, find = Observer(worlds, ObservationSpec()), LanePositions(worlds)
        worlds.advance(5)
        observe(np.arange(batch), np.ones(batch, dtype=bool))
        find()
        del worlds, observe, find, scenarios
        if first + batch in (episodes // 10, episodes):
            gc.collect()
            grown[str(first + batch)] = process.memory_info().rss / 1e6
    tenth, all_of_them = grown.values()
    return {"mb_after_episodes": grown, "growth_mb": all_of_them - tenth}


def measure(what: list[str], episodes: int) -> dict[str, Any]:
    """All that is asked for."""
    found: dict[str, Any] = {"benchmark": "scaling", "machine": machine()}
    if "agents" in what:
        rows = {n: simulating(n, 2_000) for n in SIZES}
        found["agents"] = {"ns_per_agent_step": rows, "ratio": rows[SIZES[-1]] / rows[SIZES[0]]}
    if "map" in what:
        for name, cost in (("simulating", simulating), ("observing", observing)):
            rows = {n: cost(32, n) for n in POINTS}
            found[f"map, {name}"] = {"ns": rows, "ratio": rows[POINTS[-1]] / rows[POINTS[0]]}
    if "memory" in what:
        found["memory"] = remembered(episodes)
    return found


def main() -> None:
    """Prints the result for people or, with --json, for programs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--what", default="agents,map,memory")
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args()
    result = measure(given.what.split(","), given.episodes)
    if given.json:
        json.dump(result, sys.stdout, indent=1)
        return
    for name, rows in result.items():
        print(f"{name}: {rows}")


if __name__ == "__main__":
    main()
