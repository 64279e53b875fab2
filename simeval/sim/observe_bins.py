"""Circles by where they lie, so that what is near a place is found without looking through all of a map.

A grid of square bins holds the circles by their centres. Who searches looks at the bin of a place, then at
the ring of bins around it, then at the next one, until a ring is farther away than what was found already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_nearest import SLACK
from simeval.sim.tables import Row, Table, table

__all__ = ["GRID", "Bins", "bin_of", "bins_of", "is_farther", "take_ring"]

LEAST_SIDE = 16.0  # [m]

GRID = np.dtype(
    [(n, "i8") for n in ("bin0", "columns", "rows")] + [(n, "f8") for n in ("x", "y", "side", "radius")],
    align=True,
)
"""Its first bin, how many there are; corner and side of a bin [m], the largest radius of a circle [m]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bins:
    """The circles of one map by bin: those of bin k are `circle[first[k]:first[k + 1]]`."""

    grid: Table  # one row
    first: Int[Array, "b1"]
    circle: Int[Array, "c"]


def bins_of(circles: Float[Array, "c 3"]) -> Bins:
    """Puts circles (x, y, radius) into bins, of which there are at most twice as many, and one."""
    grid = table(GRID, 1)
    if not len(circles):
        return Bins(grid=grid, first=np.zeros(1, dtype=np.int64), circle=np.zeros(0, dtype=np.int64))
    low, size = circles[:, :2].min(axis=0), np.ptp(circles[:, :2], axis=0)
    side = max(LEAST_SIDE, math.sqrt(size.prod() / len(circles)), size.sum() / len(circles))
    column, row = np.floor((circles[:, :2] - low) / side).astype(np.int64).T
    grid.columns, grid.rows, grid.side = column.max() + 1, row.max() + 1, side
    grid.x, grid.y, grid.radius = low[0], low[1], circles[:, 2].max()
    of = row * grid.columns[0] + column
    edges = np.arange(grid.columns[0] * grid.rows[0] + 1)
    order = np.argsort(of, kind="stable")
    return Bins(grid=grid, first=np.searchsorted(of[order], edges), circle=order)


@kernel
def _clipped(at: float, count: int) -> int:
    """A place in bins as one of `count`; also one that is far away, or no number."""
    return max(min(int(min(max(at, 0.0), float(count))), count - 1), 0)


@kernel
def bin_of(grid: Row, x: float, y: float) -> tuple[int, int]:
    """(column, row) of the bin that is nearest to a place."""
    return (
        _clipped((x - grid.x) / grid.side, grid.columns),
        _clipped((y - grid.y) / grid.side, grid.rows),
    )


@kernel
def is_farther(grid: Row, ring: int, reach: float) -> bool:
    """Whether no circle of a ring, nor of one farther out, comes within `reach` [m] of the middle bin."""
    return (ring - 1) * grid.side - grid.radius - SLACK > reach


@kernel
def _take(first: Array, circle: Array, begin: int, end: int, found: Array, count: int) -> int:
    for k in range(first[begin], first[end]):
        found[count] = circle[k]
        count += 1
    return count


@kernel
def take_ring(grid: Row, first: Array, circle: Array, column: int, row: int, ring: int, found: Array) -> int:
    """Puts the circles in the bins that are `ring` away from one into `found`; returns how many."""
    count = int(0)  # noqa: UP018  see `nothing_kept`
    left, right = max(column - ring, 0), min(column + ring, grid.columns - 1)
    for j in range(max(row - ring, 0), min(row + ring, grid.rows - 1) + 1):
        line = grid.bin0 + j * grid.columns
        if j == row - ring or j == row + ring:
            count = _take(first, circle, line + left, line + right + 1, found, count)
            continue
        if left == column - ring:
            count = _take(first, circle, line + left, line + left + 1, found, count)
        if right == column + ring:
            count = _take(first, circle, line + right, line + right + 1, found, count)
    return count
