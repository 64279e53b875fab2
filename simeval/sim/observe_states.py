"""States of agents and bodies at any step: from the log before the start, as recorded from there on."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel
from simeval.safety.bodies import coupled_pose
from simeval.sim.tables import BodyTable, Row, Table
from simeval.vehicles.trailers import pulled_motion

__all__ = ["body_pose_at", "hitch_at", "pulled_velocity", "state_at", "yaw_rate_at"]


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
def hitch_at(here: Row, bodies: BodyTable, h: int, t: int) -> float:
    """Angle of a pulled body, counted in its world, at scenario step t [rad]."""
    pulled = (here.body1 - here.body0) - (here.agent1 - here.agent0)
    if t >= here.start:
        return bodies.recorded_hitch[here.hitch_record0 + (t - here.start) * pulled + h]
    return bodies.logged_hitch[here.hitch_log0 + t * pulled + h]


@kernel
def body_pose_at(
    here: Row, agents: Table, bodies: BodyTable, a: int, body: int, t: int, x: float, y: float, heading: float
) -> tuple[float, float, float, float]:
    """(x, y, cos, sin) of a body of an agent whose pose at scenario step t is given."""
    c, s = math.cos(heading), math.sin(heading)
    for b in range(agents[a].body0 + 1, body + 1):
        angle = hitch_at(here, bodies, (b - here.body0) - (a - here.agent0) - 1, t)
        x, y, c, s = coupled_pose(x, y, c, s, bodies.rear[b - 1], bodies.front[b], angle)
    return x, y, c, s


@kernel
def yaw_rate_at(here: Row, log: Table, record: Table, a: int, t: int, heading: float) -> float:
    """As recorded; at the start and before it from the log's headings, 0 at its first state [rad/s]."""
    if t > here.start:
        row = here.record0 + (t - here.start) * (here.agent1 - here.agent0) + (a - here.agent0)
        return record[row].yaw_rate
    before, _, _, was, _, _ = state_at(here, log, record, a, t - 1)
    return wrap_angle(heading - was) / here.dt if before else 0.0


@kernel
def pulled_velocity(
    here: Row, agents: Table, bodies: BodyTable, a: int, body: int, t: int,
    vx: float, vy: float, heading: float, turn: float,
) -> tuple[float, float]:  # fmt: skip
    """Velocity of a pulled body's centre, from that of the first body; no wheel slips sideways."""
    speed = vx * math.cos(heading) + vy * math.sin(heading)
    ahead = 0.0
    for b in range(agents[a].body0 + 1, body + 1):
        h = b - a - 1
        angle = hitch_at(here, bodies, (b - here.body0) - (a - here.agent0) - 1, t)
        speed, turn = pulled_motion(speed, turn, angle, bodies.offset[h], bodies.wheelbase[h])
        heading, ahead = heading - angle, bodies.wheelbase[h] - bodies.front[b]
    c, s = math.cos(heading), math.sin(heading)
    return speed * c - turn * ahead * s, speed * s + turn * ahead * c
