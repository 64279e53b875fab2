"""The edge of an area as oriented segments with the area on their left, in a grid for quick queries."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["CELL", "Boundary", "nearest_edge"]

CELL = 2.5  # [m] side of a grid cell; a query looks at a few cells around it, ring by ring


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
def _to_segment(g: Array, x: float, y: float) -> tuple[float, float]:
    """Squared distance to one segment, and a number that is positive to its left (inside).

    Beside an end the two segments that meet there decide together (angle-weighted pseudonormal in the
    plane: Baerentzen & Aanaes, IEEE TVCG 11(3), 2005).
    """
    ex, ey = g[2] - g[0], g[3] - g[1]
    rx, ry = x - g[0], y - g[1]
    length2 = ex * ex + ey * ey
    t = (rx * ex + ry * ey) / length2
    if 0.0 < t < 1.0:
        side = ex * ry - ey * rx
        return side * side / length2, side
    length = math.sqrt(length2)
    ux, uy = ex / length, ey / length
    if t <= 0.0:
        ux, uy = ux + g[4], uy + g[5]
    else:
        rx, ry = x - g[2], y - g[3]
        ux, uy = ux + g[6], uy + g[7]
    return rx * rx + ry * ry, ux * ry - uy * rx


@kernel
def _cell_distance2(box: Array, i: int, j: int, x: float, y: float) -> float:
    """Squared distance from a point to a cell of the grid [m^2]."""
    dx = math.fabs(x - box[0] - (i + 0.5) * CELL) - 0.5 * CELL
    dy = math.fabs(y - box[1] - (j + 0.5) * CELL) - 0.5 * CELL
    dx, dy = max(dx, 0.0), max(dy, 0.0)
    return dx * dx + dy * dy


@kernel
def nearest_edge(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array, x: float, y: float
) -> float:
    """Signed distance from (x, y) to the nearest segment [m]: positive outside, negative inside.

    Cells are searched in square rings around the point until no nearer segment can follow.
    """
    nx, ny = shape[0], shape[1]
    ci = min(max(int(math.floor((x - box[0]) / CELL)), 0), nx - 1)
    cj = min(max(int(math.floor((y - box[1]) / CELL)), 0), ny - 1)
    best, side = math.inf, 1.0
    for ring in range(max(nx, ny) + 1):
        for i in range(max(ci - ring, 0), min(ci + ring, nx - 1) + 1):
            stride = 1 if i == ci - ring or i == ci + ring else 2 * ring
            for j in range(cj - ring, cj + ring + 1, max(stride, 1)):
                if j < 0 or j >= ny:
                    continue
                cell = i * ny + j
                if offsets[cell] == offsets[cell + 1] or _cell_distance2(box, i, j, x, y) >= best:
                    continue
                for at in range(offsets[cell], offsets[cell + 1]):
                    d2, left = _to_segment(segments[items[at]], x, y)
                    if d2 < best:
                        best, side = d2, left
        # Nothing in a farther ring is nearer than the border of the square searched so far.
        inside = min(
            min(x - (box[0] + (ci - ring) * CELL), box[0] + (ci + ring + 1) * CELL - x),
            min(y - (box[1] + (cj - ring) * CELL), box[1] + (cj + ring + 1) * CELL - y),
        )
        if inside > 0.0 and best <= inside * inside:
            break
    return -math.copysign(math.sqrt(best), side)


@kernel
def _signed_all(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array, points: Array, out: Array
) -> None:
    for k in range(len(points)):
        out[k] = nearest_edge(segments, box, shape, offsets, items, points[k, 0], points[k, 1])


@kernel
def edge_touches_box(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array,
    x: float, y: float, c: float, s: float, a: float, b: float,
) -> bool:  # fmt: skip
    """Whether any segment touches the box at (x, y), direction (c, s), half length a, half width b."""
    wide = a * math.fabs(c) + b * math.fabs(s)
    high = a * math.fabs(s) + b * math.fabs(c)
    i0 = max(int(math.floor((x - wide - box[0]) / CELL)), 0)
    i1 = min(int(math.floor((x + wide - box[0]) / CELL)), shape[0] - 1)
    j0 = max(int(math.floor((y - high - box[1]) / CELL)), 0)
    j1 = min(int(math.floor((y + high - box[1]) / CELL)), shape[1] - 1)
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            cell = i * shape[1] + j
            for at in range(offsets[cell], offsets[cell + 1]):
                g = segments[items[at]]
                p, q = g[0] - x, g[1] - y
                u1, v1 = p * c + q * s, q * c - p * s
                p, q = g[2] - x, g[3] - y
                u2, v2 = p * c + q * s, q * c - p * s
                if (u1 > a and u2 > a) or (u1 < -a and u2 < -a):
                    continue
                if (v1 > b and v2 > b) or (v1 < -b and v2 < -b):
                    continue
                # The box's two axes do not separate them: only the segment's normal can.
                nu, nv = v2 - v1, u1 - u2
                if math.fabs(u1 * nu + v1 * nv) <= a * math.fabs(nu) + b * math.fabs(nv):
                    return True
    return False
