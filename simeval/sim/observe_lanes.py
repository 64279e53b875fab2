"""What a row sees of the map: pieces of lanes with their signals, points of road edges."""

from __future__ import annotations

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.observe_blank import blank
from simeval.sim.observe_cells import PIECES, POINTS, number_of, place_of
from simeval.sim.observe_near import nearest_pieces, nearest_points
from simeval.sim.observe_tables import Bytes, Frame, Scene, Scratch, Seen
from simeval.sim.tables import Row

__all__ = ["put_point", "see_edges", "see_lanes"]

ORIGIN = Frame(0.0, 0.0, 0.0, 0.0)


@kernel
def put_point(out: Array, frame: Frame, x: float, y: float, c: float, s: float) -> None:
    """Writes a point with a direction in the frame of a row: x, y, cos, sin."""
    dx, dy = x - frame.x, y - frame.y
    out[0], out[1] = frame.c * dx + frame.s * dy, frame.c * dy - frame.s * dx
    out[2], out[3] = c * frame.c + s * frame.s, s * frame.c - c * frame.s


@inlined_kernel
def _signal(scene: Scene, first: int, signals: Array, signal0: int) -> int:
    """What the signals of a lane show: the state that asks for most; 0 without any."""
    state, k = 0, first
    while k >= 0:
        state = max(state, signals[k])
        k = scene.next_signal[signal0 + k]
    return state


@inlined_kernel
def _see_points(frame: Frame, scene: Scene, items: Array, number: int, out: Array, valid: Array) -> None:
    """Writes the points of pieces, and zeros after them where a piece is short."""
    points, length = scene.points, valid.shape[1]
    for k in range(number):
        i = items[k]
        count, piece = scene.pieces[i].count, points[i]
        for p in range(count):
            put_point(out[k, p], frame, piece[p, 0], piece[p, 1], piece[p, 2], piece[p, 3])
        for p in range(count, length):
            put_point(out[k, p], ORIGIN, 0.0, 0.0, 0.0, 0.0)
        for p in range(length):
            valid[k, p] = p < count


@inlined_kernel
def _describe(
    scene: Scene, lane0: int, is_ego: bool, signals: Array, signal0: int, items: Array, number: int,
    attributes: Array, shown: Array,
) -> None:  # fmt: skip
    """Writes what is known of the lanes of pieces, and what their signals show."""
    for k in range(number):
        piece, out = scene.pieces[items[k]], attributes[k]
        out[0], out[1] = piece.limit, piece.known
        out[2] = 1.0 if is_ego and scene.lanes[lane0 + piece.lane].on_route == 1 else 0.0
        out[3], out[4], out[5] = piece.connector, piece.inferred, piece.width
        shown[k] = 0
    if len(signals) > 0:
        for k in range(number):
            lane = scene.lanes[lane0 + scene.pieces[items[k]].lane]
            shown[k] = _signal(scene, lane.signal, signals, signal0)


@inlined_kernel
def see_lanes(
    here: Row, eye: Row, scene: Scene, signals: Array, signal0: int, scratch: Scratch, cell: int, seen: Seen,
    memory: Bytes,
) -> None:  # fmt: skip
    """Writes the nearest pieces of lanes. `here` is the world's row of `scene.sites`, `signals` hold what the
    world's signals show now, `cell` has what is near."""
    b, frame, limit = eye.row, Frame(eye.x, eye.y, eye.c, eye.s), seen.lanes_valid.shape[1]
    items, cells = scratch.items, scratch.cells
    if cell >= 0 and scratch.is_steady:
        items, number = cells.entry[cell, place_of(cells, PIECES) :], number_of(cells, cell, PIECES)
    else:
        number = nearest_pieces(here, eye, scene, scratch, cell, limit)
    _see_points(frame, scene, items, number, seen.lanes[b], seen.lanes_valid[b])
    _describe(
        scene, here.lane0, eye.is_ego == 1, signals, signal0, items, number, seen.lanes_attributes[b],
        seen.lanes_signal[b],
    )  # fmt: skip
    blank(memory.lanes, b, number, limit)


@inlined_kernel
def see_edges(
    here: Row, eye: Row, scene: Scene, scratch: Scratch, cell: int, seen: Seen, memory: Bytes
) -> None:
    """Writes the nearest points of road edges."""
    b, frame, points = eye.row, Frame(eye.x, eye.y, eye.c, eye.s), scene.edge_points
    out, valid = seen.edges[b], seen.edges_valid[b]
    items, cells = scratch.items, scratch.cells
    if cell >= 0 and scratch.is_steady:
        items, number = cells.entry[cell, place_of(cells, POINTS) :], number_of(cells, cell, POINTS)
    else:
        number = nearest_points(here, eye, scene, scratch, cell, len(out))
    for k in range(number):
        at = points[items[k]]
        put_point(out[k], frame, at[0], at[1], at[2], at[3])
    for k in range(number):
        valid[k] = True
    blank(memory.edges, b, number, len(out))
