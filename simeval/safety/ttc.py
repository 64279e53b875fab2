"""Time to collision: of oriented boxes that keep their velocity (ours), and nuPlan's projection in steps."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry.boxes import boxes_touch
from simeval.kernel import kernel

__all__ = ["nuplan_ttc", "swept_ttc", "ttc"]

NUPLAN_STEP, NUPLAN_HORIZON = 0.1, 3.0  # [s]
NUPLAN_STOPPED = 0.005  # [m/s]


@kernel
def _axis(offset: float, speed: float, reach: float, first: float, last: float) -> tuple[float, float]:
    """The part of [first, last] during which |offset + speed * t| <= reach; empty when first > last."""
    if speed == 0.0:
        return (first, last) if math.fabs(offset) <= reach else (1.0, 0.0)
    one, two = (-reach - offset) / speed, (reach - offset) / speed
    return max(first, min(one, two)), min(last, max(one, two))


@kernel
def swept_ttc(
    dx: float, dy: float, vx: float, vy: float,
    c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float, horizon: float,
) -> float:  # fmt: skip
    """First time in [0, horizon] at which two boxes touch [s], inf when there is none.

    Box 2 is (dx, dy) from box 1 and moves with (vx, vy) relative to it; both keep their heading; a is half
    the length, b half the width. On each of the four edge normals the projections overlap during one
    interval of time; the boxes touch exactly while all four do (separating axis theorem for translating
    convex shapes: Gottschalk, Lin & Manocha 1996; Eberly, "Method of separating axes", 2008).
    """
    c = math.fabs(c1 * c2 + s1 * s2)
    s = math.fabs(c1 * s2 - s1 * c2)
    first, last = _axis(dx * c1 + dy * s1, vx * c1 + vy * s1, a1 + (a2 * c + b2 * s), 0.0, horizon)
    if first <= last:
        first, last = _axis(dy * c1 - dx * s1, vy * c1 - vx * s1, b1 + (a2 * s + b2 * c), first, last)
    if first <= last:
        first, last = _axis(dx * c2 + dy * s2, vx * c2 + vy * s2, a2 + (a1 * c + b1 * s), first, last)
    if first <= last:
        first, last = _axis(dy * c2 - dx * s2, vy * c2 - vx * s2, b2 + (a1 * s + b1 * c), first, last)
    return first if first <= last else math.inf


@kernel
def _ttc_of(one: Array, two: Array, horizon: float, out: Array) -> None:
    for i in range(len(out)):
        p, q = one[i], two[i]
        out[i] = swept_ttc(
            q[0] - p[0], q[1] - p[1], q[5] - p[5], q[6] - p[6],
            math.cos(p[2]), math.sin(p[2]), 0.5 * p[3], 0.5 * p[4],
            math.cos(q[2]), math.sin(q[2]), 0.5 * q[3], 0.5 * q[4], horizon,
        )  # fmt: skip


def ttc(one: Float[Array, "n 7"], two: Float[Array, "n 7"], horizon: float) -> Float[Array, "n"]:
    """Time until each pair of boxes touches, both keeping velocity and heading [s].

    Columns: centre x, y [m], heading [rad], length, width [m], velocity x, y [m/s]. 0 where they touch
    already, NaN where they do not touch within `horizon` [s].
    """
    out = np.zeros(len(one))
    _ttc_of(np.ascontiguousarray(one, np.float64), np.ascontiguousarray(two, np.float64), horizon, out)
    return np.where(np.isinf(out), np.nan, out)


@kernel
def _nuplan_ttc(ego: Array, tracks: Array, times: Array) -> float:
    for k in range(len(times)):
        t = times[k]
        x = ego[0] + t * ego[5] * math.cos(ego[2])
        y = ego[1] + t * ego[5] * math.sin(ego[2])
        for i in range(len(tracks)):
            q = tracks[i]
            qx = q[0] + t * q[5] * math.cos(q[2])
            qy = q[1] + t * q[5] * math.sin(q[2])
            if boxes_touch(x, y, ego[2], ego[3], ego[4], qx, qy, q[2], q[3], q[4]):
                return t
    return math.nan


def nuplan_ttc(ego: Float[Array, "6"], tracks: Float[Array, "n 6"]) -> float | None:
    """nuPlan's time to collision at one instant [s]: one of 0.1, 0.2 ... 2.9, or None.

    Columns: centre x, y [m], heading [rad], length, width [m], speed [m/s], which nuPlan applies along the
    heading. The present and the horizon of 3 s are not looked at; an ego at or below 0.005 m/s has none.
    Which tracks are relevant (ahead, or not behind) is decided by the caller.
    """
    if abs(float(ego[5])) <= NUPLAN_STOPPED or not len(tracks):
        return None
    times = np.arange(NUPLAN_STEP, NUPLAN_HORIZON, NUPLAN_STEP)
    table = np.ascontiguousarray(tracks, np.float64)
    found = _nuplan_ttc(np.ascontiguousarray(ego, np.float64), table, times)
    return None if math.isnan(found) else float(found)
