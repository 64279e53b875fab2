"""Oriented boxes in the plane: do they touch, how far apart are they, where are their corners.

A box is (centre x, y [m], heading [rad], length along the heading, width across [m]).
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["box_gap", "boxes_touch", "corners", "gap_between", "gaps", "touch_between", "touches"]


@kernel
def touch_between(
    dx: float,
    dy: float,
    c1: float,
    s1: float,
    a1: float,
    b1: float,
    c2: float,
    s2: float,
    a2: float,
    b2: float,
) -> bool:
    """Whether two boxes share a point; a is half the length, b half the width, (dx, dy) from 1 to 2.

    Separating axis theorem on the four edge normals (Gottschalk, Lin & Manocha, SIGGRAPH 1996).
    """
    c = math.fabs(c1 * c2 + s1 * s2)
    s = math.fabs(c1 * s2 - s1 * c2)
    if math.fabs(dx * c1 + dy * s1) > a1 + (a2 * c + b2 * s):
        return False
    if math.fabs(dy * c1 - dx * s1) > b1 + (a2 * s + b2 * c):
        return False
    if math.fabs(dx * c2 + dy * s2) > a2 + (a1 * c + b1 * s):
        return False
    return not math.fabs(dy * c2 - dx * s2) > b2 + (a1 * s + b1 * c)


@kernel
def corner_gap2(
    dx: float,
    dy: float,
    c1: float,
    s1: float,
    a1: float,
    b1: float,
    c2: float,
    s2: float,
    a2: float,
    b2: float,
) -> float:
    """Smallest squared distance from a corner of box 2 to box 1 [m^2]."""
    best = math.inf
    for k in range(4):
        along = a2 if k < 2 else -a2
        across = b2 if k % 3 == 0 else -b2
        x = dx + along * c2 - across * s2
        y = dy + along * s2 + across * c2
        u = math.fabs(x * c1 + y * s1) - a1
        v = math.fabs(y * c1 - x * s1) - b1
        u = max(u, 0.0)
        v = max(v, 0.0)
        best = min(best, u * u + v * v)
    return best


@kernel
def gap_between(
    dx: float,
    dy: float,
    c1: float,
    s1: float,
    a1: float,
    b1: float,
    c2: float,
    s2: float,
    a2: float,
    b2: float,
) -> float:
    """Smallest distance between two boxes [m], 0 when they touch; arguments as in `touch_between`.

    Two separated convex polygons are nearest at a corner of one of them.
    """
    if touch_between(dx, dy, c1, s1, a1, b1, c2, s2, a2, b2):
        return 0.0
    one = corner_gap2(dx, dy, c1, s1, a1, b1, c2, s2, a2, b2)
    two = corner_gap2(-dx, -dy, c2, s2, a2, b2, c1, s1, a1, b1)
    return math.sqrt(min(one, two))


@kernel
def boxes_touch(
    x1: float,
    y1: float,
    h1: float,
    l1: float,
    w1: float,
    x2: float,
    y2: float,
    h2: float,
    l2: float,
    w2: float,
) -> bool:
    """Whether two boxes overlap or touch."""
    return touch_between(
        x2 - x1, y2 - y1, math.cos(h1), math.sin(h1), 0.5 * l1, 0.5 * w1,
        math.cos(h2), math.sin(h2), 0.5 * l2, 0.5 * w2,
    )  # fmt: skip


@kernel
def box_gap(
    x1: float,
    y1: float,
    h1: float,
    l1: float,
    w1: float,
    x2: float,
    y2: float,
    h2: float,
    l2: float,
    w2: float,
) -> float:
    """Smallest distance between two boxes [m]; 0 when they overlap or touch."""
    return gap_between(
        x2 - x1, y2 - y1, math.cos(h1), math.sin(h1), 0.5 * l1, 0.5 * w1,
        math.cos(h2), math.sin(h2), 0.5 * l2, 0.5 * w2,
    )  # fmt: skip


@kernel
def _each_pair(pairs: Array, touch: Array, gap: Array) -> None:
    for i in range(len(pairs)):
        p = pairs[i]
        gap[i] = box_gap(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        touch[i] = gap[i] == 0.0


def _pairs(pairs: Array) -> tuple[Array, Array]:
    table = np.ascontiguousarray(pairs, dtype=np.float64).reshape(-1, 10)
    touch, gap = np.zeros(len(table), dtype=np.bool_), np.zeros(len(table))
    _each_pair(table, touch, gap)
    return touch, gap


def gaps(pairs: Float[Array, "n 10"]) -> Float[Array, "n"]:
    """Distance of each pair (x1, y1, h1, l1, w1, x2, y2, h2, l2, w2) [m]; 0 when touching."""
    return _pairs(pairs)[1]


def touches(pairs: Float[Array, "n 10"]) -> Bool[Array, "n"]:
    """Whether each pair of boxes overlaps or touches; columns as in `gaps`."""
    return _pairs(pairs)[0]


def corners(
    xy: Float[Array, "*b 2"], heading: Float[Array, "*b"] | float, length: Array | float, width: Array | float
) -> Float[Array, "*b 4 2"]:
    """Corners in the order front-left, rear-left, rear-right, front-right [m]."""
    along = np.asarray(length)[..., None] * np.array([0.5, -0.5, -0.5, 0.5])
    across = np.asarray(width)[..., None] * np.array([0.5, 0.5, -0.5, -0.5])
    angle = np.asarray(heading)[..., None]
    c, s = np.cos(angle), np.sin(angle)
    offsets = np.stack([along * c - across * s, along * s + across * c], axis=-1)
    return np.asarray(np.asarray(xy)[..., None, :] + offsets)
