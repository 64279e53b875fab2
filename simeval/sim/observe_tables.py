"""The tables of observation: what of a batch of worlds never changes, where rows look from, what they see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.policy import Observation, ObservationSpec
from simeval.scenario import AgentKind, Scenario
from simeval.sim.axes import Axes
from simeval.sim.flat import flat, starts
from simeval.sim.observe_cells import Cells, cells_for
from simeval.sim.observe_map import MapLines, map_lines
from simeval.sim.senses import Senses, senses_of
from simeval.sim.tables import Table, table

__all__ = [
    "EYE",
    "Bytes",
    "Frame",
    "Scene",
    "Scratch",
    "Seen",
    "forgotten",
    "scene_of",
    "scratch_of",
    "seen_in",
    "views_of",
]

TRAILER = 6
KINDS = {
    AgentKind.CAR: 1, AgentKind.VAN: 1, AgentKind.MOTORCYCLE: 1, AgentKind.TRUCK: 2, AgentKind.BUS: 2,
    AgentKind.PEDESTRIAN: 3, AgentKind.CYCLIST: 4, AgentKind.STATIC: 5, AgentKind.OTHER: 5,
}  # fmt: skip


def _dtype(integers: str, floats: str) -> np.dtype:
    return np.dtype([(n, "i8") for n in integers.split()] + [(n, "f8") for n in floats.split()], align=True)


SITE = _dtype("map lane0 has_goal", "goal_x goal_y")
"""One row a world: which map it has, the first of its lanes, its goal."""

LANE = _dtype("on_route signal", "")
"""One row a lane of each world; `signal` is the first that controls it (counted in its world), or -1."""

BODY = _dtype("kind rank by_rank", "")
"""One row a body: kind as observed, place in the world's order by agent id, and the body at a place."""

EYE = _dtype("world agent row step is_ego is_true", "x y heading c s")
"""Where a row looks from: world, agent, row of the batch, scenario step, 1 if it sees the truth, pose."""


class Scene(NamedTuple):
    """What of a batch never changes."""

    sites: Table
    lanes: Table
    next_signal: Array  # of each signal: the next one that controls the same lane, -1: none
    bodies: Table
    pieces: Table  # this and the following: see MapLines
    piece_circles: Array
    points: Array
    chunks: Table
    chunk_circles: Array
    edge_points: Array
    grids: Table  # GRID rows, of each map that of pieces, then that of chunks; bins and circles: see Bins
    bins: Array
    binned: Array
    senses: Table  # this and the following: see Senses
    keys: Array


class Seen(NamedTuple):
    """The arrays of an observation, see `Observation`."""

    ego_history: Array
    ego_parameters: Array
    agents_history: Array
    agents_kind: Array
    agents_valid: Array
    lanes: Array
    lanes_attributes: Array
    lanes_signal: Array
    lanes_valid: Array
    edges: Array
    edges_valid: Array
    route: Array
    route_valid: Array
    goal: Array
    time_s: Array
    active: Array


class Bytes(NamedTuple):
    """The memory of an observation's tensors as bytes, [B, bytes of a row], by who writes them."""

    agents: tuple[Array, ...]
    lanes: tuple[Array, ...]
    edges: tuple[Array, ...]
    others: tuple[Array, ...]


class Frame(NamedTuple):
    """Where a row looks from: everything is written relative to it [m, 1]."""

    x: float
    y: float
    c: float
    s: float


OTHER = _dtype("there body kind", "x y c s vx vy length width")
"""A body at one step as everyone sees it: whether it is there, which, pose, velocity of its vehicle, size."""


PLACE = _dtype("step", "s")
"""Scenario step and arc length [m]; step -1: not known."""


def forgotten(places: Table) -> Table:
    """Places that nobody knows any more, in the same memory."""
    places.step = -1
    return places


class Scratch(NamedTuple):
    """Working space of one range of rows; nothing in it changes what is seen."""

    eye: Table  # one row
    keys: Array
    items: Array
    is_steady: bool  # ObservationSpec.order
    cells: Cells
    found: Array  # circles of a map in one ring of bins
    shown: Array  # world and step of `others`, -1: none; how many bodies
    others: Table  # [bodies of a world * H] the history of one body after the other, by rank
    places: Table  # of every agent of the batch: where on its path it was seen last


def scratch_of(
    spec: ObservationSpec, num_rows: int, world: Table, scene: Scene, lists: Cells | None = None
) -> Scratch:
    """Working space for one thread that sees so many rows of some worlds at a time.

    `lists`: made for the same spec, number of rows and maps; None: new ones.
    """
    num_bodies = int((world.body1 - world.body0).max(initial=0))
    steady = spec.order == "steady"
    cells = lists or cells_for(spec.lanes, spec.edges, num_rows, steady=steady)
    most = max(spec.agents, num_bodies, *cells.room)
    return Scratch(
        eye=table(EYE, 1),
        keys=np.zeros(most, dtype=np.int64),
        items=np.zeros(most, dtype=np.int32),
        is_steady=steady,
        cells=cells,
        found=np.zeros(len(scene.binned), dtype=np.int64),
        shown=np.full(3, -1, dtype=np.int64),
        others=table(OTHER, num_bodies * spec.history),
        places=forgotten(table(PLACE, int(world.agent1.max(initial=0)))),
    )


