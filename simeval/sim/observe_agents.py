"""What a row sees of itself and of others: states of the last steps, in its own frame."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel
from simeval.safety.bodies import coupled_pose
from simeval.sim.drive import LIMITS
from simeval.sim.observe_nearest import keep, nothing_kept, quantised, sort
from simeval.sim.observe_tables import Scene, Scratch, Seen
from simeval.sim.senses import is_missed, with_noise
from simeval.sim.tables import BodyTable, Row, Table
from simeval.vehicles.trailers import pulled_motion

__all__ = ["see_agents", "see_self", "state_at"]

MAX_STEERING = LIMITS.max_steering


@kernel
def state_at(
    here: Row, log: Table, record: Table, a: int, t: int
) -> tuple[bool, float, float, float, float, float]:
    """Whether an agent is there at scenario step t, and its x, y, heading, vx, vy: from the log before the
    start, as recorded from there on."""
    own, count = a - here.agent0, here.agent1 - here.agent0
    if t >= here.start:
        now = record[here.record0 + (t - here.start) * count + own]
        return now.valid == 1, now.x, now.y, now.heading, now.vx, now.vy
    if t < 0:
        return False, 0.0, 0.0, 0.0, 0.0, 0.0
    was = log[here.log0 + t * count + own]
    return was.valid == 1, was.x, was.y, was.heading, was.vx, was.vy


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
def _hitch(here: Row, bodies: BodyTable, h: int, t: int) -> float:
    """Angle of a pulled body, counted in its world, at scenario step t [rad]."""
    pulled = (here.body1 - here.body0) - (here.agent1 - here.agent0)
    if t >= here.start:
        return bodies.recorded_hitch[here.hitch_record0 + (t - here.start) * pulled + h]
    return bodies.logged_hitch[here.hitch_log0 + t * pulled + h]


@kernel
def _body_pose(
    here: Row, agents: Table, bodies: BodyTable, a: int, body: int, t: int, x: float, y: float, heading: float
) -> tuple[float, float, float, float]:
    """(x, y, cos, sin) of a body of an agent whose pose at scenario step t is given."""
    c, s = math.cos(heading), math.sin(heading)
    for b in range(agents[a].body0 + 1, body + 1):
        angle = _hitch(here, bodies, (b - here.body0) - (a - here.agent0) - 1, t)
        x, y, c, s = coupled_pose(x, y, c, s, bodies.rear[b - 1], bodies.front[b], angle)
    return x, y, c, s


@kernel
def _yaw_rate(here: Row, log: Table, record: Table, a: int, t: int, heading: float) -> float:
    """As recorded; at the start and before it from the log's headings, 0 at its first state [rad/s]."""
    if t > here.start:
        row = here.record0 + (t - here.start) * (here.agent1 - here.agent0) + (a - here.agent0)
        return record[row].yaw_rate
    before, _, _, was, _, _ = state_at(here, log, record, a, t - 1)
    return wrap_angle(heading - was) / here.dt if before else 0.0


@kernel
def _pulled_velocity(
    here: Row, agents: Table, bodies: BodyTable, a: int, body: int, t: int,
    vx: float, vy: float, heading: float, turn: float,
) -> tuple[float, float]:  # fmt: skip
    """Velocity of a pulled body's centre, from that of the first body; no wheel slips sideways."""
    speed = vx * math.cos(heading) + vy * math.sin(heading)
    ahead = 0.0
    for b in range(agents[a].body0 + 1, body + 1):
        h = b - a - 1
        angle = _hitch(here, bodies, (b - here.body0) - (a - here.agent0) - 1, t)
        speed, turn = pulled_motion(speed, turn, angle, bodies.offset[h], bodies.wheelbase[h])
        heading, ahead = heading - angle, bodies.wheelbase[h] - bodies.front[b]
    c, s = math.cos(heading), math.sin(heading)
    return speed * c - turn * ahead * s, speed * s + turn * ahead * c


@kernel
def _put(out: Array, eye: Row, x: float, y: float, c: float, s: float) -> None:
    """Writes a pose in the frame of a row: x, y, cos, sin."""
    dx, dy = x - eye.x, y - eye.y
    out[0], out[1] = eye.c * dx + eye.s * dy, eye.c * dy - eye.s * dx
    out[2], out[3] = c * eye.c + s * eye.s, s * eye.c - c * eye.s


@kernel
def see_self(
    here: Row, eye: Row, agents: Table, bodies: BodyTable, log: Table, record: Table, seen: Seen
) -> None:
    """Writes the own history and the own sizes."""
    a, b = eye.agent, eye.row
    history = seen.ego_history[b]
    count = len(history)
    for j in range(count):
        t = eye.step - (count - 1 - j)
        known, x, y, heading, vx, vy = state_at(here, log, record, a, t)
        if not known:
            continue
        c, s = math.cos(heading), math.sin(heading)
        _put(history[j], eye, x, y, c, s)
        speed = vx * c + vy * s
        history[j, 4] = speed
        before, _, _, was, ux, uy = state_at(here, log, record, a, t - 1)
        if before:
            history[j, 5] = (speed - (ux * math.cos(was) + uy * math.sin(was))) / here.dt
        history[j, 6] = _yaw_rate(here, log, record, a, t, heading)
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
                px, py, _, _ = _body_pose(here, agents, bodies, a, body, eye.step, x, y, heading)
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
            turn = _yaw_rate(here, log, record, a, t, heading)
            vx, vy = _pulled_velocity(here, agents, bodies, a, body, t, vx, vy, heading, turn)
        x, y, c, s = _body_pose(here, agents, bodies, a, body, t, x, y, heading)
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
    sort(scratch.keys, scratch.items, count)
    for k in range(count):
        body = here.body0 + scene.bodies[here.body0 + scratch.items[k]].by_rank
        kinds[k] = scene.bodies[body].kind
        _see_body(
            here, eye, agents, bodies, log, record, scene, body,
            seen.agents_history[eye.row, k], seen.agents_valid[eye.row, k],
        )  # fmt: skip
