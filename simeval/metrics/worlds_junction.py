"""A scripted crossroads: what signals, stop lines, crosswalks and priority are tried on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simeval.arrays import Array
from simeval.metrics.worlds import Track, World, world
from simeval.scenario import (
    AgentKind,
    AreaKind,
    Areas,
    Edges,
    LaneKind,
    Lanes,
    Links,
    Polylines,
    RoadMap,
    Route,
    Signals,
    SignalState,
    Source,
)

__all__ = ["junction", "junction_map"]

HALF, WIDTH = 8.0, 3.5  # [m] the crossing area reaches so far; of a lane
LANES: dict[str, tuple[tuple[float, float], ...]] = {
    "west.in": ((-100.0, 0.0), (-HALF, 0.0)),
    "through": ((-HALF, 0.0), (HALF, 0.0)),
    "east.out": ((HALF, 0.0), (200.0, 0.0)),
    "south.in": ((0.0, -100.0), (0.0, -HALF)),
    "upwards": ((0.0, -HALF), (0.0, HALF)),
    "north.out": ((0.0, HALF), (0.0, 200.0)),
    "to_north": tuple(
        (-HALF + HALF * math.sin(a), HALF - HALF * math.cos(a)) for a in np.linspace(0.0, math.pi / 2.0, 9)
    ),
}
FOLLOWS = {
    "west.in": ["through", "to_north"], "through": ["east.out"], "south.in": ["upwards"],
    "upwards": ["north.out"], "to_north": ["north.out"],
}  # fmt: skip
SIGNALS = ("through", "upwards")


def junction(
    cars: Sequence[Sequence[float]], *, seconds: float = 5.0, route: Sequence[str] = (),
    red: Sequence[str] = (), walkers: Sequence[Sequence[float]] = (),
    plans: Sequence[Sequence[Sequence[float]]] = (), stop_sign: bool = False,
) -> World:  # fmt: skip
    """Cars (x, speed[, y[, heading]]) and then pedestrians of the same form at a crossroads; the first car is
    the ego.

    Traffic from the west goes on east or turns left to the north, traffic from the south goes on north; both
    cross at the origin. A crosswalk lies over the western approach from x = -14 to -11, a stop line at -15.
    Signals stand at the connectors `through` and `upwards`; those named in `red` are red, the others green.
    Without `red` there are none. `route` names the ego's lanes.
    """
    stretches = [tuple((p[0], p[1], p[2]) for p in plan) for plan in plans] + [()] * (
        len(cars) + len(walkers)
    )
    tracks = [
        Track(
            x=c[0], speed=c[1], y=c[2] if len(c) > 2 else 0.0, heading=c[3] if len(c) > 3 else 0.0,
            plan=stretches[k], kind=AgentKind.PEDESTRIAN if k >= len(cars) else AgentKind.CAR,
            length=0.6 if k >= len(cars) else 4.6, width=0.6 if k >= len(cars) else 1.9,
        )
        for k, c in enumerate([*cars, *walkers])
    ]  # fmt: skip
    names = list(route) or ["west.in", "through", "east.out"]
    line = np.concatenate([np.array(LANES[n]) for n in names])
    keep = np.ones(len(line), dtype=bool)
    keep[1:] = np.abs(np.diff(line, axis=0)).sum(axis=1) > 1e-9
    made = world(tracks, road_map=junction_map(stop_sign=stop_sign), seconds=seconds, route=line[keep])
    scenario = replace(
        made.scenario, route=Route(lane_ids=tuple(names), xy=line[keep], inferred=False),
        signals=_signals(red, made.trace.num_steps) if red else made.scenario.signals,
    )  # fmt: skip
    return replace(made, scenario=scenario)


def junction_map(*, stop_sign: bool = False) -> RoadMap:
    """Seven lanes, three of them connectors in the crossing area; the road is exactly the lanes and it."""
    names = list(LANES)
    index = {name: i for i, name in enumerate(names)}
    ints = np.zeros(len(names), dtype=np.int64)
    links = [[index[j] for j in FOLLOWS.get(name, [])] for name in names]
    centre = [np.array(LANES[n], dtype=np.float64) for n in names]
    sides = [[_beside(line, side * 0.5 * WIDTH) for line in centre] for side in (1.0, -1.0)]
    square = HALF * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    walk = np.array([[-14.0, -2.5], [-11.0, -2.5], [-11.0, 2.5], [-14.0, 2.5]])
    stop = np.array([[-15.2, -1.75], [-14.8, -1.75], [-14.8, 1.75], [-15.2, 1.75]])
    areas = [(AreaKind.INTERSECTION, square), (AreaKind.CROSSWALK, walk)]
    areas += [(AreaKind.STOP, stop)] if stop_sign else []
    connector = np.array([name in ("through", "upwards", "to_north") for name in names])
    for k in np.flatnonzero(~connector).tolist():
        areas.append((AreaKind.DRIVABLE, np.concatenate([sides[0][k], sides[1][k][::-1]])))
    areas.append((AreaKind.DRIVABLE, square))
    lanes = Lanes(
        ids=tuple(names), kind=ints + int(LaneKind.VEHICLE), is_connector=connector.astype(np.int64),
        speed_limit=np.full(len(names), 13.9), has_limit=ints + 1, centre=Polylines.of(centre),
        left=Polylines.of(sides[0]), right=Polylines.of(sides[1]), section=tuple(names),
        predecessors=Links.of([[i for i, to in enumerate(links) if k in to] for k in range(len(names))]),
        successors=Links.of(links), left_neighbour=ints - 1, right_neighbour=ints - 1,
    )  # fmt: skip
    kinds, outlines = [int(k) for k, _ in areas], [a for _, a in areas]
    return RoadMap(
        lanes=lanes, areas=Areas(kind=np.array(kinds), outline=Polylines.of(outlines)),
        edges=Edges(kind=np.zeros(0, dtype=np.int64), line=Polylines.of([])), topology=Source.GIVEN,
    )  # fmt: skip


def _beside(line: Array, shift: float) -> Array:
    step = np.gradient(line, axis=0)
    step /= np.hypot(step[:, 0], step[:, 1])[:, None]
    return np.asarray(line + shift * np.stack([-step[:, 1], step[:, 0]], axis=1))


def _signals(red: Sequence[str], steps: int) -> Signals:
    index = {name: i for i, name in enumerate(LANES)}
    states = [int(SignalState.RED if name in red else SignalState.GREEN) for name in SIGNALS]
    return Signals(
        lane=np.array([index[name] for name in SIGNALS], dtype=np.int64),
        stop_xy=np.array([LANES[name][0] for name in SIGNALS], dtype=np.float64),
        state=np.tile(np.array(states, dtype=np.int64), (steps, 1)),
        last_known=np.full(len(SIGNALS), steps - 1, dtype=np.int64),
    )  # fmt: skip
