"""What Waymax's IDM sim agent looks at: points ahead, who is in the way there, and its own logged path."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.angles import wrap_angle
from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel

__all__ = ["MOST_POINTS", "waymax_lead", "waymax_look_ahead", "waymax_on_log"]

EXTRA_POINTS, EXTRA_SPACING = 10, 1.0  # points straight on from the last one [m]
LOG_POINTS = 10  # points of the log looked at, from the nearest on
MOST_POINTS = LOG_POINTS + EXTRA_POINTS
TOUCHING = 1e-9  # [m] boxes that merely touch do not overlap


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
