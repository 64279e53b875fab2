"""Metrics whose code failed: said beside the headline, because what they would have shown is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow.compute as pc

from simeval.metrics.records import ERROR

__all__ = ["MetricError", "error_lines", "metric_errors_of"]


class MetricError(NamedTuple):
    """One metric that raised, or gave no finite number."""

    episodes: int
    reason: str  # of the first of them


def metric_errors_of(measurements: Iterable[Any]) -> dict[str, MetricError]:
    """By metric, from the tables `measurements` of all batches."""
    found: dict[str, MetricError] = {}
    for table in measurements:
        failed = table.filter(pc.starts_with(table["reason"], ERROR))
        for row in failed.select(["metric", "reason"]).to_pylist():
            known = found.get(row["metric"], MetricError(0, row["reason"].removeprefix(ERROR)))
            found[row["metric"]] = known._replace(episodes=known.episodes + 1)
    return found


def error_lines(errors: Mapping[str, MetricError]) -> list[str]:
    """A sentence for each metric that failed."""
    return [
        f"metric {name} failed in {error.episodes} episode{'s' if error.episodes > 1 else ''}: {error.reason}"
        for name, error in errors.items()
    ]
