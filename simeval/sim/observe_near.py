"""Which pieces of lanes and which points of road edges are near a row."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.observe_bins import bin_of, is_farther, take_ring
from simeval.sim.observe_cells import (
    PIECES,
    POINTS,
    SIDE,
    cell_of,
    is_listed,
    keep_list,
    may_be_nearer,
    name_list,
    number_of,
    place_of,
)
from simeval.sim.observe_nearest import insert, keep, nothing_kept, quantised, reach_of, sort, wide
from simeval.sim.observe_tables import Scene, Scratch
from simeval.sim.tables import Row

__all__ = ["lists_of", "nearest_pieces", "nearest_points"]


@kernel
def _nearest_d2(points: Array, count: int, x: float, y: float) -> float:
    """Squared distance of the nearest of some points [m^2]."""
    best = math.inf
    for i in range(count):
        dx, dy = points[i, 0] - x, points[i, 1] - y
        best = min(best, dx * dx + dy * dy)
    return best


@kernel
def _is_beyond(circle: Array, x: float, y: float, reach: float) -> bool:
    """Whether all of a circle is farther away than `reach` [m]."""
    dx, dy, far = circle[0] - x, circle[1] - y, circle[2] + reach
    return dx * dx + dy * dy > far * far


@kernel
def _nearest_pieces(here: Row, x: float, y: float, scene: Scene, scratch: Scratch, limit: int) -> int:
    """Puts the pieces of lanes nearest to (x, y) into `scratch`, in order; returns how many."""
    keys, items, found = scratch.keys, scratch.items, scratch.found
    count, reach, grid = nothing_kept(), math.inf, scene.grids[2 * here.map]
    column, row = bin_of(grid, x, y)
    for ring in range(max(grid.columns, grid.rows)):
        if is_farther(grid, ring, reach):
            break
        for k in range(take_ring(grid, scene.bins, scene.binned, column, row, ring, found)):
            i = found[k]
            if _is_beyond(scene.piece_circles[i], x, y, reach):
                continue
            d2 = _nearest_d2(scene.points[i], scene.pieces[i].count, x, y)
            count = keep(keys, items, count, limit, quantised(d2), i)
            if count == limit:
                reach = reach_of(keys[0])
    sort(keys, items, count)
    return count


@inlined_kernel
def nearest_pieces(here: Row, eye: Row, scene: Scene, scratch: Scratch, cell: int, limit: int) -> int:
    """As `_nearest_pieces` from where a row looks; of those in its cell's list, where they are enough."""
    if cell < 0:
        return _nearest_pieces(here, eye.x, eye.y, scene, scratch, limit)
    keys, items, cells = scratch.keys, scratch.items, scratch.cells
    listed, far = cells.entry[cell, place_of(cells, PIECES) :], cells.far[cell]
    count, reach, aside = nothing_kept(), math.inf, _aside(eye)
    number = number_of(cells, cell, PIECES)
    for k in range(number):
        if not may_be_nearer(far[k], aside, reach):
            return count
        i = wide(listed[k])
        d2 = _nearest_d2(scene.points[i], scene.pieces[i].count, eye.x, eye.y)
        count = insert(keys, items, count, limit, quantised(d2), i)
        if count == limit:
            reach = reach_of(keys[limit - 1])
    if number < cells.room[0]:
        return count
    return _nearest_pieces(here, eye.x, eye.y, scene, scratch, limit)


@kernel
def _nearest_points(here: Row, x: float, y: float, scene: Scene, scratch: Scratch, limit: int) -> int:
    """As `_nearest_pieces`, of the points of road edges."""
    keys, items, found = scratch.keys, scratch.items, scratch.found
    count, reach, grid = nothing_kept(), math.inf, scene.grids[2 * here.map + 1]
    column, row = bin_of(grid, x, y)
    for ring in range(max(grid.columns, grid.rows)):
        if is_farther(grid, ring, reach):
            break
        for k in range(take_ring(grid, scene.bins, scene.binned, column, row, ring, found)):
            if _is_beyond(scene.chunk_circles[found[k]], x, y, reach):
                continue
            chunk = scene.chunks[found[k]]
            for p in range(chunk.point0, chunk.point1):
                dx, dy = scene.edge_points[p, 0] - x, scene.edge_points[p, 1] - y
                if dx * dx + dy * dy <= reach * reach:
                    count = keep(keys, items, count, limit, quantised(dx * dx + dy * dy), p)
            if count == limit:
                reach = reach_of(keys[0])
    sort(keys, items, count)
    return count


@inlined_kernel
def nearest_points(here: Row, eye: Row, scene: Scene, scratch: Scratch, cell: int, limit: int) -> int:
    """As `nearest_pieces`, of the points of road edges."""
    if cell < 0:
        return _nearest_points(here, eye.x, eye.y, scene, scratch, limit)
    keys, items, cells = scratch.keys, scratch.items, scratch.cells
    listed, far = cells.entry[cell, place_of(cells, POINTS) :], cells.far[cell, cells.room[0] :]
    count, reach, aside = nothing_kept(), math.inf, _aside(eye)
    number = number_of(cells, cell, POINTS)
    for k in range(number):
        if not may_be_nearer(far[k], aside, reach):
            return count
        i = wide(listed[k])
        dx, dy = scene.edge_points[i, 0] - eye.x, scene.edge_points[i, 1] - eye.y
        count = insert(keys, items, count, limit, quantised(dx * dx + dy * dy), i)
        if count == limit:
            reach = reach_of(keys[limit - 1])
    if number < cells.room[1]:
        return count
    return _nearest_points(here, eye.x, eye.y, scene, scratch, limit)


@kernel
def _aside(eye: Row) -> float:
    """How far a row is from the middle of its cell [m]."""
    x, y = (math.floor(eye.x / SIDE) + 0.5) * SIDE, (math.floor(eye.y / SIDE) + 0.5) * SIDE
    return math.sqrt((eye.x - x) * (eye.x - x) + (eye.y - y) * (eye.y - y))


@inlined_kernel
def lists_of(here: Row, eye: Row, scene: Scene, scratch: Scratch) -> int:
    """The row of `scratch.cells` with what is near a row's cell, found now if need be; -1: none is kept."""
    cells, keys, items = scratch.cells, scratch.keys, scratch.items
    row, i, j = cell_of(cells, here.map, eye.x, eye.y)
    if row < 0 or is_listed(cells, row, here.map, i, j):
        return row
    x, y = (i + 0.5) * SIDE, (j + 0.5) * SIDE
    keep_list(cells, row, PIECES, keys, items, _nearest_pieces(here, x, y, scene, scratch, cells.room[0]))
    keep_list(cells, row, POINTS, keys, items, _nearest_points(here, x, y, scene, scratch, cells.room[1]))
    name_list(cells, row, here.map, i, j)
    return row
