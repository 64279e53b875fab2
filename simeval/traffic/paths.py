"""The line an agent follows: recorded or drawn points, thinned, with headings and a speed cap for curves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import allocating_kernel, inlined_kernel
from simeval.scenario.agents import States
from simeval.traffic.thinning import curve_caps, spaced, thin, unwrap

__all__ = ["PARKED_BELOW", "Path", "drawn_path", "logged_path", "speed_cap_at"]

PARKED_BELOW = 2.0  # [m] a recorded path that is shorter belongs to a parked vehicle
LOG_SPACING = 0.3  # [m] recorded points closer together are one: noise at standstill has no direction
SIDEWAYS = 0.5  # cosine; a recorded heading farther from the motion is not believed


class Path(NamedTuple):
    """n points of a path; between two points position and heading are linear, the square of `cap` too."""

    s: Array  # arc length [m]
    x: Array  # [m]
    y: Array
    heading: Array  # unwrapped [rad]
    cap: Array  # highest comfortable speed [m/s]
    ux: Array  # direction of the segment that starts here
    uy: Array


@inlined_kernel
def speed_cap_at(s: Array, cap: Array, i: int, at: float) -> float:
    """The cap at arc length `at` in segment i [m/s]."""
    t = min(max((at - s[i]) / (s[i + 1] - s[i]), 0.0), 1.0)
    return math.sqrt(cap[i] * cap[i] + t * (cap[i + 1] * cap[i + 1] - cap[i] * cap[i]))


@allocating_kernel
def _through(x: Array, y: Array, h: Array, least: Array) -> Array:
    """The rows of a path through points with headings, on which `least` is always comfortable [m/s]."""
    keep = np.zeros(len(x), dtype=np.int64)
    n = thin(x, y, h, keep)
    out = np.zeros((7, n))
    for k in range(n):
        i = keep[k]
        out[1, k], out[2, k], out[3, k], out[4, k] = x[i], y[i], h[i], least[i]
    for k in range(n - 1):
        dx, dy = out[1, k + 1] - out[1, k], out[2, k + 1] - out[2, k]
        step = math.sqrt(dx * dx + dy * dy)
        out[0, k + 1] = out[0, k] + step
        out[5, k], out[6, k] = dx / step, dy / step
    out[5, n - 1], out[6, n - 1] = out[5, n - 2], out[6, n - 2]
    curve_caps(out[0], out[3], out[4])
    return out


@allocating_kernel
def _drawn(line: Array) -> Array:
    x, y = line[:, 0].copy(), line[:, 1].copy()
    kept = np.zeros(len(x), dtype=np.int64)
    n = spaced(x, y, np.ones(len(x), dtype=np.bool_), 0, 1e-3, kept)
    if n < 2:
        return np.zeros((7, 0))
    x, y = x[kept[:n]], y[kept[:n]]
    dx, dy = np.diff(x), np.diff(y)
    chord, step = np.arctan2(dy, dx), np.sqrt(dx * dx + dy * dy)
    unwrap(chord)
    h = np.zeros(n)
    h[0], h[n - 1] = chord[0], chord[n - 2]
    for k in range(1, n - 1):
        h[k] = (chord[k - 1] * step[k] + chord[k] * step[k - 1]) / (step[k] + step[k - 1])
    return _through(x, y, h, np.zeros(n))


@allocating_kernel
def _logged(xy: Array, heading: Array, speed: Array, valid: Array, a: int, first: int) -> Array:
    x, y = xy[:, a, 0].copy(), xy[:, a, 1].copy()
    kept = np.zeros(len(x), dtype=np.int64)
    n = spaced(x, y, valid[:, a].copy(), first, LOG_SPACING, kept)
    if n < 2:
        return np.zeros((7, 0))
    at = kept[:n]
    x, y, h = x[at], y[at], heading[:, a].copy()[at]
    dx, dy = np.diff(x), np.diff(y)
    step, motion = np.sqrt(dx * dx + dy * dy), np.arctan2(dy, dx)
    forward = np.cos(motion - h[:-1])
    if step.sum() < PARKED_BELOW or (forward * step).sum() < 0.0:
        return np.zeros((7, 0))
    for k in range(n - 1):
        if forward[k] < SIDEWAYS:
            h[k] = motion[k]
    unwrap(h)
    return _through(x, y, h, np.maximum(speed[:, a].copy()[at], 0.0))


def _path(rows: Array) -> Path | None:
    return Path(*rows) if rows.shape[1] else None


def drawn_path(xy: Float[Array, "n 2"]) -> Path | None:
    """The path along a drawn line; headings are those of its tangents. None when it has no length."""
    return _path(_drawn(np.ascontiguousarray(xy, dtype=np.float64)))


def logged_path(states: States, speed: Float[Array, "t a"], agent: int, first: int) -> Path | None:
    """The path of a recorded track from step `first` on, with its recorded headings.

    None for a parked vehicle (shorter than 2 m) and for one that mostly drives backwards. A driver may
    always go as fast as the recorded one did at that place; `speed` is that of all agents [m/s].
    """
    return _path(_logged(states.xy, states.heading, speed, states.valid, agent, first))
