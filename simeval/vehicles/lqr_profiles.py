"""Speed and curvature along a plan, by the regularised least squares of nuPlan's tracker.

There the unknowns are a first value and its derivatives, and a pseudo-inverse of the whole plan is
taken. Written in the values of the profile themselves, which is the same problem by an invertible
change of variables, each point has its own data term and the penalties couple neighbours only: the
normal equations have five diagonals for the speed and three for the curvature, and the solution costs
a few operations a point.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.vehicles.plans import principal_angle

__all__ = ["STEP", "fit_curvatures", "fit_profiles", "fit_speeds", "num_samples"]

STEP = 0.1  # spacing of profiles [s]
JERK_PENALTY = 1e-4
CURVATURE_RATE_PENALTY = 1e-2
FIRST_CURVATURE_PENALTY = 1e-10  # makes the curvature of a plan that stands still unique: zero


def num_samples(duration: float) -> int:
    """How many poses, `STEP` apart, lie on a plan of so many seconds; at least two.

    Times are compared to the microsecond, as nuPlan keeps them.
    """
    return max(2, int(math.floor(duration / STEP + 1e-5)) + 1)


@kernel
def _stiffness(k: int, count: int) -> tuple[float, float, float]:
    """Row k of D'D on and right of the diagonal; D takes the second differences of `count` values."""
    first = 1.0 if k <= count - 3 else 0.0
    middle = 1.0 if 1 <= k <= count - 2 else 0.0
    last = 1.0 if k >= 2 else 0.0
    return first + 4.0 * middle + last, -2.0 * (first + middle), first


@kernel
def fit_speeds(samples: Array, speeds: Array, work: Array) -> None:
    """Speed [m/s] of each of m intervals between m + 1 sampled poses.

    Minimises sum |d_k - (cos, sin) h v_k|^2 + JERK_PENALTY sum (a_j+1 - a_j)^2 with h = STEP and
    a_j = (v_j+1 - v_j) / h. Divided by h^2 the normal equations are (I + p D'D) v = d / h, where d_k is
    the displacement along the heading and p = JERK_PENALTY / h^4; solved by L diag L'.

    Args:
        samples: [m + 1, 3] poses.
        speeds: [m], filled.
        work: [m, 3] scratch: pivots and the two diagonals of L.
    """
    count, weight = len(speeds), JERK_PENALTY / (STEP * STEP * STEP * STEP)
    for k in range(count):
        own, next1, next2 = _stiffness(k, count)
        heading = samples[k, 2]
        dx, dy = samples[k + 1, 0] - samples[k, 0], samples[k + 1, 1] - samples[k, 1]
        pivot, right = 1.0 + weight * own, weight * next1
        value = (math.cos(heading) * dx + math.sin(heading) * dy) / STEP
        if k >= 1:
            pivot -= work[k - 1, 1] * work[k - 1, 1] * work[k - 1, 0]
            right -= work[k - 1, 1] * work[k - 1, 2] * work[k - 1, 0]
            value -= work[k - 1, 1] * speeds[k - 1]
        if k >= 2:
            pivot -= work[k - 2, 2] * work[k - 2, 2] * work[k - 2, 0]
            value -= work[k - 2, 2] * speeds[k - 2]
        work[k, 0], work[k, 1], work[k, 2] = pivot, right / pivot, weight * next2 / pivot
        speeds[k] = value
    for k in range(count - 1, -1, -1):
        value = speeds[k] / work[k, 0]
        if k + 1 < count:
            value -= work[k, 1] * speeds[k + 1]
        if k + 2 < count:
            value -= work[k, 2] * speeds[k + 2]
        speeds[k] = value


@kernel
def fit_curvatures(samples: Array, speeds: Array, curvatures: Array, work: Array) -> None:
    """Curvature [1/m] of the path in each of m intervals, given the speeds.

    Minimises sum (dpsi_k - v_k h c_k)^2 + CURVATURE_RATE_PENALTY sum ((c_j+1 - c_j) / h)^2
    + FIRST_CURVATURE_PENALTY c_0^2. Elimination from the end, with the couplings taken out of the pivots,
    adds positive numbers only: it is exact to the last digits however slow the plan, where the matrix
    itself is close to singular.

    Args:
        samples: [m + 1, 3] poses.
        speeds: [m].
        curvatures: [m], filled.
        work: [m, >= 2] scratch: own weight and own side of each point, those behind it eliminated.
    """
    count, coupling = len(speeds), CURVATURE_RATE_PENALTY / (STEP * STEP)
    for k in range(count - 1, -1, -1):
        travelled = speeds[k] * STEP
        weight = travelled * travelled
        side = travelled * principal_angle(samples[k + 1, 2] - samples[k, 2])
        if k == 0:
            weight += FIRST_CURVATURE_PENALTY
        if k + 1 < count:
            share = coupling / (coupling + work[k + 1, 0])
            weight += work[k + 1, 0] * share
            side += work[k + 1, 1] * share
        work[k, 0], work[k, 1] = weight, side
    curvatures[0] = work[0, 1] / work[0, 0]
    for k in range(1, count):
        curvatures[k] = (work[k, 1] + coupling * curvatures[k - 1]) / (coupling + work[k, 0])


@kernel
def fit_profiles(samples: Array, speeds: Array, curvatures: Array, work: Array) -> None:
    """Speeds, then curvatures; shapes as above."""
    fit_speeds(samples, speeds, work)
    fit_curvatures(samples, speeds, curvatures, work)
