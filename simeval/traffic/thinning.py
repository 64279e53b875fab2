"""From many recorded or drawn points to the few that a path needs, and its speed cap."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel

__all__ = ["curve_caps", "spaced", "thin", "unwrap"]

CHORD_ERROR = 0.02  # [m] points closer than this to the chord are left out
HEADING_ERROR = 0.02  # [rad] likewise for the linearly interpolated heading
LATERAL_COMFORT = 3.0  # [m/s^2] lateral acceleration a driver accepts in a curve
CURVE_BRAKING = 1.5  # [m/s^2] deceleration with which one slows down for a curve


@kernel
def thin(x: Array, y: Array, h: Array, keep: Array) -> int:
    """Marks the points to keep: each chord stays within the two tolerances; returns how many.

    A chord is lengthened in doubling strides, then in halving ones, so that n points take n log n checks.
    """
    keep[0] = 0
    n, i, count = len(x), keep[0], 1
    while i < n - 1:
        j, stride = i + 1, 1
        while j + stride < n and _chord_holds(x, y, h, i, j + stride):
            j += stride
            stride *= 2
        while stride > 1:
            stride //= 2
            if j + stride < n and _chord_holds(x, y, h, i, j + stride):
                j += stride
        keep[count] = j
        count += 1
        i = j
    return count


@kernel
def _chord_holds(x: Array, y: Array, h: Array, i: int, j: int) -> bool:
    ex, ey = x[j] - x[i], y[j] - y[i]
    length2 = ex * ex + ey * ey
    if length2 == 0.0:
        return False
    length = math.sqrt(length2)
    for k in range(i + 1, j):
        rx, ry = x[k] - x[i], y[k] - y[i]
        t = (rx * ex + ry * ey) / length2
        if math.fabs(ex * ry - ey * rx) > CHORD_ERROR * length or not 0.0 < t < 1.0:
            return False
        if math.fabs(h[k] - (h[i] + t * (h[j] - h[i]))) > HEADING_ERROR:
            return False
    return True


@kernel
def curve_caps(s: Array, h: Array, cap: Array) -> None:
    """Raises `cap` to what lateral comfort allows, and puts a braking ramp before each curve."""
    n = len(s)
    for i in range(n):
        before, after = max(i - 1, 0), min(i + 1, n - 1)
        length = s[after] - s[before]
        bend = math.fabs(h[after] - h[before]) / length if length > 0.0 else 0.0
        cap[i] = max(math.sqrt(LATERAL_COMFORT / max(bend, 1e-6)), cap[i])
    for i in range(n - 2, -1, -1):
        ramp = math.sqrt(cap[i + 1] * cap[i + 1] + 2.0 * CURVE_BRAKING * (s[i + 1] - s[i]))
        cap[i] = min(cap[i], ramp)


@kernel
def spaced(x: Array, y: Array, valid: Array, first: int, least: float, out: Array) -> int:
    """Indices of valid points from `first` on that are `least` apart; the first is always kept."""
    count, last = 0, -1
    for t in range(first, len(x)):
        if not valid[t]:
            continue
        if last >= 0:
            dx, dy = x[t] - x[last], y[t] - y[last]
            if dx * dx + dy * dy < least * least:
                continue
        out[count] = t
        count += 1
        last = t
    return count


@kernel
def unwrap(h: Array) -> None:
    """Adds whole turns so that no two neighbours differ by more than half a turn."""
    for i in range(1, len(h)):
        h[i] = h[i - 1] + wrap_angle(h[i] - h[i - 1])
