"""The lines of a map as an observer needs them: points 2 m apart, in pieces with a circle around each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry import arc_lengths, point_at, project
from simeval.scenario import EdgeKind, RoadMap, Source
from simeval.sim.observe_bins import Bins, bins_of
from simeval.sim.tables import Table, table

__all__ = ["CHUNK", "PIECE", "SPACING", "MapLines", "map_lines", "resampled"]

SPACING = 2.0  # [m]
CHUNK_POINTS = 16  # of a road edge that share a circle
KEPT_MAPS = 64  # in this process
SHORTEST = 1e-6  # [m] lines and remainders below it have no direction

PIECE = np.dtype(
    [(n, "i8") for n in ("count", "lane")]
    + [(n, "f8") for n in ("limit", "known", "connector", "inferred", "width")],
    align=True,
)
"""How many consecutive points of one lane's centre line; `lane` counts from 0 in the map."""

CHUNK = np.dtype([(n, "i8") for n in ("point0", "point1")], align=True)
"""Consecutive points of one road edge."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MapLines:
    """One map's lines. Points are x, y [m], cosine and sine of the line's direction, those of a short piece
    zeros at last; circles hold all points of a piece or chunk: x, y, radius [m]."""

    pieces: Table
    piece_circles: Float[Array, "p 3"]
    piece_bins: Bins
    points: Float[Array, "p l 4"]
    chunks: Table
    chunk_circles: Float[Array, "c 3"]
    chunk_bins: Bins
    edge_points: Float[Array, "k 4"]


_kept: OrderedDict[tuple[str, int], MapLines] = OrderedDict()


def resampled(line: Float[Array, "n 2"]) -> Float[Array, "k 4"]:
    """Points each 2 m from the line's begin, and its end; none of a line without length.

    The direction is that from the point 1 m before to the point 1 m after: that of a single segment
    would turn on the last bits where a point falls on a vertex, and with the noise of recorded lines.
    """
    line = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    if len(line):
        steps = np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1))
        line = line[np.concatenate([[True], steps > SHORTEST])]
    if len(line) < 2:
        return np.zeros((0, 4))
    length = float(arc_lengths(line)[-1])
    at = np.append(SPACING * np.arange(np.ceil((length - SHORTEST) / SPACING)), length)
    xy, heading = point_at(line, at)
    chord = _around(line, at, length)
    size = np.sqrt((chord**2).sum(axis=1, keepdims=True))
    straight = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return np.hstack([xy, np.where(size > SHORTEST, chord / np.maximum(size, SHORTEST), straight)])


def _around(line: Array, at: Array, length: float) -> Float[Array, "k 2"]:
    """From half a spacing before to half a spacing after, within the line."""
    half = 0.5 * SPACING
    behind, _ = point_at(line, np.maximum(at - half, 0.0))
    ahead, _ = point_at(line, np.minimum(at + half, length))
    return ahead - behind


def map_lines(road: RoadMap, piece_points: int) -> MapLines:
    """The lines of a map, with at most so many points a piece; those of the maps used last are kept."""
    key = (road.id, piece_points)
    lines = _kept.pop(key, None) or _built(road, piece_points)
    _kept[key] = lines
    while len(_kept) > KEPT_MAPS:
        _kept.popitem(last=False)
    return lines


def _built(road: RoadMap, piece_points: int) -> MapLines:
    lanes = [resampled(line) for line in road.lanes.centre]
    wanted = np.isin(road.edges.kind, [int(EdgeKind.BOUNDARY), int(EdgeKind.MEDIAN)])
    edges = [resampled(road.edges.line[int(i)]) for i in np.flatnonzero(wanted)]
    points, edge_points = _stacked(lanes), _stacked(edges)
    lane, piece_bounds = _cut([len(line) for line in lanes], piece_points, shared=1)
    _, chunk_bounds = _cut([len(line) for line in edges], CHUNK_POINTS, shared=0)
    pieces, chunks = table(PIECE, len(lane)), table(CHUNK, len(chunk_bounds))
    pieces.lane, pieces.count = lane, piece_bounds[:, 1] - piece_bounds[:, 0]
    chunks.point0, chunks.point1 = chunk_bounds.T
    _describe(pieces, piece_bounds, road, [_widths(road, i, line) for i, line in enumerate(lanes)])
    piece_circles, chunk_circles = _circles(points, piece_bounds), _circles(edge_points, chunk_bounds)
    return MapLines(
        pieces=pieces,
        piece_circles=piece_circles,
        piece_bins=bins_of(piece_circles),
        points=_padded(points, piece_bounds, piece_points),
        chunks=chunks,
        chunk_circles=chunk_circles,
        chunk_bins=bins_of(chunk_circles),
        edge_points=edge_points,
    )


def _stacked(lines: list[Array]) -> Array:
    return np.ascontiguousarray(np.concatenate([np.zeros((0, 4)), *lines]))


def _cut(counts: list[int], size: int, shared: int) -> tuple[Int[Array, "p"], Int[Array, "p 2"]]:
    """Cuts lines of so many points into pieces; neighbours share `shared` points where they can."""
    line, bounds, first = [], [], 0
    shared = min(shared, size - 1)
    for i, count in enumerate(counts):
        for begin in range(0, max(count - shared, 0), size - shared):
            line.append(i)
            bounds.append((first + begin, first + min(begin + size, count)))
        first += count
    return np.asarray(line, dtype=np.int64), np.asarray(bounds, dtype=np.int64).reshape(-1, 2)


def _padded(points: Array, bounds: Array, size: int) -> Float[Array, "p l 4"]:
    pieces = np.zeros((len(bounds), size, 4))
    for piece, (first, last) in zip(pieces, bounds, strict=True):
        piece[: last - first] = points[first:last]
    return pieces


def _circles(points: Array, bounds: Array) -> Float[Array, "p 3"]:
    """The circle around the box of each piece's points."""
    circles = np.zeros((len(bounds), 3))
    for circle, (first, last) in zip(circles, bounds, strict=True):
        xy = points[first:last, :2]
        circle[:2] = 0.5 * (xy.min(axis=0) + xy.max(axis=0))
        circle[2] = np.sqrt(((xy - circle[:2]) ** 2).sum(axis=1).max())
    return circles


def _describe(pieces: Table, bounds: Array, road: RoadMap, widths: list[Array]) -> None:
    """Writes what is known of the lane of each piece."""
    lanes, lane = road.lanes, pieces.lane
    if not len(pieces):
        return
    pieces.known = lanes.has_limit[lane] != 0
    pieces.limit = np.where(pieces.known != 0.0, lanes.speed_limit[lane], 0.0)
    pieces.connector = lanes.is_connector[lane] != 0
    pieces.inferred = road.topology == Source.INFERRED
    width = np.concatenate(widths)
    pieces.width = [np.median(width[first:last]) for first, last in bounds]


def _widths(road: RoadMap, lane: int, points: Array) -> Float[Array, "k"]:
    """Distance from the left to the right bound through each point of the centre line; 0: unknown."""
    left, right = road.lanes.left, road.lanes.right
    bounds = [side[lane] for side in (left, right) if lane < len(side) and len(side[lane]) >= 2]
    if len(bounds) < 2:
        return np.zeros(len(points))
    return np.sum([np.abs(project(bound, points[:, :2])[1]) for bound in bounds], axis=0)
