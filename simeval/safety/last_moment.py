"""The last moment at which a vehicle on a collision course can still brake, or still steer.

TTB: how long the ego may still keep its velocity and then, braking fully on its straight line, not touch the
other before it stands. TTS: the same, then swerving sideways at its present speed. The other keeps its
velocity, all boxes keep their heading. Source: Hillenbrand, Spieker & Kroschel, IEEE T-ITS 7(4), 2006
(time-to-brake, time-to-steer, time-to-react); Tamke, Dang & Breuel, IEEE IV 2011. Both have -infinity
where it is too late; here it is 0.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["BRAKING", "LATERAL", "last_moments", "touches_within"]

BRAKING = 8.0  # [m/s^2] full braking of a car on a dry road
LATERAL = 5.0  # [m/s^2] a swerve that an unpractised driver or a stability control still holds
CURVATURE = 0.2  # [1/m] at the steering stop: slow vehicles cannot swerve as hard
ROUNDS = 24  # of halving: the moment is found to 1e-6 s


@kernel
def _root(p: float, v: float, a: float, sign: float) -> float:
    """A solution of p + v t + a t^2 / 2 = 0; NaN where there is none."""
    if a == 0.0:
        return -p / v if v != 0.0 else math.nan
    inside = v * v - 2.0 * a * p
    if inside < 0.0:
        return math.nan
    # The form without cancellation: small accelerations must not lose the root that matters.
    q = -(v + math.copysign(math.sqrt(inside), v))
    if sign > 0.0:
        return q / a
    return 2.0 * p / q if q != 0.0 else math.nan


@kernel
def touches_within(
    dx: float, dy: float, vx: float, vy: float, ax: float, ay: float,
    c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float, until: float,
) -> bool:  # fmt: skip
    """Whether box 2 touches box 1 in [0, until], moving by (dx, dy) + (vx, vy) t + (ax, ay) t^2 / 2 from it.

    The boxes begin to touch at a moment at which the projections on one of the four edge normals begin to
    overlap, and the other three overlap: the roots of four pairs of parabolas are all candidates.
    """
    c = math.fabs(c1 * c2 + s1 * s2)
    s = math.fabs(c1 * s2 - s1 * c2)
    for k in range(-1, 16):
        t = 0.0
        if k >= 0:
            nx, ny, reach = _axis(k // 4, c1, s1, a1, b1, c2, s2, a2, b2, c, s)
            edge = reach if k % 2 == 0 else -reach
            p, v, a = dx * nx + dy * ny - edge, vx * nx + vy * ny, ax * nx + ay * ny
            t = _root(p, v, a, 1.0 if (k // 2) % 2 == 0 else -1.0)
            if not 0.0 <= t <= until:
                continue
        x, y = dx + t * (vx + 0.5 * ax * t), dy + t * (vy + 0.5 * ay * t)
        if (
            math.fabs(x * c1 + y * s1) <= a1 + (a2 * c + b2 * s) + 1e-9
            and math.fabs(y * c1 - x * s1) <= b1 + (a2 * s + b2 * c) + 1e-9
            and math.fabs(x * c2 + y * s2) <= a2 + (a1 * c + b1 * s) + 1e-9
            and math.fabs(y * c2 - x * s2) <= b2 + (a1 * s + b1 * c) + 1e-9
        ):
            return True
    return False


@kernel
def _axis(
    index: int, c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float,
    c: float, s: float,
) -> tuple[float, float, float]:  # fmt: skip
    """An edge normal and how far from each other the centres may be along it for the boxes to overlap."""
    if index == 0:
        return c1, s1, a1 + (a2 * c + b2 * s)
    if index == 1:
        return -s1, c1, b1 + (a2 * s + b2 * c)
    if index == 2:
        return c2, s2, a2 + (a1 * c + b1 * s)
    return -s2, c2, b2 + (a1 * s + b1 * c)


@kernel
def is_avoided(
    how: int, after: float, dx: float, dy: float, wx: float, wy: float, ux: float, uy: float,
    c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float, horizon: float,
) -> bool:  # fmt: skip
    """Whether braking (how 0) or swerving left (1) or right (2) after a time keeps box 1 from box 2.

    Box 1 moves with (wx, wy), box 2 with (ux, uy). Braking ends when box 1 stands, swerving at the horizon.
    """
    speed = math.sqrt(wx * wx + wy * wy)
    vx, vy = ux - wx, uy - wy
    x, y = dx + vx * after, dy + vy * after
    if how == 0:
        ax, ay, until = BRAKING * wx / speed, BRAKING * wy / speed, speed / BRAKING
    else:
        side = min(LATERAL, CURVATURE * speed * speed) * (1.0 if how == 1 else -1.0) / speed
        ax, ay, until = side * wy, -side * wx, max(0.0, horizon - after)
    return not touches_within(x, y, vx, vy, ax, ay, c1, s1, a1, b1, c2, s2, a2, b2, until)


@kernel
def last_moment(
    how: int, ttc: float, dx: float, dy: float, wx: float, wy: float, ux: float, uy: float,
    c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float, horizon: float,
) -> float:  # fmt: skip
    """The last time in [0, ttc] after which the manoeuvre still keeps the boxes apart [s]; 0 if none does."""
    if not is_avoided(how, 0.0, dx, dy, wx, wy, ux, uy, c1, s1, a1, b1, c2, s2, a2, b2, horizon):
        return 0.0
    low, high = 0.0, ttc
    for _ in range(ROUNDS):
        middle = 0.5 * (low + high)
        if is_avoided(how, middle, dx, dy, wx, wy, ux, uy, c1, s1, a1, b1, c2, s2, a2, b2, horizon):
            low = middle
        else:
            high = middle
    return low


@kernel
def _each(one: Array, two: Array, ttc: Array, horizon: float, out: Array) -> None:
    for i in range(len(out)):
        p, q = one[i], two[i]
        for how in range(3):
            out[i, how] = last_moment(
                how, ttc[i], q[0] - p[0], q[1] - p[1], p[5], p[6], q[5], q[6],
                math.cos(p[2]), math.sin(p[2]), 0.5 * p[3], 0.5 * p[4],
                math.cos(q[2]), math.sin(q[2]), 0.5 * q[3], 0.5 * q[4], horizon,
            )  # fmt: skip


def last_moments(
    one: Float[Array, "n 7"], two: Float[Array, "n 7"], ttc: Float[Array, "n"], horizon: float
) -> Float[Array, "n 3"]:
    """Last moments for box 1 to brake, to swerve left and to swerve right [s], columns as in `ttc`.

    `ttc` is the time to collision of each pair with constant velocities, which must exist.
    """
    out = np.zeros((len(one), 3))
    one, two, ttc = (np.ascontiguousarray(a, np.float64) for a in (one, two, ttc))
    _each(one, two, ttc, horizon, out)
    return out
