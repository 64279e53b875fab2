"""Waymax's IDM sim agent, quirks included, for comparison with that benchmark.

It looks along a few points and drives at the first one where its box would overlap another's: gaps are
those of centres, in steps of the points, and end with the last of them. Written from the definitions that
its authors published and from its results; checked on straight logs only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry.angles import wrap_angle
from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel

__all__ = [
    "WaymaxIdm",
    "waymax_acceleration",
    "waymax_idm_step",
    "waymax_lead",
    "waymax_look_ahead",
    "waymax_on_log",
    "waymax_speed",
]

EXTRA_POINTS, EXTRA_SPACING = 10, 1.0  # points straight on from the last one [m]
LOG_POINTS = 10  # points of the log looked at, from the nearest on
TOUCHING = 1e-9  # [m] boxes that merely touch do not overlap


class WaymaxIdm(NamedTuple):
    """Parameters with the peer's defaults; the exponent is 4."""

    desired_speed: float = 30.0  # [m/s]
    min_gap: float = 2.0  # [m]
    headway: float = 2.0  # [s]
    max_acceleration: float = 2.0  # [m/s^2]
    comfortable_braking: float = 4.0  # [m/s^2]


@kernel
def waymax_acceleration(speed: float, distance: float, lead_speed: float, p: WaymaxIdm) -> float:
    """Acceleration [m/s^2], without any limit on braking; `distance` is inf without a leader.

    A distance of exactly 0 (overlap where it stands) counts as 0.1 m.
    """
    ratio = speed / p.desired_speed
    free = 1.0 - ratio * ratio * ratio * ratio
    if distance == math.inf:
        return p.max_acceleration * free
    root = 2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking)
    desired_gap = p.min_gap + max(0.0, speed * p.headway + speed * (speed - lead_speed) / root)
    near = desired_gap / (distance if distance != 0.0 else 0.1)
    return p.max_acceleration * (free - near * near)


@kernel
def waymax_speed(speed: float, acceleration: float, dt: float) -> float:
    """Speed after dt, never backwards [m/s]."""
    return max(0.0, speed + acceleration * dt)


@kernel
def _overlaps(x: float, y: float, heading: float, it: int, other: int, boxes: Array) -> bool:
    """Whether agent `it`, put at a pose, would overlap `other`; touching is not overlapping."""
    return touch_between(
        boxes[other, 0] - x, boxes[other, 1] - y, math.cos(heading), math.sin(heading),
        0.5 * boxes[it, 3] - TOUCHING, 0.5 * boxes[it, 4] - TOUCHING,
        math.cos(boxes[other, 2]), math.sin(boxes[other, 2]), 0.5 * boxes[other, 3], 0.5 * boxes[other, 4],
    )  # fmt: skip


@kernel
def waymax_lead(points: Array, count: int, it: int, boxes: Array, valid: Array) -> tuple[float, int]:
    """(distance of centres to the first point of overlap, the lowest agent there); (inf, -1) without one.

    `points` holds x, y, heading of `count` look-ahead points; `boxes` x, y, heading, length, width of all
    agents. Whoever overlaps at the present place is a leader as well, also from behind.
    """
    for k in range(count):
        x, y, heading = points[k, 0], points[k, 1], points[k, 2]
        for other in range(len(boxes)):
            if other == it or not valid[other]:
                continue
            if _overlaps(x, y, heading, it, other, boxes):
                dx, dy = x - boxes[it, 0], y - boxes[it, 1]
                return math.sqrt(dx * dx + dy * dy), other
    return math.inf, -1


