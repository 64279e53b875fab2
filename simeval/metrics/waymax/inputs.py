"""What Waymax's metrics are given here: its edge points, paths and log, from a scenario of ours."""

from __future__ import annotations

import weakref

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.metrics.episode import Episode
from simeval.metrics.shared import shared
from simeval.metrics.waymax.paths import Paths
from simeval.metrics.waymax.road_edge import SPACING, EdgePoints, edge_points
from simeval.scenario import EdgeKind, RoadMap

__all__ = ["ego_log", "paths_of", "road_edges"]

PATH_SPACING = 1.0  # [m]
_EDGES: weakref.WeakKeyDictionary[RoadMap, EdgePoints | None] = weakref.WeakKeyDictionary()


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
    route, lanes = episode.scenario.route, episode.scenario.map.lanes
    lines = [] if route is None or len(route.xy) < 2 else [np.asarray(route.xy, dtype=np.float64)]
    num_route, reach = len(lines), np.inf
    if lines:
        on = _paths(lines, 1)
        reach = float(on.distance(episode.ego_xy, on.on_route).max()) + SPACING
    low, high = episode.ego_xy.min(axis=0) - reach, episode.ego_xy.max(axis=0) + reach
    for i in np.flatnonzero(~episode.route_lanes).tolist():
        line = lanes.centre[i]
        if len(line) >= 2 and (line.max(axis=0) >= low).all() and (line.min(axis=0) <= high).all():
            lines.append(np.asarray(line, dtype=np.float64))
    return _paths(lines, num_route)


def _paths(lines: list[Array], num_route: int) -> Paths:
    parts = [_sampled(line) for line in lines]
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
