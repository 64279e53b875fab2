"""The line an agent follows: recorded or drawn points, thinned, with headings and a speed cap for curves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel

__all__ = ["PARKED_BELOW", "Path", "drawn_path", "logged_path", "speed_cap_at"]

PARKED_BELOW = 2.0  # [m] a recorded path that is shorter belongs to a parked vehicle
CHORD_ERROR = 0.02  # [m] points closer than this to the chord are left out
HEADING_ERROR = 0.02  # [rad] likewise for the linearly interpolated heading
LATERAL_COMFORT = 3.0  # [m/s^2] lateral acceleration a driver accepts in a curve
CURVE_BRAKING = 1.5  # [m/s^2] deceleration with which one slows down for a curve


class Path(NamedTuple):
    """n points of a path; between two points position and heading are linear, the square of `cap` too."""

    s: Array  # arc length [m]
    x: Array  # [m]
    y: Array
    heading: Array  # unwrapped [rad]
    cap: Array  # highest comfortable speed [m/s]
    ux: Array  # direction of the segment that starts here
    uy: Array


@kernel
def _thin(x: Array, y: Array, h: Array, keep: Array) -> int:
    """Marks the points to keep: each chord stays within the two tolerances; returns how many."""
    keep[0] = 0
    n, i, count = len(x), keep[0], 1
    while i < n - 1:
        j = i + 1
        while j + 1 < n and _chord_holds(x, y, h, i, j + 1):
            j += 1
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
def _caps(s: Array, h: Array, least: Array, cap: Array) -> None:
    """Speed cap from lateral comfort, never below `least`, with a braking ramp before each curve."""
    n = len(s)
    for i in range(n):
        before, after = max(i - 1, 0), min(i + 1, n - 1)
        length = s[after] - s[before]
        bend = math.fabs(h[after] - h[before]) / length if length > 0.0 else 0.0
        cap[i] = max(math.sqrt(LATERAL_COMFORT / max(bend, 1e-6)), least[i])
    for i in range(n - 2, -1, -1):
        ramp = math.sqrt(cap[i + 1] * cap[i + 1] + 2.0 * CURVE_BRAKING * (s[i + 1] - s[i]))
        cap[i] = min(cap[i], ramp)


@kernel
def speed_cap_at(s: Array, cap: Array, i: int, at: float) -> float:
    """The cap at arc length `at` in segment i [m/s]."""
    t = min(max((at - s[i]) / (s[i + 1] - s[i]), 0.0), 1.0)
    return math.sqrt(cap[i] * cap[i] + t * (cap[i + 1] * cap[i + 1] - cap[i] * cap[i]))


@kernel
def _spaced(x: Array, y: Array, valid: Array, first: int, least: float, out: Array) -> int:
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
def _unwrap(h: Array) -> None:
    for i in range(1, len(h)):
        h[i] = h[i - 1] + wrap_angle(h[i] - h[i - 1])


def _finish(x: Array, y: Array, heading: Array, least: Array) -> Path:
    keep = np.zeros(len(x), dtype=np.int64)
    kept = keep[: _thin(x, y, heading, keep)]
    x, y, heading, least = x[kept], y[kept], heading[kept], least[kept]
    step = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2)
    s = np.concatenate([np.zeros(1), np.cumsum(step)])
    cap = np.zeros(len(x))
    _caps(s, heading, least, cap)
    ux, uy = np.diff(x) / step, np.diff(y) / step
    return Path(s, x, y, heading, cap, np.append(ux, ux[-1]), np.append(uy, uy[-1]))


def drawn_path(xy: Float[Array, "n 2"]) -> Path | None:
    """The path along a drawn line; headings are those of its tangents. None when it has no length."""
    line = np.ascontiguousarray(xy, dtype=np.float64)
    x, y = line[:, 0].copy(), line[:, 1].copy()
    out = np.zeros(len(x), dtype=np.int64)
    kept = out[: _spaced(x, y, np.ones(len(x), dtype=np.bool_), 0, 1e-3, out)]
    if len(kept) < 2:
        return None
    x, y = x[kept], y[kept]
    chord = np.arctan2(np.diff(y), np.diff(x))
    _unwrap(chord)
    step = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2)
    heading = np.concatenate(
        [chord[:1], (chord[:-1] * step[1:] + chord[1:] * step[:-1]) / (step[1:] + step[:-1]), chord[-1:]]
    )
    return _finish(x, y, heading, np.zeros(len(x)))


def logged_path(
    xy: Float[Array, "t 2"], heading: Float[Array, "t"], speed: Float[Array, "t"], valid: Array, first: int
) -> Path | None:
    """The path of a recorded track from step `first` on, with its recorded headings.

    None for a parked vehicle (shorter than 2 m) and for one that mostly drives backwards. A driver may
    always go as fast as the recorded one did at that place.
    """
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    out = np.zeros(len(x), dtype=np.int64)
    kept = out[: _spaced(x, y, np.ascontiguousarray(valid), first, 0.3, out)]
    if len(kept) < 2:
        return None
    x, y, h = x[kept], y[kept], heading[kept].copy()
    step = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2)
    if step.sum() < PARKED_BELOW:
        return None
    motion = np.arctan2(np.diff(y), np.diff(x))
    forward = np.cos(motion - h[:-1])
    if (forward * step).sum() < 0.0:
        return None
    sideways = forward < 0.5  # the recorded heading does not fit the motion: take that of the motion
    h[:-1][sideways] = motion[sideways]
    _unwrap(h)
    return _finish(x, y, h, np.maximum(speed[kept], 0.0))
