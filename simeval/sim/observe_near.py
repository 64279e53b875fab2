"""Which pieces of lanes and which points of road edges are near a row."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_cells import cell_of, keep_list, may_be_nearer
from simeval.sim.observe_nearest import insert, keep, nothing_kept, quantised, reach_of, sort
from simeval.sim.observe_tables import Scene, Scratch
from simeval.sim.tables import Row

__all__ = ["find_pieces", "find_points"]


@kernel
def _nearest_d2(points: Array, first: int, last: int, x: float, y: float) -> float:
    """Squared distance of the nearest of some points [m^2]."""
    best = math.inf
    for i in range(first, last):
        dx, dy = points[i, 0] - x, points[i, 1] - y
        best = min(best, dx * dx + dy * dy)
    return best


@kernel
def _nearest_circle(circles: Array, first: int, last: int, x: float, y: float) -> int:
    """The circle that has the nearest centre."""
    best, at = math.inf, first
    for i in range(first, last):
        dx, dy = circles[i, 0] - x, circles[i, 1] - y
        if dx * dx + dy * dy < best:
            best, at = dx * dx + dy * dy, i
    return at


@kernel
def _is_beyond(circle: Array, x: float, y: float, reach: float) -> bool:
    """Whether all of a circle is farther away than `reach` [m]."""
    dx, dy, far = circle[0] - x, circle[1] - y, circle[2] + reach
    return dx * dx + dy * dy > far * far


@kernel
def _outwards(k: int, start: int, first: int, last: int) -> int:
    """The k-th row when one begins at `start` and takes neighbours in turns, before and behind.

    Neighbouring rows are near one another: the sooner the near ones are kept, the more are passed over.
    """
    away = (k + 1) // 2 if k % 2 == 1 else -(k // 2)
    return first + (start - first + away) % (last - first)


@kernel
def _nearest_pieces(
    here: Row, x: float, y: float, scene: Scene, keys: Array, items: Array, limit: int
) -> int:
    """Collects the pieces of lanes nearest to (x, y), in order; returns how many."""
    count, reach = nothing_kept(), math.inf
    first, last = here.piece0, here.piece1
    start = _nearest_circle(scene.piece_circles, first, last, x, y)
    for k in range(last - first):
        i = _outwards(k, start, first, last)
        if _is_beyond(scene.piece_circles[i], x, y, reach):
            continue
        piece = scene.pieces[i]
        d2 = _nearest_d2(scene.points, piece.point0, piece.point1, x, y)
        count = keep(keys, items, count, limit, quantised(d2), i)
        if count == limit:
            reach = reach_of(keys[0])
    sort(keys, items, count)
    return count


@kernel
def _piece_list(here: Row, eye: Row, scene: Scene, scratch: Scratch) -> tuple[int, float]:
    """(row of the list of pieces near a row's cell, how far the row is from the cell's middle [m])."""
    cells = scratch.pieces
    row, tag, x, y = cell_of(cells, here.map, eye.x, eye.y)
    if tag >= 0 and cells.tag[row] != tag:
        count = _nearest_pieces(here, x, y, scene, scratch.keys, scratch.items, cells.item.shape[1])
        keep_list(cells, row, tag, scratch.keys, scratch.items, count)
    return row if tag >= 0 else -1, math.sqrt((eye.x - x) * (eye.x - x) + (eye.y - y) * (eye.y - y))


@kernel
def find_pieces(here: Row, eye: Row, scene: Scene, scratch: Scratch, limit: int) -> int:
    """Puts the pieces that a row sees into `scratch.items`, in order; returns how many."""
    keys, items, cells = scratch.keys, scratch.items, scratch.pieces
    row, aside = _piece_list(here, eye, scene, scratch)
    if row < 0:
        return _nearest_pieces(here, eye.x, eye.y, scene, keys, items, limit)
    listed, count, reach = cells.listed[row], nothing_kept(), math.inf
    for k in range(listed):
        i = cells.item[row, k]
        if scratch.is_steady:
            items[k] = i
            continue
        if not may_be_nearer(cells.far[row, k], aside, reach):
            return count
        piece = scene.pieces[i]
        d2 = _nearest_d2(scene.points, piece.point0, piece.point1, eye.x, eye.y)
        count = insert(keys, items, count, limit, quantised(d2), i)
        if count == limit:
            reach = reach_of(keys[limit - 1])
    if scratch.is_steady:
        return listed
    if listed < cells.item.shape[1]:
        return count
    return _nearest_pieces(here, eye.x, eye.y, scene, keys, items, limit)


@kernel
def _nearest_points(
    here: Row, x: float, y: float, scene: Scene, keys: Array, items: Array, limit: int
) -> int:
    """Collects the points of road edges nearest to (x, y), in order; returns how many."""
    count, reach = nothing_kept(), math.inf
    first, last = here.chunk0, here.chunk1
    start = _nearest_circle(scene.chunk_circles, first, last, x, y)
    for k in range(last - first):
        i = _outwards(k, start, first, last)
        if _is_beyond(scene.chunk_circles[i], x, y, reach):
            continue
        chunk = scene.chunks[i]
        for p in range(chunk.point0, chunk.point1):
            dx, dy = scene.edge_points[p, 0] - x, scene.edge_points[p, 1] - y
            if dx * dx + dy * dy <= reach * reach:
                count = keep(keys, items, count, limit, quantised(dx * dx + dy * dy), p)
        if count == limit:
            reach = reach_of(keys[0])
    sort(keys, items, count)
    return count


@kernel
def _point_list(here: Row, eye: Row, scene: Scene, scratch: Scratch) -> tuple[int, float]:
    """As `_piece_list`, of the points of road edges."""
    cells = scratch.edges
    row, tag, x, y = cell_of(cells, here.map, eye.x, eye.y)
    if tag >= 0 and cells.tag[row] != tag:
        count = _nearest_points(here, x, y, scene, scratch.keys, scratch.items, cells.item.shape[1])
        keep_list(cells, row, tag, scratch.keys, scratch.items, count)
    return row if tag >= 0 else -1, math.sqrt((eye.x - x) * (eye.x - x) + (eye.y - y) * (eye.y - y))


@kernel
def find_points(here: Row, eye: Row, scene: Scene, scratch: Scratch, limit: int) -> int:
    """As `find_pieces`, of the points of road edges."""
    keys, items, cells = scratch.keys, scratch.items, scratch.edges
    row, aside = _point_list(here, eye, scene, scratch)
    if row < 0:
        return _nearest_points(here, eye.x, eye.y, scene, keys, items, limit)
    listed, count, reach = cells.listed[row], nothing_kept(), math.inf
    for k in range(listed):
        i = cells.item[row, k]
        if scratch.is_steady:
            items[k] = i
            continue
        if not may_be_nearer(cells.far[row, k], aside, reach):
            return count
        dx, dy = scene.edge_points[i, 0] - eye.x, scene.edge_points[i, 1] - eye.y
        count = insert(keys, items, count, limit, quantised(dx * dx + dy * dy), i)
        if count == limit:
            reach = reach_of(keys[limit - 1])
    if scratch.is_steady:
        return listed
    if listed < cells.item.shape[1]:
        return count
    return _nearest_points(here, eye.x, eye.y, scene, keys, items, limit)
