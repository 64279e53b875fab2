"""What a row sees of the map: pieces of lanes with their signals, points of road edges."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_nearest import keep, nothing_kept, quantised, reach_of, sort
from simeval.sim.observe_tables import Scene, Scratch, Seen
from simeval.sim.tables import Row

__all__ = ["put_point", "see_edges", "see_lanes"]


@kernel
def put_point(out: Array, eye: Row, x: float, y: float, c: float, s: float) -> None:
    """Writes a point with a direction in the frame of a row: x, y, cos, sin."""
    dx, dy = x - eye.x, y - eye.y
    out[0], out[1] = eye.c * dx + eye.s * dy, eye.c * dy - eye.s * dx
    out[2], out[3] = c * eye.c + s * eye.s, s * eye.c - c * eye.s


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
def _nearest_pieces(here: Row, eye: Row, scene: Scene, scratch: Scratch, limit: int) -> int:
    """Collects the nearest pieces of lanes; returns how many."""
    keys, items, count, reach = scratch.keys, scratch.items, nothing_kept(), math.inf
    first, last = here.piece0, here.piece1
    start = _nearest_circle(scene.piece_circles, first, last, eye.x, eye.y)
    for k in range(last - first):
        i = _outwards(k, start, first, last)
        if _is_beyond(scene.piece_circles[i], eye.x, eye.y, reach):
            continue
        piece = scene.pieces[i]
        d2 = _nearest_d2(scene.points, piece.point0, piece.point1, eye.x, eye.y)
        count = keep(keys, items, count, limit, quantised(d2), i)
        if count == limit:
            reach = reach_of(keys[0])
    return count


@kernel
def _signal(scene: Scene, first: int, signals: Array, signal0: int) -> int:
    """What the signals of a lane show: the state that asks for most; 0 without any."""
    state, k = 0, first
    while k >= 0:
        state = max(state, signals[k])
        k = scene.next_signal[signal0 + k]
    return state


@kernel
def see_lanes(
    here: Row, eye: Row, scene: Scene, signals: Array, signal0: int, scratch: Scratch, seen: Seen
) -> None:
    """Writes the nearest pieces of lanes. `here` is the world's row of `scene.sites`, `signals` hold what the
    world's signals show now."""
    b = eye.row
    count = _nearest_pieces(here, eye, scene, scratch, seen.lanes.shape[1])
    sort(scratch.keys, scratch.items, count)
    for k in range(count):
        piece = scene.pieces[scratch.items[k]]
        lane = scene.lanes[here.lane0 + piece.lane]
        for p in range(piece.point1 - piece.point0):
            at = scene.points[piece.point0 + p]
            put_point(seen.lanes[b, k, p], eye, at[0], at[1], at[2], at[3])
            seen.lanes_valid[b, k, p] = True
        out = seen.lanes_attributes[b, k]
        out[0], out[1] = piece.limit, piece.known
        out[2] = 1.0 if eye.is_ego == 1 and lane.on_route == 1 else 0.0
        out[3], out[4], out[5] = piece.connector, piece.inferred, piece.width
        seen.lanes_signal[b, k] = _signal(scene, lane.signal, signals, signal0)


@kernel
def _nearest_points(here: Row, eye: Row, scene: Scene, scratch: Scratch, limit: int) -> int:
    """Collects the nearest points of road edges; returns how many."""
    keys, items, count, reach = scratch.keys, scratch.items, nothing_kept(), math.inf
    first, last = here.chunk0, here.chunk1
    start = _nearest_circle(scene.chunk_circles, first, last, eye.x, eye.y)
    for k in range(last - first):
        i = _outwards(k, start, first, last)
        if _is_beyond(scene.chunk_circles[i], eye.x, eye.y, reach):
            continue
        chunk = scene.chunks[i]
        for p in range(chunk.point0, chunk.point1):
            dx, dy = scene.edge_points[p, 0] - eye.x, scene.edge_points[p, 1] - eye.y
            if dx * dx + dy * dy <= reach * reach:
                count = keep(keys, items, count, limit, quantised(dx * dx + dy * dy), p)
        if count == limit:
            reach = reach_of(keys[0])
    return count


@kernel
def see_edges(here: Row, eye: Row, scene: Scene, scratch: Scratch, seen: Seen) -> None:
    """Writes the nearest points of road edges."""
    items, limit = scratch.items, seen.edges.shape[1]
    count = _nearest_points(here, eye, scene, scratch, limit)
    sort(scratch.keys, items, count)
    for k in range(count):
        at = scene.edge_points[items[k]]
        put_point(seen.edges[eye.row, k], eye, at[0], at[1], at[2], at[3])
        seen.edges_valid[eye.row, k] = True
