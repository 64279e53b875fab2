"""Who is in the way: the first body that reaches into the corridor an agent will sweep along its path."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import inlined_kernel

__all__ = ["entry_into_strip", "first_from", "first_in_corridor"]


@inlined_kernel
def _clip(
    u1: float, v1: float, u2: float, v2: float, half: float, low: float, high: float
) -> tuple[float, float]:
    """Widens (low, high) by the extent in u of the part of an edge that lies within |v| <= half."""
    if (v1 > half and v2 > half) or (v1 < -half and v2 < -half):
        return low, high
    ua, ub = u1, u1 + (u2 - u1)
    if math.fabs(v1) > half:
        ua = u1 + (math.copysign(half, v1) - v1) / (v2 - v1) * (u2 - u1)
    if math.fabs(v2) > half:
        ub = u1 + (math.copysign(half, v2) - v1) / (v2 - v1) * (u2 - u1)
    return min(low, min(ua, ub)), max(high, max(ua, ub))


@inlined_kernel
def entry_into_strip(
    u: float, v: float, c: float, s: float, a: float, b: float, half: float, length: float
) -> float:
    """Where an oriented box first reaches into the rectangle 0 <= u <= length, |v| <= half [m]; inf: nowhere.

    (u, v) is the box centre, (c, s) its direction in the strip's frame, a and b its half length and width.
    """
    reach_u = a * math.fabs(c) + b * math.fabs(s)
    reach_v = a * math.fabs(s) + b * math.fabs(c)
    if u - reach_u > length or u + reach_u < 0.0 or math.fabs(v) - reach_v > half:
        return math.inf
    ac, as_, bc, bs = a * c, a * s, b * c, b * s
    u1, v1, u2, v2 = u + ac - bs, v + as_ + bc, u - ac - bs, v - as_ + bc
    u3, v3, u4, v4 = u - ac + bs, v - as_ - bc, u + ac + bs, v + as_ - bc
    low, high = _clip(u1, v1, u2, v2, half, math.inf, -math.inf)
    low, high = _clip(u2, v2, u3, v3, half, low, high)
    low, high = _clip(u3, v3, u4, v4, half, low, high)
    low, high = _clip(u4, v4, u1, v1, half, low, high)
    if low > length or high < 0.0:
        return math.inf
    return max(low, 0.0)


@inlined_kernel
def _segment_end(s: Array, first: int, last: int, start: int, until: float) -> int:
    """One past the last segment that begins before `until`."""
    i = start
    while i + 1 < last - 1 and s[i + 1] < until:
        i += 1
    return i + 1


@inlined_kernel
def first_from(values: Array, low: int, high: int, least: float) -> int:
    """The first of `values[low:high]`, which ascend, that is not below `least`."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@inlined_kernel
def first_in_corridor(
    s: Array, x: Array, y: Array, ux: Array, uy: Array, first: int, last: int, segment: int, at: float,
    offset: float, half: float, until: float, own_first: int, own_last: int, low: int, high: int,
    sorted_body: Array, sorted_x: Array, reach: float, pose: Array, size: Array,
) -> tuple[float, int]:  # fmt: skip
    """(arc length at which the nearest body ahead enters the corridor, that body); (inf, -1) without one.

    The corridor runs along the path `[first:last]` from arc length `at` (the agent's centre, in `segment`)
    to `until`, shifted by `offset` to the left, `half` to each side. Bodies `own_first:own_last` are the
    agent's own. `sorted_body[low:high]` are the world's bodies by their x (`sorted_x`), none longer from
    its centre than `reach`; `pose` holds x, y, cos, sin of each body, `size` half length, half width, radius.
    A body counts when its centre is ahead, so that of two side by side one goes first.
    """
    end = _segment_end(s, first, last, segment, until)
    here_x, here_y = (
        x[segment] + (at - s[segment]) * ux[segment],
        y[segment] + (at - s[segment]) * uy[segment],
    )
    beyond = min(until - s[end], 0.0)
    there_x, there_y = x[end] + beyond * ux[end - 1], y[end] + beyond * uy[end - 1]
    x_low, x_high, y_low, y_high = (
        min(here_x, there_x),
        max(here_x, there_x),
        min(here_y, there_y),
        max(here_y, there_y),
    )
    for i in range(segment + 1, end):
        x_low, x_high = min(x_low, x[i]), max(x_high, x[i])
        y_low, y_high = min(y_low, y[i]), max(y_high, y[i])
    wide = half + math.fabs(offset)
    x_low, x_high, y_low, y_high = x_low - wide, x_high + wide, y_low - wide, y_high + wide
    k0 = first_from(sorted_x, low, high, x_low - reach)
    best, who = math.inf, -1
    for k in range(k0, high):
        if sorted_x[k] > x_high + reach:
            break
        body = sorted_body[k]
        if own_first <= body < own_last:
            continue
        bx, by, radius = pose[body, 0], pose[body, 1], size[body, 2]
        if by + radius < y_low or by - radius > y_high or bx + radius < x_low or bx - radius > x_high:
            continue
        # No path is shorter than the straight line: what is farther off than the best so far cannot win.
        near = min(best, until) - at + radius + wide
        if (bx - here_x) * (bx - here_x) + (by - here_y) * (by - here_y) > near * near:
            continue
        for i in range(segment, end):
            begin = at if i == segment else s[i]
            if begin >= best:
                break
            length = min(s[i + 1], until) - begin
            dx = bx - (x[i] + (begin - s[i]) * ux[i])
            dy = by - (y[i] + (begin - s[i]) * uy[i])
            u = dx * ux[i] + dy * uy[i]
            v = dy * ux[i] - dx * uy[i] - offset
            if u > length + radius or u < -radius or math.fabs(v) > half + radius:
                continue
            c = pose[body, 2] * ux[i] + pose[body, 3] * uy[i]
            sn = pose[body, 3] * ux[i] - pose[body, 2] * uy[i]
            entry = entry_into_strip(u, v, c, sn, size[body, 0], size[body, 1], half, length)
            if entry < math.inf:
                ahead = begin + u > at
                if ahead and (begin + entry < best or (begin + entry == best and body < who)):
                    best, who = begin + entry, body
                break
    return best, who
