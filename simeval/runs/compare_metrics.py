"""What was measured, before and after: hints at why, never a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simeval.metrics import METRICS
from simeval.runs.compare_results import MetricRow
from simeval.runs.compare_units import averaged
from simeval.runs.headline import MAIN_METRICS
from simeval.statistics import cluster_mean, sign_flip, step_up

if TYPE_CHECKING:
    from pandas import DataFrame

    from simeval.runs.compare_sides import Side

__all__ = ["compared_metrics", "metric_rows"]


@dataclass(frozen=True)
class _Metric:
    name: str
    unit: str
    better: str


def metric_rows(before: Side, after: Side, pairs: DataFrame, alpha: float) -> list[MetricRow]:
    """One row for each metric that the profile scores, and the main ones. `pairs` are comparable ones.

    Pairs in which either side is undefined are left out and counted, on both sides alike.
    """
    values = [_values(side, list(pairs[f"key_{x}"])) for side, x in ((before, "a"), (after, "b"))]
    rows = [
        _row(metric, pairs, [v[metric.name] for v in values])
        for metric in compared_metrics(after)
        if all(metric.name in v for v in values)
    ]
    tested = [i for i, row in enumerate(rows) if row.p is not None]
    adjusted = step_up([p for i in tested if (p := rows[i].p) is not None])
    for i, q in zip(tested, adjusted, strict=True):
        rows[i] = replace(rows[i], q=q, is_worse=q <= alpha)
    return rows


def compared_metrics(side: Side) -> list[_Metric]:
    """Metrics of the scores of a run, then the main ones, each once."""
    scored = [s["metric"] for subs in side.run.scores["subscores"] for s in subs]
    names = dict.fromkeys([*scored, *MAIN_METRICS])
    return [_Metric(n, METRICS[n].unit, METRICS[n].better) for n in names if n in METRICS]


def _values(side: Side, keys: list[str]) -> Mapping[str, np.ndarray]:
    """Values by metric in the order of the keys; NaN where undefined."""
    rows = side.run.measurements
    wide = rows.pivot_table(index="key", columns="metric", values="value", aggfunc="first")
    wide = wide.reindex(keys)
    return {str(name): wide[name].to_numpy(dtype=float) for name in wide}


def _row(metric: _Metric, pairs: DataFrame, values: Sequence[np.ndarray]) -> MetricRow:
    known = [~np.isnan(v) for v in values]
    both = known[0] & known[1]
    before, after = (v[both] for v in values)
    units = averaged(pairs[both], after - before)
    p = None
    if metric.better != "none" and len(before):
        worse = -units.whole_sums if metric.better == "higher" else units.whole_sums
        p = sign_flip(worse, f"metric {metric.name}").p
    return MetricRow(
        metric=metric.name, unit=metric.unit, better=metric.better, pairs=len(before),
        only_before=int((known[0] & ~known[1]).sum()), only_after=int((known[1] & ~known[0]).sum()),
        before=float(before.mean()) if len(before) else None,
        after=float(after.mean()) if len(after) else None,
        change=cluster_mean(units.values, units.clusters, f"metric {metric.name}"),
        p=p, q=None, is_worse=False,
    )  # fmt: skip
