"""Kernels over everyone around: which bodies lie in the strip ahead, and who comes into it later.

A place is projected on the line only where it can lie in the strip. All of the line from just before the
front to `reach` ahead of it lies within `reach` of the front, as the crow flies; so no place in the strip is
farther from there than that and half the strip's width. Nor does a distance from the line change by more
than one moves: a body whose centre is farther off than its corners reach is not in the strip, and someone
who is far off need not be looked at again before it has come that much nearer.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.polyline import project_near, segment_at
from simeval.kernel import kernel

__all__ = ["bodies_in_strip", "crossings_of_strip"]

SAMPLES = 9  # points along each side of a body
MOVES = 0.5  # [m/s]
SLACK = 1e-6  # [m] for rounding
NEARBY = 15.0  # [m] beyond the reach and half a body's length nobody is looked at


@kernel
def bodies_in_strip(
    s: Array, x: Array, y: Array, start: float, ego: int, at: Array, pose: Array, size: Array, agent: Array,
    valid: Array, reach: float, half: float, gaps: Array,
) -> None:  # fmt: skip
    """Sets `gaps[b]` [m] to how far ahead of arc length `start` the nearest point of body b in the strip is.

    Bodies outside the strip, or without a point on either side in it, are left as they are.
    """
    for b in range(len(pose)):
        p = pose[b]
        if not valid[b] or agent[b] == ego:
            continue
        if math.hypot(p[0] - at[0], p[1] - at[1]) > reach + NEARBY + size[b, 0]:
            continue
        _, off, _ = project_near(s, x, y, 0, len(s), 0.0, math.inf, p[0], p[1])
        if math.fabs(off) > half + math.hypot(size[b, 0], size[b, 1]) + SLACK:
            continue
        for k in range(2 * SAMPLES):
            u = (2.0 * (k % SAMPLES) / (SAMPLES - 1) - 1.0) * size[b, 0]
            v = size[b, 1] if k < SAMPLES else -size[b, 1]
            px, py = p[0] + u * p[2] - v * p[3], p[1] + u * p[3] + v * p[2]
            arc, aside, _ = project_near(s, x, y, 0, len(s), 0.0, math.inf, px, py)
            if math.fabs(aside) <= half and 0.0 < arc - start <= reach:
                gaps[b] = min(gaps[b], arc - start)


@kernel
def crossings_of_strip(
    s: Array, x: Array, y: Array, start: float, ego: int, step: int, last: int, reach: float, half: Array,
    xy: Array, speed: Array, valid: Array, first: Array, ahead: Array,
) -> None:  # fmt: skip
    """Sets `first[a]` to when agent a is first in the strip, in steps from now, and `ahead[a]` to where.

    Those who are not there now, never move until `last`, or never come into it are left as they are.
    """
    n = len(s)
    i = segment_at(s, 0, n, 0, start)
    part = min(max((start - s[i]) / (s[i + 1] - s[i]), 0.0), 1.0) if s[i + 1] > s[i] else 0.0
    fx, fy = x[i] + part * (x[i + 1] - x[i]), y[i] + part * (y[i + 1] - y[i])
    far = max(1.0, reach) + max(0.0, start - s[n - 1]) + 1.0
    for a in range(len(half)):
        if a == ego or not valid[step, a] or not _moves(speed, a, step, last):
            continue
        # Whoever is within `clear` of (qx, qy) is off the strip.
        qx, qy, clear = 0.0, 0.0, -1.0
        for t in range(step, last + 1):
            px, py = xy[t, a, 0], xy[t, a, 1]
            if not valid[t, a] or math.hypot(px - fx, py - fy) > far + half[a]:
                continue
            if math.hypot(px - qx, py - qy) < clear:
                continue
            arc, aside, _ = project_near(s, x, y, 0, n, 0.0, math.inf, px, py)
            qx, qy, clear = px, py, math.fabs(aside) - half[a] - SLACK
            if math.fabs(aside) < half[a] and -1.0 < arc - start < reach:
                first[a], ahead[a] = t - step, arc - start
                break


@kernel
def _moves(speed: Array, a: int, step: int, last: int) -> bool:
    t = step
    while t <= last and math.fabs(speed[t, a]) <= MOVES:
        t += 1
    return t <= last
