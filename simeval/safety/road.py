"""Where the road is, as far as the map says: from polygons, else from edges, else from widened lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import Boundary
from simeval.geometry.boxes import corners
from simeval.scenario.agents import Agents, States
from simeval.scenario.kinds import AreaKind, EdgeKind, Source
from simeval.scenario.roadmap import Lanes, RoadMap

__all__ = ["Road", "corner_distance", "road_of"]

ASSUMED_LANE_WIDTH = 3.5  # [m] where the map gives no bounds; lanes are widened by half of it
SIMPLIFY = 0.01  # [m] road edges are simplified to this; recorded edges repeat points every 0.5 m


@dataclass(frozen=True, kw_only=True, eq=False)
class Road:
    """The edge of the road with the road on its left, and how it is known."""

    boundary: Boundary | None  # None: the map says nothing about it
    source: Source


_CACHE: dict[str, Road] = {}
_CACHE_SIZE = 256


def road_of(road_map: RoadMap) -> Road:
    """The road of a map; kept for the maps used last, because suites share maps."""
    key = road_map.id
    if key not in _CACHE:
        while len(_CACHE) >= _CACHE_SIZE:
            _CACHE.pop(next(iter(_CACHE)), None)
        _CACHE[key] = _build(road_map)
    return _CACHE[key]


def _build(road_map: RoadMap) -> Road:
    polygons = [*road_map.areas_of(AreaKind.DRIVABLE)]
    if polygons:
        lines = _rings([shapely.make_valid(shapely.Polygon(p)) for p in polygons if len(p) >= 3])
        return Road(boundary=Boundary.of(lines), source=Source.GIVEN)
    edges = road_map.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN)
    if edges:
        simple = [_simplified(e) for e in edges if len(e) >= 2]
        return Road(boundary=Boundary.of(simple), source=Source.GIVEN)
    if len(road_map.lanes):
        lines = _rings(_widened(road_map.lanes))
        return Road(boundary=Boundary.of(lines), source=Source.INFERRED)
    return Road(boundary=None, source=Source.ABSENT)


def _simplified(line: Array) -> Array:
    return np.asarray(shapely.get_coordinates(shapely.LineString(line).simplify(SIMPLIFY)))


def _rings(shapes: list[shapely.Geometry]) -> list[Array]:
    """Outlines of the union; the inside is to the left of shells (counter-clockwise) and of holes."""
    union = shapely.union_all(shapes).simplify(SIMPLIFY)
    lines = []
    for part in shapely.get_parts(union):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            whole = shapely.geometry.polygon.orient(part)
            lines += [shapely.get_coordinates(r) for r in (whole.exterior, *whole.interiors)]
    return lines


def _widened(lanes: Lanes) -> list[shapely.Geometry]:
    shapes = []
    for i in range(len(lanes)):
        centre, left, right = lanes.centre[i], lanes.left[i], lanes.right[i]
        if len(centre) < 2:
            continue
        line = shapely.LineString(centre)
        width = ASSUMED_LANE_WIDTH
        if len(left) >= 2 and len(right) >= 2:
            width = shapely.distance(shapely.LineString(left), line.interpolate(0.5, normalized=True))
            width += shapely.distance(shapely.LineString(right), line.interpolate(0.5, normalized=True))
        shapes.append(line.buffer(max(float(width), 1.0), quad_segs=4))
    return shapes


def corner_distance(road: Road, agents: Agents, states: States, agent: int) -> Float[Array, "t"]:
    """How far the outermost corner of an agent's first body is outside the road [m] at each step.

    Negative: all corners are inside. NaN where the agent is not there or the road is not known.
    """
    if road.boundary is None:
        return np.full(states.num_steps, np.nan)
    box = corners(states.xy[:, agent], states.heading[:, agent], agents.length[agent], agents.width[agent])
    distance = road.boundary.signed_distance(box.reshape(-1, 2)).reshape(-1, 4).max(axis=1)
    return np.where(states.valid[:, agent], distance, np.nan)
