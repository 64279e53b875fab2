"""The edge of an area as oriented segments with the area on their left, in a grid for quick queries."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry.edges import CELL, nearest_edge
from simeval.kernel import kernel

__all__ = ["Boundary"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Boundary:
    """n segments and the grid that finds them; see `nearest_edge` for the meaning of `segments`."""

    segments: Float[Array, "n 8"]  # ax, ay, bx, by, direction of the segment before, after (0, 0: none)
    box: Float[Array, "2"]  # lower left corner of the grid [m]
    shape: Int[Array, "2"]  # cells along x and y
    offsets: Int[Array, "cells_plus_1"]
    items: Int[Array, "k"]

    @staticmethod
    def of(lines: Iterable[Array]) -> Boundary | None:
        """From oriented polylines; one whose ends coincide is closed. None when there is no segment."""
        segments = [_segments_of(np.asarray(line, dtype=np.float64)) for line in lines]
        table = np.concatenate(segments) if segments else np.zeros((0, 8))
        if not len(table):
            return None
        low = np.minimum(table[:, :2], table[:, 2:4]).min(axis=0)
        high = np.maximum(table[:, :2], table[:, 2:4]).max(axis=0)
        shape = np.floor((high - low) / CELL).astype(np.int64) + 1
        counts = np.zeros(int(shape[0] * shape[1]) + 1, dtype=np.int64)
        _fill_grid(table, low, shape, counts, np.zeros(0, dtype=np.int64))
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts[:-1])])
        items = np.zeros(int(offsets[-1]), dtype=np.int64)
        _fill_grid(table, low, shape, offsets[:-1].copy(), items)
        return Boundary(segments=table, box=low, shape=shape, offsets=offsets, items=items)

    def signed_distance(self, points: Float[Array, "k 2"]) -> Float[Array, "k"]:
        """Distance to the edge [m]: positive outside the area, negative inside."""
        wanted = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, 2)
        out = np.zeros(len(wanted))
        _signed_all(self.segments, self.box, self.shape, self.offsets, self.items, wanted, out)
        return out


def _segments_of(line: Array) -> Array:
    keep = np.concatenate([[True], (np.diff(line, axis=0) != 0.0).any(axis=1)])
    line = line[keep]
    if len(line) < 2:
        return np.zeros((0, 8))
    step = np.diff(line, axis=0)
    unit = step / np.sqrt((step**2).sum(axis=1, keepdims=True))
    closed = bool((line[0] == line[-1]).all()) and len(line) > 2
    none = np.zeros((1, 2))
    before = np.concatenate([unit[-1:] if closed else none, unit[:-1]])
    after = np.concatenate([unit[1:], unit[:1] if closed else none])
    return np.concatenate([line[:-1], line[1:], before, after], axis=1)


@kernel
def _fill_grid(segments: Array, box: Array, shape: Array, cursor: Array, items: Array) -> None:
    """Counts the segments of each cell in `cursor`; with `items`, writes them at the cursor instead."""
    for k in range(len(segments)):
        g = segments[k]
        x0 = int((min(g[0], g[2]) - box[0]) / CELL)
        x1 = int((max(g[0], g[2]) - box[0]) / CELL)
        y0 = int((min(g[1], g[3]) - box[1]) / CELL)
        y1 = int((max(g[1], g[3]) - box[1]) / CELL)
        half = 0.5 * CELL
        for i in range(x0, x1 + 1):
            for j in range(y0, y1 + 1):
                cx, cy = box[0] + (i + 0.5) * CELL, box[1] + (j + 0.5) * CELL
                # A long oblique segment has many cells in its bounding box that it does not come near.
                nx, ny = g[3] - g[1], g[0] - g[2]
                reach = half * (math.fabs(nx) + math.fabs(ny)) * 1.000001
                if math.fabs((cx - g[0]) * nx + (cy - g[1]) * ny) > reach:
                    continue
                cell = i * shape[1] + j
                if len(items):
                    items[cursor[cell]] = k
                cursor[cell] += 1


@kernel
def _signed_all(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array, points: Array, out: Array
) -> None:
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        out[k] = nearest_edge(segments, box, shape, offsets, items, x, y, math.inf)
