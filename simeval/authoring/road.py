"""Puts named lanes, pavement and areas together into a RoadMap."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.authoring.lines import Line
from simeval.scenario import (
    AreaKind,
    Areas,
    EdgeKind,
    Edges,
    LaneKind,
    Lanes,
    Links,
    Polylines,
    RoadMap,
    Source,
)

__all__ = ["Lane", "RoadBuilder"]


@dataclass
class Lane:
    """One lane as a template describes it."""

    name: str
    line: Line
    width: float  # [m]
    limit: float  # [m/s]
    section: str
    to: tuple[str, ...] = ()  # successors
    connector: bool = False
    left: str = ""  # neighbours in the same direction
    right: str = ""


@dataclass
class RoadBuilder:
    """Collects a road piece by piece; `build` gives the map."""

    lanes: list[Lane] = field(default_factory=list)
    pavement: list[Array] = field(default_factory=list)
    areas: list[tuple[AreaKind, Array]] = field(default_factory=list)
    open_ends: list[Array] = field(default_factory=list)  # [2, 2] each: where the drawn road just stops

    def carriageway(
        self, name: str, line: Line, *, lanes: int, width: float, limit: float, to: str = ""
    ) -> None:
        """Adds parallel lanes `name.0`, `name.1`, ... leftwards of `line`, the centre of the first.

        Lane i continues in `to`.i if `to` is given.
        """
        for i in range(lanes):
            lane = Lane(f"{name}.{i}", line.shifted(i * width), width, limit, section=name)
            lane.to = (f"{to}.{i}",) if to else ()
            lane.left = f"{name}.{i + 1}" if i + 1 < lanes else ""
            lane.right = f"{name}.{i - 1}" if i else ""
            self.lanes.append(lane)

    def pave(
        self, line: Line, right: float, left: float, *, open_start: bool = True, open_end: bool = True
    ) -> None:
        """Adds the strip between two parallels of `line` to the drivable area."""
        self.pavement.append(line.strip(right, left))
        ends = np.stack([line.parallel(right), line.parallel(left)], axis=1)
        self.open_ends += [ends[k] for k, is_open in ((0, open_start), (-1, open_end)) if is_open]

    def build(self) -> RoadMap:
        """The map, with the drivable area as the union of all pavement."""
        outlines, rings = _outlines(self.pavement)
        kinds = [AreaKind.DRIVABLE] * len(outlines) + [k for k, _ in self.areas]
        edges = [piece for ring in rings for piece in _edges(ring, self.open_ends)]
        return RoadMap(
            lanes=_lanes(self.lanes),
            areas=Areas(
                kind=np.array([int(k) for k in kinds], dtype=np.int64),
                outline=Polylines.of([*outlines, *(xy for _, xy in self.areas)]),
            ),
            edges=Edges(
                kind=np.full(len(edges), int(EdgeKind.BOUNDARY), dtype=np.int64), line=Polylines.of(edges)
            ),
            topology=Source.GIVEN,
        )


def _outlines(pavement: list[Array]) -> tuple[list[Array], list[Array]]:
    """Outlines of the union, counter-clockwise, and its edges as rings with the road on their left.

    A road around an island is cut in two, because an area has no holes.
    """
    union = shapely.unary_union([shapely.Polygon(p) for p in pavement])
    whole = [shapely.geometry.polygon.orient(p) for p in getattr(union, "geoms", [union])]
    rings = [_points(ring) for p in whole for ring in (p.exterior, *p.interiors)]
    outlines = [
        _points(shapely.geometry.polygon.orient(p).exterior) for q in whole for p in _without_holes(q)
    ]
    return outlines, rings


def _points(ring: shapely.LinearRing) -> Float[Array, "k 2"]:
    return np.asarray(ring.coords, dtype=np.float64)[:-1]


def _without_holes(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    """The polygon, cut through the middle of its first hole until none is left."""
    if not polygon.interiors:
        return [polygon]
    x, (low, bottom, high, top) = polygon.interiors[0].centroid.x, polygon.bounds
    halves = [shapely.box(low, bottom, x, top), shapely.box(x, bottom, high, top)]
    pieces = [p for half in halves for p in shapely.get_parts(polygon.intersection(half))]
    return [q for p in pieces if isinstance(p, shapely.Polygon) for q in _without_holes(p)]


def _edges(ring: Array, open_ends: list[Array]) -> list[Float[Array, "k 2"]]:
    """The outline without its open ends: lines with the road on their left."""
    ends = shapely.union_all([shapely.LineString(e).buffer(1e-6) for e in open_ends])
    closed = np.concatenate([ring, ring[:1]])
    keep = [not ends.covers(shapely.LineString(closed[i : i + 2])) for i in range(len(ring))]
    first = keep.index(False) if False in keep else 0
    order = [(first + i) % len(ring) for i in range(len(ring))]
    pieces: list[list[int]] = [[]]
    for i in order:
        if keep[i]:
            pieces[-1] = [*(pieces[-1] or [i]), i + 1]
        elif pieces[-1]:
            pieces.append([])
    return [closed[np.array(p) % len(ring)] for p in pieces if p]


def _lanes(lanes: list[Lane]) -> Lanes:
    index = {lane.name: i for i, lane in enumerate(lanes)}
    successors = [[index[t] for t in lane.to] for lane in lanes]
    predecessors = [[i for i, to in enumerate(successors) if k in to] for k in range(len(lanes))]
    half = [0.5 * lane.width for lane in lanes]
    return Lanes(
        ids=tuple(index),
        kind=np.full(len(lanes), int(LaneKind.VEHICLE), dtype=np.int64),
        is_connector=np.array([int(lane.connector) for lane in lanes], dtype=np.int64),
        speed_limit=np.array([lane.limit for lane in lanes], dtype=np.float64),
        has_limit=np.ones(len(lanes), dtype=np.int64),
        centre=Polylines.of([lane.line.xy for lane in lanes]),
        left=Polylines.of([lane.line.parallel(h) for lane, h in zip(lanes, half, strict=True)]),
        right=Polylines.of([lane.line.parallel(-h) for lane, h in zip(lanes, half, strict=True)]),
        section=tuple(lane.section for lane in lanes),
        predecessors=Links.of(predecessors),
        successors=Links.of(successors),
        left_neighbour=np.array([index.get(lane.left, -1) for lane in lanes], dtype=np.int64),
        right_neighbour=np.array([index.get(lane.right, -1) for lane in lanes], dtype=np.int64),
    )
