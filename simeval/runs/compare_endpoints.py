"""Failure rate and score before and after, with intervals and what could have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simeval.runs.compare_results import Endpoint, Limits
from simeval.runs.compare_units import averaged, flips_of, losses_of, scored
from simeval.statistics import (
    Interval,
    McNemar,
    clopper_pearson,
    cluster_mean,
    design_effect,
    detectable_mean,
    detectable_rise,
)

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["TESTS", "failures_of", "mcnemar_of", "scores_of"]

TESTS = 3  # failures, scores, families: the strictest step asks for alpha / 3
ONE_SIDED = 0.90  # two-sided confidence whose upper limit is one-sided at 95 %


def mcnemar_of(pairs: DataFrame) -> McNemar:
    """Flips of comparable pairs."""
    broke, fixed = (int((pairs["change"] == word).sum()) for word in ("broke", "fixed"))
    return McNemar(broke=broke, fixed=fixed, pairs=len(pairs))


def failures_of(pairs: DataFrame, limits: Limits) -> Endpoint:
    """The failure rate over comparable pairs. Its limits are the wider of two: over clusters, and the exact
    one over pairs, which is not nothing where nothing flipped."""
    units = flips_of(pairs)
    table = mcnemar_of(pairs)
    wide = cluster_mean(units.values, units.clusters, "failures", ONE_SIDED).hull(table.interval(ONE_SIDED))
    effect = design_effect(units.values, units.clusters)
    level = limits.alpha / TESTS
    n = len(pairs)
    seen = detectable_rise(n, table.fixed / n, level, effect=effect)
    return Endpoint(
        before=clopper_pearson(int(pairs["failed_a"].sum()), n),
        after=clopper_pearson(int(pairs["failed_b"].sum()), n),
        change=cluster_mean(units.values, units.clusters, "failures").hull(table.interval()),
        limit=wide.high, margin=limits.margin, is_within_margin=_below(wide.high, limits.margin),
        detectable=seen, detectable_reason="" if seen is not None else "too few pairs",
        pairs=n, clusters=units.grouped.count, design_effect=effect,
        correlation=_correlation(pairs["failed_a"], pairs["failed_b"]),
    )  # fmt: skip


def scores_of(pairs: DataFrame, limits: Limits) -> Endpoint | None:
    """The mean score, over pairs in which both have one; None where no pair does."""
    both = scored(pairs)
    if both.empty:
        return None
    units = losses_of(both)
    wide = cluster_mean(units.values, units.clusters, "scores", ONE_SIDED)
    seen = detectable_mean(units.grouped, limits.alpha / TESTS) if units.grouped.count > 1 else None
    return Endpoint(
        before=_mean(both, "total_a"), after=_mean(both, "total_b"),
        change=cluster_mean(units.values, units.clusters, "scores").mirrored,
        limit=wide.high, margin=limits.score_margin,
        is_within_margin=_below(wide.high, limits.score_margin),
        detectable=seen, detectable_reason="" if seen else "no two scores differ, or there is one scenario",
        pairs=len(both), clusters=units.grouped.count,
        design_effect=design_effect(units.values, units.clusters),
        correlation=_correlation(both["total_a"], both["total_b"]),
    )  # fmt: skip


def _mean(pairs: DataFrame, column: str) -> Interval:
    units = averaged(pairs, pairs[column].to_numpy(dtype=float))
    return cluster_mean(units.values, units.clusters, "level")


def _below(limit: float | None, margin: float) -> bool:
    return limit is not None and limit < margin


def _correlation(a: object, b: object) -> float | None:
    """Pearson's; None where one of the two does not vary."""
    x, y = (np.asarray(side, dtype=float) for side in (a, b))
    if len(x) < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(np.corrcoef(x, y)[0, 1])
