"""NAVSIM's comfort: of the past and a plan together, and between the plans of two frames.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_comfort_metrics.py.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.navsim.simulation import STEP
from simeval.metrics.nuplan.comfort import broken_bounds, comfort_signals, filtered_heading
from simeval.metrics.nuplan.ego import NuplanEgo

__all__ = ["EXTENDED_BOUNDS", "extended_differences", "is_consistent", "with_history"]

EXTENDED_BOUNDS = {"acceleration": 0.7, "jerk": 0.5, "yaw_rate": 0.1, "yaw_acceleration": 0.1}
"""Largest root mean square of the difference [m/s^2, m/s^3, rad/s, rad/s^2]."""


def with_history(ego: NuplanEgo, history: NuplanEgo | None) -> dict[str, int] | None:
    """The comfort bounds that the past and the plan together break, with the step; None without a past.

    Steps count from the plan's first. The past is taken every 0.1 s, without its last sample: a gap of 0.2 s
    counts as 0.1 s. Yaw rates of the past count as 0.
    """
    if history is None:
        return None
    past = _sampled(history)
    joined: dict[str, Any] = {
        field: np.concatenate([getattr(past, field), getattr(ego, field)])
        for field in ("rear_xy", "heading", "velocity", "acceleration", "yaw_rate", "yaw_acceleration")
    }
    count = len(joined["heading"])
    both = dataclasses.replace(ego, time=np.arange(count) * STEP, **joined)
    broken = broken_bounds(comfort_signals(both))
    return {name: step - past.num_steps for name, step in broken.items()}


def extended_differences(one: NuplanEgo, two: NuplanEgo) -> dict[str, float]:
    """Root mean square of the differences of two plans over the time that both cover."""
    first, second = _features(one), _features(two)
    return {name: float(np.sqrt(np.mean((first[name] - second[name]) ** 2))) for name in EXTENDED_BOUNDS}


def is_consistent(differences: dict[str, float]) -> bool:
    """Whether all four differences are within their bounds, which belong to them."""
    return all(differences[name] <= bound for name, bound in EXTENDED_BOUNDS.items())


def _features(ego: NuplanEgo) -> dict[str, Float[Array, "t"]]:
    """The yaw acceleration is of a parabola here, where the comfort bounds take a cubic."""
    signals = comfort_signals(ego)
    return {
        "acceleration": signals.acceleration, "jerk": signals.jerk, "yaw_rate": signals.yaw_rate,
        "yaw_acceleration": filtered_heading(ego, order=2, derivative=2),
    }  # fmt: skip


def _sampled(history: NuplanEgo) -> NuplanEgo:
    """Every 0.1 s from its start to 0.2 s before its end; linear in between."""
    count = max(0, round((history.time[-1] - history.time[0]) / STEP) - 1)
    at = history.time[0] + STEP * np.arange(count)

    def between(values: Array) -> Array:
        return np.column_stack([np.interp(at, history.time, column) for column in values.T])

    return dataclasses.replace(
        history, time=at, rear_xy=between(history.rear_xy),
        heading=np.interp(at, history.time, np.unwrap(history.heading)),
        velocity=between(history.velocity), acceleration=between(history.acceleration),
        yaw_rate=np.zeros(count), yaw_acceleration=np.zeros(count),
    )  # fmt: skip
