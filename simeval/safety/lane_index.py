"""Which lane a vehicle is in, and where: centre lines in a grid, so that the map's size does not matter."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.kernel import inlined_kernel, kernel
from simeval.scenario.roadmap import RoadMap

__all__ = ["MAX_ANGLE", "MAX_OFFSET", "LaneIndex", "lane_at", "lane_index_of"]

MAX_OFFSET = 3.0  # [m] farther from every centre line is in no lane
MAX_ANGLE = math.radians(60.0)  # a lane that runs another way is not the vehicle's
SAME_WAY = math.cos(MAX_ANGLE)
SIDE = 3.0  # [m] of a cell; half of it would be a few per cent faster, with three times the memory
MOST_CELLS = 1_000_000  # of a larger map the cells are larger
KEPT_MAPS = 64  # in this process


@dataclass(frozen=True, kw_only=True, eq=False)
class LaneIndex:
    """k segments of all centre lines, and for each cell of a grid those that are within reach of it."""

    segments: Float[Array, "k 6"]  # begin x, y [m], direction, length, arc length at the begin [m]
    lane: Int[Array, "k"]
    grid: Float[Array, "3"]  # lower left corner, side of a cell [m]
    shape: Int[Array, "2"]
    offsets: Int[Array, "cells_plus_1"]
    items: Int[Array, "n"]


_kept: OrderedDict[str, LaneIndex] = OrderedDict()


def lane_index_of(road: RoadMap) -> LaneIndex:
    """The index of a map; those of the maps used last are kept."""
    index = _kept.pop(road.id, None) or _built(road)
    _kept[road.id] = index
    while len(_kept) > KEPT_MAPS:
        _kept.popitem(last=False)
    return index


def _built(road: RoadMap) -> LaneIndex:
    parts, lanes = [np.zeros((0, 6))], [np.zeros(0, dtype=np.int64)]
    for i, line in enumerate(road.lanes.centre):
        parts.append(_segments_of(np.asarray(line, dtype=np.float64)))
        lanes.append(np.full(len(parts[-1]), i, dtype=np.int64))
    segments = np.ascontiguousarray(np.concatenate(parts))
    begin, end = segments[:, :2], segments[:, :2] + segments[:, 4:5] * segments[:, 2:4]
    low, high = np.minimum(begin, end) - MAX_OFFSET, np.maximum(begin, end) + MAX_OFFSET
    corner = low.min(axis=0) if len(low) else np.zeros(2)
    extent = (high.max(axis=0) if len(high) else np.zeros(2)) - corner
    side = max(SIDE, math.sqrt(float(extent.prod()) / MOST_CELLS))
    shape = np.floor(extent / side).astype(np.int64) + 1
    first, last = (np.floor((edge - corner) / side).astype(np.int64) for edge in (low, high))
    counts = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    _fill(first, last, shape, counts, np.zeros(0, dtype=np.int64))
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts[:-1])])
    items = np.zeros(int(offsets[-1]), dtype=np.int64)
    _fill(first, last, shape, offsets[:-1].copy(), items)
    return LaneIndex(
        segments=segments, lane=np.concatenate(lanes), grid=np.array([*corner, side]), shape=shape,
        offsets=offsets, items=items,
    )  # fmt: skip


def _segments_of(line: Array) -> Array:
    """Rows of `LaneIndex.segments`; points that repeat the one before make none."""
    if len(line) < 2:
        return np.zeros((0, 6))
    step = np.diff(line, axis=0)
    length = np.sqrt((step**2).sum(axis=1))
    some = length > 0.0
    unit = step[some] / length[some, None]
    return np.column_stack([line[:-1][some], unit, length[some], arc_lengths(line)[:-1][some]])


@kernel
def _fill(first: Array, last: Array, shape: Array, cursor: Array, items: Array) -> None:
    """Counts the segments of each cell in `cursor`; with `items`, writes them at the cursor instead."""
    for k in range(len(first)):
        for i in range(first[k, 0], last[k, 0] + 1):
            for j in range(first[k, 1], last[k, 1] + 1):
                cell = i * shape[1] + j
                if len(items):
                    items[cursor[cell]] = k
                cursor[cell] += 1


@inlined_kernel
def lane_at(
    segments: Array, lane: Array, grid: Array, shape: Array, offsets: Array, items: Array,
    x: float, y: float, c: float, s: float,
) -> tuple[int, float, float]:  # fmt: skip
    """(lane, arc length on it, offset to its left [m]) of a vehicle at (x, y) with direction (c, s).

    Lane -1: none. It is the one with the nearest centre line that runs within 60 degrees of the heading, at
    most 3 m away.
    """
    best, found, at, aside = MAX_OFFSET * MAX_OFFSET, -1, 0.0, 0.0
    i, j = math.floor((x - grid[0]) / grid[2]), math.floor((y - grid[1]) / grid[2])
    if not (0 <= i < shape[0] and 0 <= j < shape[1]):
        return found, at, aside
    cell = int(i) * shape[1] + int(j)
    for n in range(offsets[cell], offsets[cell + 1]):
        k = items[n]
        g = segments[k]
        ux, uy, length = g[2], g[3], g[4]
        if ux * c + uy * s < SAME_WAY:
            continue
        rx, ry = x - g[0], y - g[1]
        left = ux * ry - uy * rx
        if left * left > best:  # no point of a segment is nearer than its line
            continue
        along = rx * ux + ry * uy
        on = min(max(along, 0.0), length)
        d2 = left * left + (along - on) * (along - on)
        if d2 < best or (d2 == best and found < 0):
            best, found, at, aside = d2, lane[k], g[5] + on, left
    return found, at, math.copysign(math.sqrt(best), aside) if found >= 0 else 0.0
