"""Whom a body would touch in a bend: it does not bend with its path, so its ends sweep more than its width.

A vehicle moves with its centre on its path; the corners of a body of 10 m come 1.2 m farther out in a bend
of 10 m, those of a car 0.3 m. So the body itself is put on the path ahead, step by step, and held against
where the others are; that of a long one against where they will be then.
"""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.geometry.boxes import touch_between
from simeval.geometry.polyline import segment_at
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, PathTable, Row, Table
from simeval.traffic.leads import first_from

__all__ = ["first_in_sweep"]

LONG = 7.0  # [m] bodies longer than this look at who moves, too
FAR, NEAR = 25.0, 12.0  # [m] ahead that long bodies look, and others
STANDING = 0.5  # [m/s]
STEP = 0.5  # [m] between the places that are tried
MARGIN = 0.15  # [m] kept to each side
BENDS = 0.05  # [rad] a path that turns less is straight: there the corridor says it all
LEAST_SPEED = 2.0  # [m/s] at which one is taken to come, when slower
FORESIGHT = 3.0  # [s] others are taken to drive straight on for so long


@kernel
def _bends(me: Row, path: PathTable, until: float) -> bool:
    """Whether the path turns between the body's rear and `until`."""
    i = me.segment
    along, s = path.heading[i], path.s[i]
    while i + 1 < me.path1 and s < until:
        i, s = i + 1, path.s[i + 1]
        if math.fabs(wrap_angle(path.heading[i] - along)) > BENDS:
            return True
    return False


@kernel
def _reaches(
    it: Row, me: Row, path: PathTable, until: float, x: float, y: float, vx: float, vy: float,
    pose: Row, size: Row,
) -> float:  # fmt: skip
    """Way to where the body first touches a box at (x, y) that moves on at (vx, vy) [m]; inf: nowhere.

    A box that it touches where it is now says nothing: nobody can get out of it by waiting.
    """
    a, b, i, way = 0.5 * it.length, 0.5 * it.width + MARGIN, me.segment, 0.0
    speed, near = max(me.speed, LEAST_SPEED), math.hypot(a, b) + size[2] + math.fabs(me.offset) + 1e-6
    while way <= until:
        at = me.s + way
        i = segment_at(path.s, me.path0, me.path1, i, at)
        t = min((at - path.s[i]) / (path.s[i + 1] - path.s[i]), 1.0)
        time = min(way / speed, FORESIGHT)
        dx = x + vx * time - path.x[i] - t * (path.x[i + 1] - path.x[i])
        dy = y + vy * time - path.y[i] - t * (path.y[i + 1] - path.y[i])
        if dx * dx + dy * dy < near * near:
            heading = path.heading[i] + t * (path.heading[i + 1] - path.heading[i])
            c, s = math.cos(heading), math.sin(heading)
            dx, dy = dx + me.offset * s, dy - me.offset * c
            if touch_between(dx, dy, c, s, a, b, pose[2], pose[3], size[0], size[1]):
                return way if way > 0.0 else math.inf
        way += STEP
    return math.inf


@kernel
def first_in_sweep(
    here: Row,
    it: Row,
    me: Row,
    path: PathTable,
    bodies: BodyTable,
    live: Table,
    reach: float,
    look: float,
) -> tuple[float, int]:
    """(way to where an agent's first body first touches another one in a bend [m], that body); (inf, -1).

    Looks at who stands ahead or alongside, a long body at who moves, too; at nobody behind.
    """
    is_long = it.length > LONG
    until = min(look, FAR if is_long else NEAR, path.s[me.path1 - 1] - me.s)
    best, who, half = math.inf, -1, 0.5 * it.length
    if until <= 0.0 or not _bends(me, path, me.s + until):
        return best, who
    c, s = math.cos(me.heading), math.sin(me.heading)
    window = 2.0 * FAR if is_long else until + half + reach + FORESIGHT * STANDING
    for k in range(first_from(bodies.sorted_x, here.body0, here.body1, me.x - window), here.body1):
        if bodies.sorted_x[k] > me.x + window:
            break
        body = bodies.order[k]
        x, y, size = bodies.pose[body, 0], bodies.pose[body, 1], bodies.size[body]
        if (math.fabs(y - me.y) > window and not is_long) or it.body0 <= body < it.body1:
            continue
        other = live[bodies.owner[body]]
        if other.speed >= STANDING and not is_long:
            continue
        if math.hypot(x - me.x, y - me.y) > size[2] + half + until + FORESIGHT * math.fabs(other.speed):
            continue
        if (x - me.x) * c + (y - me.y) * s < -half - size[0]:
            continue
        way = _reaches(it, me, path, min(until, best), x, y, other.vx, other.vy, bodies.pose[body], size)
        if way < best or (way == best and way < math.inf and body < who):
            best, who = way, body
    return best, who
