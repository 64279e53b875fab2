"""Any chain of trailers behind a steered vehicle: hitch angles from the motion of the first rear axle.

A coupling sits `offset` behind the rear axle of the body before (negative: ahead of it, as a fifth wheel)
and `wheelbase` ahead of the axle of the body it pulls. No wheel slips sideways, so with the hitch angle g
(heading of the body before minus own), speed v and yaw rate w of the body before,

    own speed    = v cos(g) + offset w sin(g)
    own yaw rate = (v sin(g) - offset w cos(g)) / wheelbase            g' = w - own yaw rate

body by body. Source: Altafini, Some properties of the general n-trailer, Int. J. Control 74 (2001) 409.
Axle groups act at their middle.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["pulled_motion", "trailers_step"]

SUBSTEP = 0.25  # path in one substep, in shortest wheelbases


@kernel
def pulled_motion(
    speed: float, yaw_rate: float, angle: float, offset: float, wheelbase: float
) -> tuple[float, float]:
    """Speed at the axle and yaw rate of a pulled body, from those of the body before."""
    c, s = math.cos(angle), math.sin(angle)
    return speed * c + offset * yaw_rate * s, (speed * s - offset * yaw_rate * c) / wheelbase


@kernel
def _num_substeps(
    offset: Array, wheelbase: Array, first: int, last: int, distance: float, turn: float
) -> int:
    shortest, path = wheelbase[first], math.fabs(distance)
    for k in range(first, last):
        shortest = min(shortest, wheelbase[k])
        path = max(path, math.fabs(distance) + math.fabs(offset[k] * turn))
    return max(1, int(math.ceil(path / (SUBSTEP * shortest))))


@kernel
def _substep(
    hitch: Array, offset: Array, wheelbase: Array, first: int, last: int, distance: float, turn: float
) -> None:
    """One step of the classical Runge-Kutta method of order 4 for the whole chain.

    A body depends only on those before it: its four stages follow from theirs, and the chain needs no
    scratch space.
    """
    v1 = v2 = v3 = v4 = distance
    w1 = w2 = w3 = w4 = turn
    for k in range(first, last):
        m, length, angle = offset[k], wheelbase[k], hitch[k]
        a1, b1 = pulled_motion(v1, w1, angle, m, length)
        a2, b2 = pulled_motion(v2, w2, angle + 0.5 * (w1 - b1), m, length)
        a3, b3 = pulled_motion(v3, w3, angle + 0.5 * (w2 - b2), m, length)
        a4, b4 = pulled_motion(v4, w4, angle + (w3 - b3), m, length)
        hitch[k] = angle + ((w1 - b1) + 2.0 * (w2 - b2) + 2.0 * (w3 - b3) + (w4 - b4)) / 6.0
        v1, v2, v3, v4 = a1, a2, a3, a4
        w1, w2, w3, w4 = b1, b2, b3, b4


@kernel
def trailers_step(
    hitch: Array, offset: Array, wheelbase: Array, limit: Array, first: int, last: int,
    distance: float, turn: float,
) -> int:  # fmt: skip
    """Moves the hitch angles `first` to `last` (excluded) of one vehicle, in place, in order from the front.

    Args:
        hitch: angles of many vehicles [rad].
        offset, wheelbase: of each coupling [m], see above.
        limit: largest angle of each [rad], beyond which bodies touch.
        first, last: the couplings of this vehicle.
        distance: path of the first body's rear axle in the step [m], negative in reverse.
        turn: its change of heading [rad]; speed and curvature are taken as constant in the step.

    Returns:
        The first coupling that is at its limit (jackknifed), -1 if there is none. It is kept at the limit.
    """
    jackknifed = -1
    if first >= last:
        return jackknifed
    count = _num_substeps(offset, wheelbase, first, last, distance, turn)
    for _ in range(count):
        _substep(hitch, offset, wheelbase, first, last, distance / count, turn / count)
        for k in range(first, last):
            if math.fabs(hitch[k]) >= limit[k]:
                hitch[k] = math.copysign(limit[k], hitch[k])
                if jackknifed < 0 or k < jackknifed:
                    jackknifed = k
    return jackknifed
