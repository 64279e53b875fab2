"""What a row sees of itself and of others: states of the last steps, in its own frame."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.drive import LIMITS
from simeval.sim.observe_nearest import keep, nothing_kept, quantised
from simeval.sim.observe_others import put_in_order
from simeval.sim.observe_states import body_pose_at, pulled_velocity, state_at, yaw_rate_at
from simeval.sim.observe_tables import Scene, Scratch, Seen
from simeval.sim.senses import is_missed, with_noise
from simeval.sim.tables import BodyTable, Row, Table

__all__ = ["see_agents", "see_self"]

MAX_STEERING = LIMITS.max_steering


@kernel
def _seen_state(
    here: Row, eye: Row, log: Table, record: Table, scene: Scene, a: int, t: int
) -> tuple[bool, float, float, float, float, float]:
    """As `state_at`, the way a row sees it: disturbed, or not at all."""
    known, x, y, heading, vx, vy = state_at(here, log, record, a, t)
    if known and eye.is_true == 0 and a != eye.agent:
        sense = scene.senses[eye.world]
        known = not is_missed(sense, scene.keys[a, 1], t)
        x, y, heading, vx, vy = with_noise(sense, scene.keys[a, 0], t, x, y, heading, vx, vy)
    return known, x, y, heading, vx, vy


@kernel
def _put(out: Array, eye: Row, x: float, y: float, c: float, s: float) -> None:
    """Writes a pose in the frame of a row: x, y, cos, sin."""
    dx, dy = x - eye.x, y - eye.y
    out[0], out[1] = eye.c * dx + eye.s * dy, eye.c * dy - eye.s * dx
    out[2], out[3] = c * eye.c + s * eye.s, s * eye.c - c * eye.s


@inlined_kernel
def see_self(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, seen: Seen
) -> None:
    """Writes the own history and the own sizes."""
    a, b = eye.agent, eye.row
    history = seen.ego_history[b]
    count = len(history)
    before, _, _, was, vx, vy = state_at(here, log, record, a, eye.step - count)
    slower = vx * math.cos(was) + vy * math.sin(was)
    for j in range(count):
        t = eye.step - (count - 1 - j)
        known, x, y, heading, vx, vy = state_at(here, log, record, a, t)
        if not known:
            before = False
            continue
        c, s = (eye.c, eye.s) if t == eye.step else (math.cos(heading), math.sin(heading))
        _put(history[j], eye, x, y, c, s)
        speed = vx * c + vy * s
        history[j, 4] = speed
        if before:
            history[j, 5] = (speed - slower) / here.dt
        history[j, 6] = yaw_rate_at(here, log, record, a, t, heading)
        before, slower = True, speed
    it, own = agents[a], seen.ego_parameters[b]
    own[0], own[1], own[2], own[3], own[4] = it.length, it.width, it.wheelbase, it.axle, MAX_STEERING
    pulled = 0.0
    for k in range(it.body0 + 1, it.body1):
        pulled += 2.0 * bodies.size[k, 0]
    own[5] = pulled


@kernel
def _nearest_bodies(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table,
    scene: Scene, scratch: Scratch, limit: int,
) -> int:  # fmt: skip
    """Collects the nearest bodies that are there now, by their rank; returns how many."""
    count = nothing_kept()
    for a in range(here.agent0, here.agent1):
        known, x, y, heading, _, _ = _seen_state(here, eye, log, record, scene, a, eye.step)
        if not known:
            continue
        for body in range(agents[a].body0, agents[a].body1):
            if body > agents[a].body0:
                px, py, _, _ = body_pose_at(here, agents, bodies, a, body, eye.step, x, y, heading)
            elif a == eye.agent:
                continue
            else:
                px, py = x, y
            dx, dy = px - eye.x, py - eye.y
            key = quantised(dx * dx + dy * dy)
            count = keep(scratch.keys, scratch.items, count, limit, key, scene.bodies[body].rank)
    return count


@kernel
def _see_body(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table,
    scene: Scene, body: int, history: Array, valid: Array,
) -> None:  # fmt: skip
    """Writes the history of one body."""
    a, count = bodies.owner[body], len(valid)
    for j in range(count):
        t = eye.step - (count - 1 - j)
        known, x, y, heading, vx, vy = _seen_state(here, eye, log, record, scene, a, t)
        if not known:
            continue
        if body > agents[a].body0:
            turn = yaw_rate_at(here, log, record, a, t, heading)
            vx, vy = pulled_velocity(here, agents, bodies, a, body, t, vx, vy, heading, turn)
        x, y, c, s = body_pose_at(here, agents, bodies, a, body, t, x, y, heading)
        out = history[j]
        _put(out, eye, x, y, c, s)
        out[4], out[5] = eye.c * vx + eye.s * vy, eye.c * vy - eye.s * vx
        out[6], out[7] = 2.0 * bodies.size[body, 0], 2.0 * bodies.size[body, 1]
        valid[j] = True


@kernel
def see_agents(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table,
    scene: Scene, scratch: Scratch, seen: Seen,
) -> None:  # fmt: skip
    """Writes the nearest bodies: of others, and the trailers of the own vehicle."""
    kinds = seen.agents_kind[eye.row]
    count = _nearest_bodies(here, eye, agents, bodies, log, record, scene, scratch, len(kinds))
    put_in_order(scratch, count)
    for k in range(count):
        body = here.body0 + scene.bodies[here.body0 + scratch.items[k]].by_rank
        kinds[k] = scene.bodies[body].kind
        _see_body(
            here, eye, agents, bodies, log, record, scene, body,
            seen.agents_history[eye.row, k], seen.agents_valid[eye.row, k],
        )  # fmt: skip
