"""What a row sees of the map: pieces of lanes with their signals, points of road edges."""

from __future__ import annotations

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_near import find_pieces, find_points
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
    count = find_pieces(here, eye, scene, scratch, seen.lanes.shape[1])
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
def see_edges(here: Row, eye: Row, scene: Scene, scratch: Scratch, seen: Seen) -> None:
    """Writes the nearest points of road edges."""
    out, valid, items = seen.edges[eye.row], seen.edges_valid[eye.row], scratch.items
    for k in range(find_points(here, eye, scene, scratch, len(out))):
        at = scene.edge_points[items[k]]
        put_point(out[k], eye, at[0], at[1], at[2], at[3])
        valid[k] = True
