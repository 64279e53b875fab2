"""Where two lines come near each other: stretches on both, compared point by point."""

from __future__ import annotations

import math

import numpy as np

from simeval.arrays import Array
from simeval.kernel import allocating_kernel, kernel

__all__ = ["runs_between"]

COLUMNS = 9


@kernel
def _nearest(p: Array, i: int, q: Array) -> tuple[int, float]:
    best, at = math.inf, 0
    for j in range(len(q)):
        dx, dy = q[j, 1] - p[i, 1], q[j, 2] - p[i, 2]
        d2 = dx * dx + dy * dy
        if d2 < best:
            best, at = d2, j
    return at, math.sqrt(best)


@kernel
def _widen(p: Array, i: int, q: Array, width: float, run: Array) -> None:
    """Extends the part on q by every point that is near point i."""
    for j in range(len(q)):
        dx, dy = q[j, 1] - p[i, 1], q[j, 2] - p[i, 2]
        if dx * dx + dy * dy < width * width:
            run[2], run[3] = min(run[2], j), max(run[3], j)


@allocating_kernel
def _runs(p: Array, q: Array, width: float) -> Array:
    out = np.zeros((len(p), COLUMNS))
    count, open_run = 0, False
    for i in range(len(p)):
        j, gap = _nearest(p, i, q)
        if gap >= width:
            if open_run:
                count += 1
            open_run = False
            continue
        along = p[i, 3] * q[j, 3] + p[i, 4] * q[j, 4]
        run = out[count]
        if not open_run:
            open_run = True
            run[0], run[2], run[3], run[4], run[5], run[7] = i, j, j, gap, gap, along
        run[1], run[4], run[6], run[8] = i, min(run[4], gap), gap, along
        _widen(p, i, q, width, run)
    return out[: count + 1 if open_run else count].copy()


def runs_between(
    p: Array, q: Array, width: float
) -> list[tuple[int, int, int, int, float, float, float, float, float]]:
    """Stretches of two lines nearer than `width` [m], along the first.

    Args:
        p, q: [n, 5] arc length, x, y, direction of close points.
        width: [m].

    Returns:
        For each: first and last point on p, on q; the least distance, that at the first and at the last point
        of p [m]; the cosine of the angle between both directions there.
    """
    return [
        (
            int(r[0]),
            int(r[1]),
            int(r[2]),
            int(r[3]),
            float(r[4]),
            float(r[5]),
            float(r[6]),
            float(r[7]),
            float(r[8]),
        )
        for r in _runs(p, q, width)
    ]
