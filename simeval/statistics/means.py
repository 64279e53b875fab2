"""Means over rows that come in clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import stats

from simeval.arrays import Array
from simeval.statistics.clusters import Clusters
from simeval.statistics.interval import CONFIDENCE, Interval
from simeval.statistics.keyed import generator_for

__all__ = ["FEW_CLUSTERS", "cluster_mean", "standard_error"]

MANY_CLUSTERS = 2_000  # above this the sum is as good as normal, and a bootstrap only slow
FEW_CLUSTERS = 20  # below this a bootstrap of clusters covers less than it says
RESAMPLES = 4_999
LARGEST_DRAW = 2_000_000  # numbers held at once while resampling


def cluster_mean(
    values: Float[Array, "n"], clusters: Sequence[str], key: str, confidence: float = CONFIDENCE
) -> Interval:
    """Mean of `values` with an interval that takes clusters, not rows, for independent.

    From 20 to 2,000 clusters the bias-corrected and accelerated bootstrap of the ratio of summed sums and
    summed sizes, whole clusters drawn, keyed by `key` (Efron, JASA 82, 1987; scipy.stats.bootstrap).
    Else Student's t with k - 1 degrees of freedom on the linearised ratio (Cameron & Miller, J. Human
    Resources 50, 2015, sec. VI). One cluster, or none, has no interval.
    """
    grouped = Clusters.of(values, clusters)
    if grouped.count == 0:
        return Interval(value=None, confidence=confidence, reason="nothing is defined here")
    if grouped.count == 1:
        why = "one cluster says nothing about others"
        return Interval(value=grouped.mean, confidence=confidence, reason=why)
    error = standard_error(grouped)
    if error == 0.0:
        mean, method = grouped.mean, "all clusters agree"
        return Interval(value=mean, low=mean, high=mean, confidence=confidence, method=method)
    if grouped.count < FEW_CLUSTERS or grouped.count > MANY_CLUSTERS:
        return _student(grouped, error, confidence)
    return _bootstrap(grouped, key, confidence)


def standard_error(grouped: Clusters) -> float:
    """Standard error of the mean over all members, from the spread of clusters around it."""
    k, members = grouped.count, float(grouped.sizes.sum())
    if k < 2:
        return math.nan
    residual = grouped.sums - grouped.mean * grouped.sizes
    size = float(np.abs(grouped.sums).sum())
    spread = float((residual**2).sum())
    # What is left of equal numbers after rounding is no spread.
    return math.sqrt(k / (k - 1) * spread) / members if spread > (1e-12 * size) ** 2 else 0.0


def _student(grouped: Clusters, error: float, confidence: float) -> Interval:
    df = grouped.count - 1
    reach = float(stats.t.ppf(0.5 + confidence / 2.0, df)) * error
    mean = grouped.mean
    method = f"Student's t over {grouped.count} clusters"
    return Interval(value=mean, low=mean - reach, high=mean + reach, confidence=confidence, method=method)


def _bootstrap(grouped: Clusters, key: str, confidence: float) -> Interval:
    found = stats.bootstrap(
        (grouped.sums, grouped.sizes.astype(np.float64)), _ratio, paired=True, vectorized=True, method="BCa",
        confidence_level=confidence, n_resamples=RESAMPLES, rng=generator_for("bootstrap", key),
        batch=max(1, LARGEST_DRAW // grouped.count),
    )  # fmt: skip
    low, high = (float(x) for x in found.confidence_interval)
    mean = grouped.mean
    if not (math.isfinite(low) and math.isfinite(high)):  # every draw on one side of the estimate
        return _student(grouped, standard_error(grouped), confidence)
    method = f"bootstrap of {grouped.count} clusters (BCa)"
    return Interval(value=mean, low=low, high=high, confidence=confidence, method=method)


def _ratio(sums: Float[Array, "..."], sizes: Float[Array, "..."], axis: int = -1) -> Float[Array, "..."]:
    ratio: Float[Array, "..."] = sums.sum(axis=axis) / sizes.sum(axis=axis)
    return ratio
