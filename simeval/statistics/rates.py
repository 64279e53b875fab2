"""Rates of independent yes-or-no outcomes."""

from __future__ import annotations

from scipy import stats

from simeval.statistics.interval import CONFIDENCE, Interval

__all__ = ["clopper_pearson", "imbalance_p"]


def clopper_pearson(count: int, total: int, confidence: float = CONFIDENCE) -> Interval:
    """Exact two-sided interval of a rate: it covers the truth at least as often as it says.

    Source: Clopper & Pearson, Biometrika 26, 404 (1934), by quantiles of the beta distribution. Of no trial
    at all there is no rate.
    """
    if total == 0:
        return Interval(value=None, confidence=confidence, reason="nothing was judged")
    tail = (1.0 - confidence) / 2.0
    low = float(stats.beta.ppf(tail, count, total - count + 1)) if count else 0.0
    high = float(stats.beta.isf(tail, count + 1, total - count)) if count < total else 1.0
    return Interval(
        value=count / total, low=low, high=high, confidence=confidence, method="Clopper-Pearson, exact"
    )


def imbalance_p(first: int, second: int) -> float:
    """Two-sided exact p that `first` and `second` are counts of two equally likely things."""
    if first + second == 0:
        return 1.0
    return float(stats.binomtest(first, first + second, 0.5).pvalue)
