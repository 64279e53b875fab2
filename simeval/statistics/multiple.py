"""Several tests at once: corrections, and which tests can say anything at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from simeval.arrays import Array

__all__ = ["answerable", "holm", "simes", "step_up"]


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values that hold the chance of any false alarm (Holm, Scand. J. Statist. 6, 1979)."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(x) for x in adjusted]


def step_up(p: Sequence[float]) -> list[float]:
    """Adjusted p-values that hold the share of false ones (Benjamini & Hochberg, JRSS B 57, 1995)."""
    return [float(x) for x in stats.false_discovery_control(list(p), method="bh")] if len(p) else []


def simes(p: Sequence[float]) -> float:
    """p of "none of these hypotheses is wrong" (Simes, Biometrika 73, 1986); of no test it is 1."""
    return min(step_up(p), default=1.0)


def answerable(smallest_p: Sequence[float], alpha: float) -> Bool[Array, "n"]:
    """Which of several exact tests can reach significance at all, given how little each has seen.

    Tests that cannot are left out of the correction: their smallest possible p is known without looking
    at the direction of anything.
    Source: Tarone, Biometrics 46, 515 (1990); combined with the step-up procedure by Gilbert, Appl.
    Statist. 54, 143 (2005).
    """
    least: Float[Array, "n"] = np.asarray(smallest_p, dtype=np.float64)
    divisor = next((k for k in range(1, len(least) + 1) if np.count_nonzero(least <= alpha / k) <= k), 1)
    return least <= alpha / divisor
