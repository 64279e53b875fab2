"""nuPlan's six comfort bounds, with its filters.

Source: motional/nuplan-devkit e924167, metrics/utils/state_extractors.py and evaluation_metrics/common.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.nuplan.ego import NuplanEgo

__all__ = [
    "BOUNDS",
    "LEAST_STEPS",
    "ComfortSignals",
    "broken_bounds",
    "comfort_signals",
    "filtered_heading",
    "statistics",
]

LEAST_STEPS = 4  # the filter of the yaw acceleration has order 3; nuPlan raises for fewer samples
DECIMALS = 8
ACCELERATION_WINDOW, JERK_WINDOW, YAW_WINDOW = 8, 15, 5

BOUNDS: dict[str, tuple[float, float]] = {
    "lon_acceleration": (-4.05, 2.40),  # [m/s^2]
    "lat_acceleration": (-4.89, 4.89),
    "jerk": (-8.37, 8.37),  # [m/s^3]
    "lon_jerk": (-4.13, 4.13),
    "yaw_rate": (-0.95, 0.95),  # [rad/s]
    "yaw_acceleration": (-1.93, 1.93),  # [rad/s^2]
}
"""Lower and upper bound of each signal; both must be kept strictly, at every step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ComfortSignals:
    """Smoothed motion of the ego, rounded to 8 decimals as nuPlan has it."""

    acceleration: Float[Array, "t"]  # magnitude at the rear axle [m/s^2]
    lon_acceleration: Float[Array, "t"]  # of the centre, in nuPlan's form
    lat_acceleration: Float[Array, "t"]
    jerk: Float[Array, "t"]  # rate of the magnitude, not the magnitude of the rate [m/s^3]
    lon_jerk: Float[Array, "t"]
    lat_jerk: Float[Array, "t"]
    yaw_rate: Float[Array, "t"]  # from the heading, not from the recorded yaw rate [rad/s]
    yaw_acceleration: Float[Array, "t"]  # [rad/s^2]


def comfort_signals(ego: NuplanEgo) -> ComfortSignals:
    """All signals of a trajectory of at least 4 states.

    The window of the acceleration filter is even (8): SciPy then shifts everything but the first and last
    four samples half a step ahead. Jerk is the derivative of the smoothed and rounded acceleration. The yaw
    filters use 5 samples although nuPlan's signatures say 15.

    Raises:
        ValueError: with fewer than 4 states, where nuPlan raises too.
    """
    if ego.num_steps < LEAST_STEPS:
        raise ValueError(f"{ego.num_steps} states; the yaw acceleration needs {LEAST_STEPS}")
    magnitude = np.hypot(ego.acceleration[:, 0], ego.acceleration[:, 1])
    raw = np.column_stack([magnitude, ego.centre_acceleration])
    smooth = _filtered(raw, ACCELERATION_WINDOW, order=2)
    jerk = _filtered(smooth, JERK_WINDOW, order=2, derivative=1, dt=ego.dt)
    return ComfortSignals(
        acceleration=smooth[:, 0], lon_acceleration=smooth[:, 1], lat_acceleration=smooth[:, 2],
        jerk=jerk[:, 0], lon_jerk=jerk[:, 1], lat_jerk=jerk[:, 2],
        yaw_rate=filtered_heading(ego, order=2, derivative=1),
        yaw_acceleration=filtered_heading(ego, order=3, derivative=2),
    )  # fmt: skip


def filtered_heading(ego: NuplanEgo, *, order: int, derivative: int) -> Float[Array, "t"]:
    """A derivative of the heading by nuPlan's yaw filter, of polynomials of an order [rad/s^derivative]."""
    return _filtered(_unwrapped(ego.heading), YAW_WINDOW, order=order, derivative=derivative, dt=ego.dt)


def broken_bounds(signals: ComfortSignals) -> dict[str, int]:
    """Each bound that is not kept, with the first step at which it is not."""
    broken = {}
    for name, (low, high) in BOUNDS.items():
        series = getattr(signals, name)
        out = ~((series > low) & (series < high))
        if out.any():
            broken[name] = int(np.argmax(out))
    return broken


def statistics(series: Float[Array, "t"]) -> dict[str, float]:
    """Largest, smallest and mean value, and the 90th percentile with its sign, as nuPlan reports them.

    The percentile is an observation. NumPy 1, with which nuPlan runs, and NumPy 2 take another one of two
    that are equally near; this is that of NumPy 1.
    """
    rank = 0.9 * len(series) - 1.5
    below = math.floor(rank)
    at = below if below == rank and below % 2 == 0 else below + 1
    p90 = np.sort(series)[max(at, 0)]
    return {"max": series.max(), "min": series.min(), "avg": series.mean(), "p90": p90}


def _filtered(values: Array, window: int, *, order: int, derivative: int = 0, dt: float = 1.0) -> Array:
    smooth = _operator(len(values), min(window, len(values)), order, derivative) @ values
    return np.asarray(np.round(smooth / dt**derivative, DECIMALS))


@lru_cache(maxsize=64)
def _operator(length: int, window: int, order: int, derivative: int) -> Float[Array, "t t"]:
    """SciPy's filter as a matrix: it is linear, and fitting its edges again each time is most of its cost."""
    from scipy.signal import savgol_filter  # half a second to import; most commands never filter

    return np.asarray(savgol_filter(np.eye(length), window, order, deriv=derivative, axis=0))


def _unwrapped(heading: Float[Array, "t"]) -> Float[Array, "t"]:
    """Without jumps of whole turns; a step of exactly half a turn goes the way that round() takes it."""
    turns = np.zeros_like(heading)
    turns[1:] = np.cumsum(np.round(np.diff(heading) / (2.0 * np.pi)))
    return np.asarray(heading - 2.0 * np.pi * turns)