def seen_in(observation: Observation) -> tuple[Seen, Bytes]:
    """As `views_of`, of the memory of an observation."""
    return views_of({name: tensor.numpy() for name, tensor in observation.tensors().items()})


def views_of(arrays: dict[str, Array]) -> tuple[Seen, Bytes]:
    """The arrays of an observation by who writes them, and the same memory as bytes."""
    parts = {name: a.reshape(len(a), -1).view(np.uint8) for name, a in arrays.items()}
    agents, lanes, edges = (
        tuple(parts.pop(name) for name in Seen._fields if name.startswith(of))
        for of in ("agents", "lanes", "edges")
    )
    return Seen(**arrays), Bytes(agents, lanes, edges, tuple(parts.values()))


def scene_of(scenarios: Sequence[Scenario], spec: ObservationSpec, senses: Senses | None = None) -> Scene:
    """The scene of a batch; each different map is there once. Without `senses` everyone sees the truth."""
    worlds, keys = senses or senses_of(scenarios, Axes(), ())
    lines: dict[str, MapLines] = {}
    for s in scenarios:
        lines.setdefault(s.map.id, map_lines(s.map, spec.lane_points))
    parts = list(lines.values())
    return Scene(
        sites=_sites(scenarios, list(lines)),
        lanes=_lanes(scenarios),
        next_signal=flat([_next_signal(s) for s in scenarios], np.int64),
        bodies=_rows([_bodies(s) for s in scenarios]),
        pieces=_rows([p.pieces for p in parts]),
        piece_circles=np.concatenate([p.piece_circles for p in parts]),
        points=np.concatenate([p.points for p in parts]),
        chunks=_chunks(parts),
        chunk_circles=np.concatenate([p.chunk_circles for p in parts]),
        edge_points=np.concatenate([p.edge_points for p in parts]),
        **_bins(parts),
        senses=worlds,
        keys=keys,
    )


def _rows(tables: list[Table]) -> Table:
    return np.concatenate(tables).view(np.recarray)


def _chunks(parts: list[MapLines]) -> Table:
    """The chunks of several maps, their points counted on."""
    chunks = _rows([p.chunks for p in parts])
    shift = np.repeat(starts([len(p.edge_points) for p in parts])[:-1], [len(p.chunks) for p in parts])
    chunks.point0 += shift
    chunks.point1 += shift
    return chunks


def _bins(parts: list[MapLines]) -> dict[str, Array]:
    """The bins of several maps, counted on."""
    bins = [b for p in parts for b in (p.piece_bins, p.chunk_bins)]
    grids = _rows([b.grid for b in bins])
    grids.bin0 = starts([len(b.first) for b in bins])[:-1]
    first = starts([len(b.circle) for b in bins])
    pieces, chunks = starts([len(p.pieces) for p in parts]), starts([len(p.chunks) for p in parts])
    circle0 = np.stack([pieces[:-1], chunks[:-1]], axis=1).ravel()
    return {
        "grids": grids,
        "bins": flat([b.first + first[k] for k, b in enumerate(bins)], np.int64),
        "binned": flat([b.circle + circle0[k] for k, b in enumerate(bins)], np.int64),
    }


def _sites(scenarios: Sequence[Scenario], ids: list[str]) -> Table:
    site = table(SITE, len(scenarios))
    road = np.asarray([ids.index(s.map.id) for s in scenarios])
    site.map = road
    site.lane0 = starts([len(s.map.lanes) for s in scenarios])[:-1]
    site.has_goal = [s.goal is not None for s in scenarios]
    site.goal_x, site.goal_y = np.asarray([s.goal or (0.0, 0.0) for s in scenarios]).T
    return site


def _lanes(scenarios: Sequence[Scenario]) -> Table:
    lanes = table(LANE, sum(len(s.map.lanes) for s in scenarios))
    first = starts([len(s.map.lanes) for s in scenarios])
    lanes.signal = -1
    for s, at in zip(scenarios, first[:-1], strict=True):
        known = s.map.lanes.index
        route = s.route.lane_ids if s.route is not None else ()
        lanes.on_route[[at + known[lane] for lane in route if lane in known]] = 1
        for k in range(len(s.signals) - 1, -1, -1):
            if s.signals.lane[k] >= 0:
                lanes.signal[at + s.signals.lane[k]] = k
    return lanes


def _next_signal(scenario: Scenario) -> Array:
    lane = scenario.signals.lane
    after = np.full(len(lane), -1, dtype=np.int64)
    seen: dict[int, int] = {}
    for k in range(len(lane) - 1, -1, -1):
        after[k] = seen.get(int(lane[k]), -1)
        seen[int(lane[k])] = k
    return after


def _bodies(scenario: Scenario) -> Table:
    agents = scenario.agents
    owner, own = agents.bodies.agent, np.arange(len(agents.bodies.agent))
    rows = table(BODY, len(owner))
    first = agents.body_offsets[owner]
    kinds = [KINDS[agents.kind_of(int(a))] for a in owner]
    rows.kind = np.where(own == first, kinds, TRAILER)
    rows.by_rank = sorted(own, key=lambda b: (agents.ids[owner[b]], b))
    rows.rank[rows.by_rank] = own
    return rows