@kernel
def waymax_look_ahead(x: float, y: float, heading: float, log: Array, along_log: bool, out: Array) -> int:
    """Writes the points an agent looks at and returns how many: the present place, or a piece of its log
    from the nearest logged point on, then ten more, a metre apart, straight on from the last.

    `log` holds x, y, heading of its recorded poses; `out` needs 20 rows.
    """
    count = 0
    if along_log:
        nearest, best = 0, math.inf
        for k in range(len(log)):
            dx, dy = log[k, 0] - x, log[k, 1] - y
            if dx * dx + dy * dy < best:
                nearest, best = k, dx * dx + dy * dy
        for k in range(nearest, min(nearest + LOG_POINTS, len(log))):
            out[count, 0], out[count, 1], out[count, 2] = log[k, 0], log[k, 1], log[k, 2]
            count += 1
    else:
        out[0, 0], out[0, 1], out[0, 2] = x, y, heading
        count = 1
    x, y, heading = out[count - 1, 0], out[count - 1, 1], out[count - 1, 2]
    for k in range(EXTRA_POINTS):
        ahead = (k + 1) * EXTRA_SPACING
        out[count, 0], out[count, 1] = x + ahead * math.cos(heading), y + ahead * math.sin(heading)
        out[count, 2] = heading
        count += 1
    return count


@kernel
def waymax_on_log(x: float, y: float, log: Array) -> tuple[float, float, float]:
    """The pose on the logged path nearest to a place; both of its ends are prolonged straight on."""
    n = len(log)
    if n < 2:
        return x, y, log[0, 2]
    best, found_x, found_y, found_heading = math.inf, x, y, log[0, 2]
    for k in range(n - 1):
        dx, dy = log[k + 1, 0] - log[k, 0], log[k + 1, 1] - log[k, 1]
        length2 = dx * dx + dy * dy
        if length2 == 0.0:
            continue
        t = ((x - log[k, 0]) * dx + (y - log[k, 1]) * dy) / length2
        t = t if k == 0 else max(t, 0.0)
        t = t if k == n - 2 else min(t, 1.0)
        px, py = log[k, 0] + t * dx, log[k, 1] + t * dy
        off = (x - px) * (x - px) + (y - py) * (y - py)
        if off < best:
            turn = wrap_angle(log[k + 1, 2] - log[k, 2])
            best, found_x, found_y = off, px, py
            found_heading = log[k, 2] + min(max(t, 0.0), 1.0) * turn
    return found_x, found_y, found_heading


@kernel
def _step(
    boxes: Array, speed: Array, valid: Array, logs: Array, along: bool, dt: float, p: WaymaxIdm,
    points: Array, out: Array,
) -> None:  # fmt: skip
    for i in range(len(boxes)):
        if not valid[i]:
            continue
        x, y, h = boxes[i, 0], boxes[i, 1], boxes[i, 2]
        count = waymax_look_ahead(x, y, h, logs[i], along, points)
        distance, lead = waymax_lead(points, count, i, boxes, valid)
        out[i, 0] = waymax_acceleration(speed[i], distance, speed[lead] if lead >= 0 else 0.0, p)
        out[i, 1] = waymax_speed(speed[i], out[i, 0], dt)
        way = 0.5 * (speed[i] + out[i, 1]) * dt
        pose = waymax_on_log(x + way * math.cos(h), y + way * math.sin(h), logs[i])
        out[i, 2], out[i, 3], out[i, 4] = pose


def waymax_idm_step(
    boxes: Float[Array, "n 5"],
    speed: Float[Array, "n"],
    valid: Bool[Array, "n"],
    logs: Float[Array, "n t 3"],
    dt: float,
    p: WaymaxIdm,
    *,
    along_log: bool = False,
) -> Float[Array, "n 5"]:
    """Acceleration, new speed and new pose of n agents, all from the same present state.

    Args:
        boxes: x, y, heading, length, width of each [m, rad].
        speed: along the heading [m/s].
        valid: rows that are there; others are neither seen nor moved (their result is zero).
        logs: recorded poses of each, on which it stays.
        dt: [s].
        p: the drivers, all alike.
        along_log: look along the log instead of straight ahead.
    """
    tables = [np.ascontiguousarray(t, dtype=np.float64) for t in (boxes, speed)]
    path = np.ascontiguousarray(logs, dtype=np.float64)
    there = np.ascontiguousarray(valid, dtype=np.bool_)
    points, out = np.zeros((LOG_POINTS + EXTRA_POINTS, 3)), np.zeros((len(there), 5))
    _step(tables[0], tables[1], there, path, bool(along_log), float(dt), p, points, out)
    return out
