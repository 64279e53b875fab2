"""What several rows of a world see of its bodies: worked out once for all of them."""

from __future__ import annotations

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.observe_blank import blank
from simeval.sim.observe_nearest import keep, nothing_kept, quantised, sort
from simeval.sim.observe_states import body_pose_at, pulled_velocity, state_at, yaw_rate_at
from simeval.sim.observe_tables import Bytes, Frame, Scene, Scratch, Seen
from simeval.sim.tables import BodyTable, Row, Table

__all__ = ["put_in_order", "see_others", "show_world"]


@inlined_kernel
def _show_body(
    here: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, body: int, t: int, out: Row
) -> None:
    """Writes a body at scenario step t."""
    a = bodies.owner[body]
    known, px, py, heading, vx, vy = state_at(here, log, record, a, t)
    if known and body > agents[a].body0:
        turn = yaw_rate_at(here, log, record, a, t, heading)
        vx, vy = pulled_velocity(here, agents, bodies, a, body, t, vx, vy, heading, turn)
    x, y, c, s = body_pose_at(here, agents, bodies, a, body, t, px, py, heading)
    out.there, out.x, out.y, out.c, out.s, out.vx, out.vy = 1 if known else 0, x, y, c, s, vx, vy


@inlined_kernel
def show_world(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, scene: Scene,
    scratch: Scratch, history: int,
) -> None:  # fmt: skip
    """Puts the histories of all bodies of a row's world that are there now into `scratch.others`, by rank, if
    they are not there."""
    shown = scratch.shown
    if shown[0] == eye.world and shown[1] == eye.step:
        return
    shown[0], shown[1], shown[2] = eye.world, eye.step, 0
    for rank in range(here.body1 - here.body0):
        body = here.body0 + scene.bodies[here.body0 + rank].by_rank
        known, _, _, _, _, _ = state_at(here, log, record, bodies.owner[body], eye.step)
        if not known:
            continue
        first = shown[2] * history
        for j in range(history):
            it = scratch.others[first + j]
            it.body, it.kind = body, scene.bodies[body].kind
            it.length, it.width = 2.0 * bodies.size[body, 0], 2.0 * bodies.size[body, 1]
            _show_body(here, agents, bodies, log, record, body, eye.step - (history - 1 - j), it)
        shown[2] += 1


@kernel
def _choose(eye: Row, own: int, scratch: Scratch, history: int, limit: int) -> int:
    """Puts the places in `others` of the nearest bodies into `scratch.items`; returns how many."""
    keys, items, count = scratch.keys, scratch.items, nothing_kept()
    for n in range(scratch.shown[2]):
        it = scratch.others[(n + 1) * history - 1]
        if it.body == own:
            continue
        dx, dy = it.x - eye.x, it.y - eye.y
        count = keep(keys, items, count, limit, quantised(dx * dx + dy * dy), n)
    return count


@kernel
def put_in_order(scratch: Scratch, count: int) -> None:
    """Sorts what was kept: by distance, or by rank."""
    items = scratch.items
    if not scratch.is_steady:
        sort(scratch.keys, items, count)
        return
    for k in range(1, count):
        item, at = items[k], k
        while at > 0 and items[at - 1] > item:
            items[at] = items[at - 1]
            at -= 1
        items[at] = item


@inlined_kernel
def _everyone_else(own: int, scratch: Scratch, history: int) -> int:
    """As `_choose`, of all bodies."""
    count = nothing_kept()
    for n in range(scratch.shown[2]):
        if scratch.others[n * history].body != own:
            scratch.items[count] = n
            count += 1
    return count


@inlined_kernel
def _write(
    frame: Frame, others: Table, items: Array, count: int, kinds: Array, out: Array, valid: Array
) -> None:
    """Writes the histories of some bodies in the frame of a row."""
    x, y, c, s = frame
    history = valid.shape[1]
    for k in range(count):
        first = items[k] * history
        kinds[k] = others[first].kind
        for j in range(history):
            it = others[first + j]
            valid[k, j] = it.there == 1
            if it.there == 0:
                for q in range(8):
                    out[k, j, q] = 0.0
                continue
            dx, dy, ic, si, vx, vy = it.x - x, it.y - y, it.c, it.s, it.vx, it.vy
            length, width = it.length, it.width
            out[k, j, 0], out[k, j, 1] = c * dx + s * dy, c * dy - s * dx
            out[k, j, 2], out[k, j, 3] = ic * c + si * s, si * c - ic * s
            out[k, j, 4], out[k, j, 5] = c * vx + s * vy, c * vy - s * vx
            out[k, j, 6], out[k, j, 7] = length, width


@inlined_kernel
def see_others(eye: Row, agents: Table, scratch: Scratch, seen: Seen, memory: Bytes) -> None:
    """Writes the nearest bodies from what `show_world` has put ready."""
    b, frame, own = eye.row, Frame(eye.x, eye.y, eye.c, eye.s), agents[eye.agent].body0
    limit, history = seen.agents_valid.shape[1], seen.agents_valid.shape[2]
    if scratch.is_steady and scratch.shown[2] - 1 <= limit:
        count = _everyone_else(own, scratch, history)
    else:
        count = _choose(eye, own, scratch, history, limit)
        put_in_order(scratch, count)
    _write(
        frame, scratch.others, scratch.items, count, seen.agents_kind[b], seen.agents_history[b],
        seen.agents_valid[b],
    )  # fmt: skip
    blank(memory.agents, b, count, limit)
