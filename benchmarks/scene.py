"""The scene of the core benchmark: a four-way intersection whose kerbs have more than 2,000 segments."""

from __future__ import annotations

import dataclasses

import numpy as np

from simeval.geometry import point_at
from simeval.scenario import (
    Agents,
    Areas,
    Controller,
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

ARM, LANE, CORNER = 100.0, 3.5, 20.0  # [m] length of an arm, lane width, where the kerb begins to turn
KERB_STEP, KERB_NOISE = 0.35, 0.03  # [m] recorded kerbs are noisy: so that they cannot be simplified away


def _turned(points: np.ndarray, quarter: int) -> np.ndarray:
    c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
    return points @ np.array([[c, s], [-s, c]])


def _straight(a: tuple[float, float], b: tuple[float, float], step: float) -> np.ndarray:
    n = max(2, int(np.hypot(b[0] - a[0], b[1] - a[1]) / step) + 1)
    return np.linspace(a, b, n)


def _arc(centre: tuple[float, float], radius: float, start: float, end: float, step: float) -> np.ndarray:
    angle = np.linspace(start, end, max(3, int(radius * abs(end - start) / step) + 1))
    return np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1)


def intersection() -> RoadMap:
    """Two lanes each way on four arms, kerbs only."""
    rng = np.random.default_rng(1)
    edge = 2 * LANE
    kerbs = []
    for quarter in range(4):
        inwards = _straight((ARM + 20, edge), (CORNER, edge), KERB_STEP)
        corner = _arc((CORNER, CORNER), CORNER - edge, -np.pi / 2, -np.pi, KERB_STEP)
        outwards = _straight((edge, CORNER), (edge, ARM + 20), KERB_STEP)
        kerb = np.concatenate([inwards, corner[1:], outwards[1:]])
        kerbs.append(_turned(kerb + rng.normal(0, KERB_NOISE, kerb.shape), quarter))
    none = np.zeros(0, dtype=np.int64)
    return RoadMap(
        lanes=Lanes.none(),
        areas=Areas(kind=none, outline=Polylines.of([])),
        edges=Edges(kind=np.ones(len(kerbs), dtype=np.int64), line=Polylines.of(kerbs)),
        topology=Source.ABSENT,
    )


def _paths() -> list[np.ndarray]:
    """Straight on in both lanes and a right turn, from each arm."""
    end, inner, outer = ARM + 20, 0.5 * LANE, 1.5 * LANE
    turn = np.concatenate(
        [
            _straight((-end, -outer), (-CORNER, -outer), 1.0),
            _arc((-CORNER, -CORNER), CORNER - outer, np.pi / 2, 0.0, 1.0)[1:],
            _straight((-outer, -CORNER), (-outer, -end), 1.0)[1:],
        ]
    )
    straight = [_straight((-end, -y), (end, -y), 1.0) for y in (inner, outer)]
    return [_turned(p, quarter) for quarter in range(4) for p in (*straight, turn)]


def crossing(road: RoadMap, seed: int, vehicles: int = 32, num_steps: int = 101) -> Scenario:
    """Vehicles on the arms within 100 m of the middle, all driving by IDM."""
    rng, paths = np.random.default_rng(seed), _paths()
    taken: list[tuple[int, float]] = []
    while len(taken) < vehicles:
        k, s = int(rng.integers(len(paths))), float(rng.uniform(20.0, 110.0))
        if all(k != other or abs(s - at) > 9.0 for other, at in taken):
            taken.append((k, s))
    xy, velocity = np.zeros((num_steps, vehicles, 2)), np.zeros((num_steps, vehicles, 2))
    heading, valid = np.zeros((num_steps, vehicles)), np.zeros((num_steps, vehicles), dtype=bool)
    for i, (k, s) in enumerate(taken):
        point, direction = point_at(paths[k], np.array([s]))
        xy[0, i], heading[0, i], valid[0, i] = point[0], direction[0], True
        velocity[0, i] = 8.0 * np.array([np.cos(direction[0]), np.sin(direction[0])])
    agents = Agents.simple(
        [f"car{i}" for i in range(vehicles)], [1] * vehicles, np.full(vehicles, 4.6), np.full(vehicles, 1.9)
    )
    return Scenario(
        id=f"benchmark/crossing{seed}", suite="benchmark", family="crossing", dt=0.1, start_step=0,
        origin=(0.0, 0.0), ego=0, goal=None, map=road, signals=Signals.none(num_steps),
        agents=dataclasses.replace(
            agents,
            controller=np.full(vehicles, int(Controller.IDM)),
            desired_speed=np.full(vehicles, 12.0),
        ),
        states=States.of(xy, heading, velocity, valid),
        route=Route(lane_ids=(), xy=paths[taken[0][0]], inferred=False),
        paths=Polylines.of([paths[k] for k, _ in taken]),
        provenance=Provenance(format="authored", licence="Apache-2.0"),
    )  # fmt: skip


def with_lanes(road: RoadMap) -> RoadMap:
    """The same road with the centre lines that vehicles drive on as lanes, so that policies see them."""
    centre = Polylines.of(_paths())
    count = len(centre)
    ints, nothing = np.zeros(count, dtype=np.int64), Polylines.of([np.zeros((0, 2))] * count)
    lanes = Lanes(
        ids=tuple(f"lane{i}" for i in range(count)), kind=ints + 1, is_connector=ints,
        speed_limit=np.full(count, 13.9), has_limit=ints + 1, centre=centre, left=nothing, right=nothing,
        section=("",) * count, predecessors=Links.of([[]] * count), successors=Links.of([[]] * count),
        left_neighbour=ints - 1, right_neighbour=ints - 1,
    )  # fmt: skip
    return dataclasses.replace(road, lanes=lanes)
