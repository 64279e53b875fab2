"""Worst-time-to-collision: how soon two road users could meet if both did the worst.

Source: Wachenfeld, Junietz, Wenzel & Winner, "The worst-time-to-collision metric for situation
identification", IEEE IV 2016: circles around both centres that hold the boxes, grown by half the largest
acceleration times the time squared, moving with the present velocities.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["WORST", "worst_time", "worst_times"]

WORST = 8.0  # [m/s^2] in any direction: a dry road
EXACT = 1e-7  # [m]


@kernel
def least_time(apart: float, speed: float, growth: float) -> float:
    """When circles `apart` [m] that close at `speed` and grow by growth t^2 meet [s]: growth > 0.

    With the closing speed along the line of the centres no pair meets sooner: the distance of two centres
    in even motion is a convex function of time.
    """
    return 0.0 if apart <= 0.0 else 2.0 * apart / (speed + math.sqrt(speed * speed + 4.0 * growth * apart))


@kernel
def worst_time(dx: float, dy: float, vx: float, vy: float, reach: float, growth: float) -> float:
    """First time at which |(dx, dy) + (vx, vy) t| <= reach + growth t^2 [s]; growth > 0.

    Steps forward by the least time that can still be missing, so that no earlier moment is passed over.
    """
    t = 0.0
    for _ in range(200):
        x, y = dx + vx * t, dy + vy * t
        centres = math.sqrt(x * x + y * y)
        apart = centres - reach - growth * t * t
        if apart <= EXACT:
            break
        t += least_time(apart, 2.0 * growth * t - (x * vx + y * vy) / centres, growth)
    return t


@kernel
def _each(rows: Array, out: Array) -> None:
    for i in range(len(out)):
        r = rows[i]
        out[i] = worst_time(r[0], r[1], r[2], r[3], r[4], r[5])


def worst_times(rows: Float[Array, "n 6"]) -> Float[Array, "n"]:
    """Worst-time-to-collision of each row: offset x, y [m], relative velocity x, y [m/s], the sum of both
    radii [m], half the sum of both largest accelerations [m/s^2]."""
    out = np.zeros(len(rows))
    _each(np.ascontiguousarray(rows, np.float64), out)
    return out
