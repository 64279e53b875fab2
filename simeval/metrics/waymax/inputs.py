"""What Waymax's metrics are given here: its edge points, paths and log, from a scenario of ours."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.metrics.episode import Episode
from simeval.metrics.shared import shared
from simeval.metrics.waymax.paths import Paths
from simeval.metrics.waymax.road_edge import SPACING, EdgePoints, edge_points
from simeval.scenario import EdgeKind, RoadMap

__all__ = ["ego_log", "paths_of", "road_edges"]

PATH_SPACING = 1.0  # [m]


@dataclass(frozen=True, kw_only=True, eq=False)
class _LaneSamples:
    """Sampled centre lines of the lanes of a map, and the corners of the box around each [m]."""

    lane: Int[Array, "l"]
    parts: list[Float[Array, "_ 3"]]
    low: Float[Array, "l 2"]
    high: Float[Array, "l 2"]


_EDGES: weakref.WeakKeyDictionary[RoadMap, EdgePoints | None] = weakref.WeakKeyDictionary()
_LANES: weakref.WeakKeyDictionary[RoadMap, _LaneSamples] = weakref.WeakKeyDictionary()


def road_edges(episode: Episode) -> EdgePoints | None:
    """Points on the map's road edges, else on the outline of its drivable areas; made once for each map."""
    road_map = episode.scenario.map
    if road_map not in _EDGES:
        lines = road_map.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN)
        boundary = episode.road.boundary
        if not lines and boundary is not None:
            lines = [row.reshape(2, 2) for row in boundary.segments[:, :4]]
        _EDGES[road_map] = edge_points(lines)
    return _EDGES[road_map]


@shared
def paths_of(episode: Episode) -> Paths:
    """The route, and as the other paths the centre lines of all lanes that are not on it.

    Lanes far from the ego are left out where the route is nearer to it: they can change no metric.
    """
    route, lanes = episode.scenario.route, _lane_samples(episode.scenario.map)
    parts = [] if route is None or len(route.xy) < 2 else [_sampled(np.asarray(route.xy, dtype=np.float64))]
    num_route, reach = len(parts), np.inf
    if parts:
        on = _paths(parts, 1)
        reach = float(on.distance(episode.ego_xy, on.on_route).max()) + SPACING
    low, high = episode.ego_xy.min(axis=0) - reach, episode.ego_xy.max(axis=0) + reach
    near = (lanes.high >= low).all(axis=1) & (lanes.low <= high).all(axis=1)
    others = np.flatnonzero(near & ~episode.route_lanes[lanes.lane])
    parts += [lanes.parts[k] for k in others.tolist()]
    return _paths(parts, num_route)


def _lane_samples(road_map: RoadMap) -> _LaneSamples:
    if road_map not in _LANES:
        centre = road_map.lanes.centre
        used = np.flatnonzero(centre.counts >= 2)
        lines = [np.asarray(centre[i], dtype=np.float64) for i in used.tolist()]
        _LANES[road_map] = _LaneSamples(
            lane=used, parts=[_sampled(line) for line in lines],
            low=np.array([line.min(axis=0) for line in lines]).reshape(-1, 2),
            high=np.array([line.max(axis=0) for line in lines]).reshape(-1, 2),
        )  # fmt: skip
    return _LANES[road_map]


def _paths(parts: list[Array], num_route: int) -> Paths:
    which = np.repeat(np.arange(len(parts)), [len(p) for p in parts]).astype(np.int64)
    table = np.concatenate(parts) if parts else np.zeros((0, 3))
    return Paths(xy=table[:, :2], path=which, arc_length=table[:, 2], on_route=which < num_route)


def _sampled(line: Array) -> Array:
    """Points x, y and arc length, 1 m apart; the last step is shorter."""
    s = arc_lengths(line)
    at = np.append(np.arange(0.0, s[-1], PATH_SPACING), s[-1])
    return np.column_stack([np.interp(at, s, line[:, 0]), np.interp(at, s, line[:, 1]), at])


@shared
def ego_log(episode: Episode) -> tuple[Float[Array, "t 2"], Bool[Array, "t"], Float[Array, "k 2"]]:
    """Logged places of the ego at the recorded steps, where they are known, and all known ones in order."""
    states = episode.scenario.states
    known = np.flatnonzero(states.valid[:, episode.ego])
    rows = episode.trace.first_step + np.arange(episode.num_steps)
    inside = np.minimum(rows, states.num_steps - 1)
    valid = (rows < states.num_steps) & states.valid[inside, episode.ego]
    return states.xy[inside, episode.ego], valid, states.xy[known, episode.ego]
