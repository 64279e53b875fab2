"""What several rows of a world see of its bodies: worked out once for all of them."""

from __future__ import annotations

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_nearest import keep, nothing_kept, quantised, sort
from simeval.sim.observe_states import body_pose_at, pulled_velocity, state_at, yaw_rate_at
from simeval.sim.observe_tables import Scene, Scratch, Seen
from simeval.sim.tables import BodyTable, Row, Table

__all__ = ["put_in_order", "see_others", "show_world"]


@kernel
def _show_agent(
    here: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, a: int, t: int, out: Table,
    at: int, stride: int,
) -> None:  # fmt: skip
    """Writes all bodies of an agent at scenario step t."""
    known, px, py, heading, vx, vy = state_at(here, log, record, a, t)
    for body in range(agents[a].body0, agents[a].body1):
        it, ux, uy = out[at], vx, vy
        if known and body > agents[a].body0:
            turn = yaw_rate_at(here, log, record, a, t, heading)
            ux, uy = pulled_velocity(here, agents, bodies, a, body, t, vx, vy, heading, turn)
        x, y, c, s = body_pose_at(here, agents, bodies, a, body, t, px, py, heading)
        it.there, it.x, it.y, it.c, it.s, it.vx, it.vy = 1 if known else 0, x, y, c, s, ux, uy
        at += stride


@kernel
def show_world(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, scratch: Scratch,
    history: int,
) -> None:  # fmt: skip
    """Puts the histories of all bodies of a row's world into `scratch.others`, if they are not there."""
    if scratch.shown[0] == eye.world and scratch.shown[1] == eye.step:
        return
    scratch.shown[0], scratch.shown[1] = eye.world, eye.step
    for a in range(here.agent0, here.agent1):
        first = (agents[a].body0 - here.body0) * history
        for j in range(history):
            t = eye.step - (history - 1 - j)
            _show_agent(here, agents, bodies, log, record, a, t, scratch.others, first + j, history)


@kernel
def _choose(here: Row, eye: Row, own: int, scene: Scene, scratch: Scratch, history: int, limit: int) -> int:
    """Puts the ranks of the nearest bodies that are there now into `scratch.items`; returns how many."""
    keys, items, count = scratch.keys, scratch.items, nothing_kept()
    for body in range(here.body0, here.body1):
        it = scratch.others[(body - here.body0 + 1) * history - 1]
        if it.there == 0 or body == own:
            continue
        dx, dy = it.x - eye.x, it.y - eye.y
        count = keep(keys, items, count, limit, quantised(dx * dx + dy * dy), scene.bodies[body].rank)
    return count


@kernel
def _everyone(here: Row, own: int, scene: Scene, scratch: Scratch, history: int, limit: int) -> int:
    """As `_choose`, in the order of ranks; more than `limit` where not all can be seen."""
    count = nothing_kept()
    for rank in range(here.body1 - here.body0):
        body = here.body0 + scene.bodies[here.body0 + rank].by_rank
        if scratch.others[(body - here.body0 + 1) * history - 1].there == 0 or body == own:
            continue
        if count == limit:
            return count + 1
        scratch.items[count] = rank
        count += 1
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


@kernel
def _write(eye: Row, others: Table, first: int, size: Array, out: Array, valid: Array) -> None:
    """Writes the history of one body in the frame of a row."""
    for j in range(len(valid)):
        it = others[first + j]
        if it.there == 0:
            continue
        dx, dy = it.x - eye.x, it.y - eye.y
        out[j, 0], out[j, 1] = eye.c * dx + eye.s * dy, eye.c * dy - eye.s * dx
        out[j, 2], out[j, 3] = it.c * eye.c + it.s * eye.s, it.s * eye.c - it.c * eye.s
        out[j, 4], out[j, 5] = eye.c * it.vx + eye.s * it.vy, eye.c * it.vy - eye.s * it.vx
        out[j, 6], out[j, 7] = 2.0 * size[0], 2.0 * size[1]
        valid[j] = True


@kernel
def see_others(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, scene: Scene, scratch: Scratch, seen: Seen
) -> None:
    """Writes the nearest bodies from what `show_world` has put ready."""
    kinds, out, valid = seen.agents_kind[eye.row], seen.agents_history[eye.row], seen.agents_valid[eye.row]
    own, limit, history = agents[eye.agent].body0, len(kinds), valid.shape[1]
    count = limit + 1
    if scratch.is_steady:
        count = _everyone(here, own, scene, scratch, history, limit)
    if count > limit:
        count = _choose(here, eye, own, scene, scratch, history, limit)
        put_in_order(scratch, count)
    for k in range(count):
        place = scene.bodies[here.body0 + scratch.items[k]].by_rank
        kinds[k] = scene.bodies[here.body0 + place].kind
        _write(eye, scratch.others, place * history, bodies.size[here.body0 + place], out[k], valid[k])
