"""Tables for people: groups of episodes with counts, rates, means, and how sure one can be of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simeval.errors import unknown_name
from simeval.runs.headline import MAIN_METRICS, OUTCOMES
from simeval.statistics import Interval, clopper_pearson, cluster_mean

if TYPE_CHECKING:
    from pandas import DataFrame

    from simeval.runs.result import Run

__all__ = ["GROUPS", "TOTAL", "columns_with_limits", "summary_table"]

GROUPS = ("policy", "family", "suite", "cluster", "tag", "mode", "outcome", "ending", "seed", "scenario")
TOTAL = "total"
NONE = "–"
FAILED = ("fail", "policy_fault")


@dataclass(frozen=True, eq=False)
class _Table:
    """All episodes with what they are grouped by and averaged over."""

    rows: DataFrame
    means: list[str]  # columns to average: `score`, then metrics


def summary_table(run: Run, by: Sequence[str] | str = (), metrics: Sequence[str] = ()) -> DataFrame:
    """One row a group and a last one of all episodes; of these metrics, or of the main ones.

    Columns: the groups; `planned`, one count for each outcome, `coverage` (judged of planned), `fail_rate`
    (failed of judged) and `share` (judged of all judged), `score` and metrics, these four kinds with
    `_low` and `_high` at 95 %; `clusters`, and how many episodes each mean is over, `_count`. What is
    undefined is NaN. By tag an episode is in as many groups as it has tags; groups of any other kind add
    up to the total.

    Raises:
        UsageError: when a group is not known, or a metric was not measured.
    """
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        if name not in GROUPS:
            raise unknown_name("group", name, GROUPS)
    table = _table_of(run, metrics, tags="tag" in names)
    judged = int((_once(table.rows)["outcome"] != "unscored").sum())
    rows = [
        dict(zip(names, values, strict=True)) | _summary(group, table.means, judged)
        for values, group in _groups(table.rows, names)
    ]
    whole = _summary(_once(table.rows), table.means, judged)
    total = dict.fromkeys(names, "") | ({names[0]: TOTAL} if names else {})
    return pd.DataFrame([*rows, total | whole])


def columns_with_limits(table: DataFrame) -> list[str]:
    """Columns that have a `_low` and a `_high` beside them."""
    return [str(name) for name in table if f"{name}_low" in table]


def _table_of(run: Run, wanted: Sequence[str], *, tags: bool) -> _Table:
    rows = run.plan.merge(run.scores[["key", "outcome", "mode", "total"]], on="key", how="left")
    rows = rows.merge(run.episodes[["key", "ending"]], on="key", how="left")
    suites = rows["scenario_id"].str.partition("/")[0]
    rows = rows.assign(
        suite=suites, family=suites + "/" + rows["family"], scenario=rows["scenario_id"],
        score=rows["total"].astype(float),
        mode=rows["mode"].where(rows["outcome"].isin(FAILED) & rows["mode"].notna(), rows["outcome"]),
    )  # fmt: skip
    measured = sorted(set(run.measurements["metric"]))
    for name in wanted:
        if name not in measured:
            raise unknown_name("metric of this run", name, measured)
    wide = run.measurements.pivot_table(index="key", columns="metric", values="value", aggfunc="first")
    metrics = list(wanted) or [name for name in MAIN_METRICS if name in wide]
    rows = rows.merge(wide.reindex(columns=metrics).reset_index(), on="key", how="left")
    if tags:
        of_scenario = run.scenarios.set_index("id")["tags"]
        rows = rows.assign(tag=rows["scenario_id"].map(of_scenario))
        rows = rows.explode("tag", ignore_index=True)
    return _Table(rows, ["score", *metrics])


def _once(rows: DataFrame) -> DataFrame:
    return rows.drop_duplicates("key")


def _groups(rows: DataFrame, names: list[str]) -> Iterator[tuple[tuple[Any, ...], DataFrame]]:
    if names:
        filled = rows.assign(**{name: rows[name].fillna(NONE) for name in names})
        yield from filled.groupby(names, sort=True)


def _summary(group: DataFrame, means: Sequence[str], all_judged: int) -> dict[str, Any]:
    counts = {name: int((group["outcome"] == name).sum()) for name in OUTCOMES}
    judged, failed = len(group) - counts["unscored"], sum(counts[name] for name in FAILED)
    row: dict[str, Any] = {"planned": len(group), **counts}
    row["coverage"] = judged / len(group) if len(group) else np.nan
    row |= _with_limits("fail_rate", clopper_pearson(failed, judged))
    row |= _with_limits("share", clopper_pearson(judged, all_judged))
    row["clusters"] = int(group["cluster"].nunique())
    for name in means:
        row |= _mean(name, group[group[name].notna() & (group["outcome"] != "unscored")])
    return row


def _mean(name: str, known: DataFrame) -> dict[str, Any]:
    """The mean over clusters; within a single cluster, over its scenarios."""
    units = known["cluster"] if known["cluster"].nunique() > 1 else known["scenario_id"]
    found = cluster_mean(known[name].to_numpy(dtype=float), list(units), f"mean of {name}")
    return _with_limits(name, found) | {f"{name}_count": len(known)}


def _with_limits(name: str, found: Interval) -> dict[str, float]:
    told = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: np.nan if value is None else value for key, value in told.items()}
