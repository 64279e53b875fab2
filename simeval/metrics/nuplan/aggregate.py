"""nuPlan's closed-loop score: multipliers times a weighted mean, and its tables over scenarios.

Source: motional/nuplan-devkit e924167, metrics/aggregator/weighted_average_metric_aggregator.py and the
configuration that runs. nuPlan's document lists the driving direction as a weighted metric; the
configuration multiplies with it, and so do we.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

__all__ = ["MULTIPLIERS", "WEIGHTS", "Scores", "aggregate", "closed_loop_score"]

Scores = Mapping[str, float | None]  # by metric; None: the metric was skipped

MULTIPLIERS = (
    "no_ego_at_fault_collisions",
    "drivable_area_compliance",
    "ego_is_making_progress",
    "driving_direction_compliance",
)
WEIGHTS = {
    "ego_progress_along_expert_route": 5.0,
    "time_to_collision_within_bound": 5.0,
    "speed_limit_compliance": 4.0,
    "ego_is_comfortable": 2.0,
}


def closed_loop_score(scores: Scores) -> float:
    """Score of one scenario; a metric that was skipped counts in neither product nor mean."""
    there = {name: score for name, score in scores.items() if score is not None}
    factor = math.prod(there[name] for name in MULTIPLIERS if name in there)
    weights = {name: WEIGHTS.get(name, 1.0) for name in there if name not in MULTIPLIERS}
    total = math.fsum(weights.values())
    mean = math.fsum(w * there[name] for name, w in weights.items()) / total if total else 0.0
    return factor * mean


def aggregate(
    scenarios: Mapping[str, tuple[str, Scores]],
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Rows by scenario type and the final row, from the type and scores of each scenario.

    In the rows of the types metrics are sums and `score` is a mean; the final row divides the sums by the
    number of all scenarios and weighs the means by theirs.
    """
    rows: dict[str, dict[str, float]] = {}
    for kind, scores in scenarios.values():
        row = rows.setdefault(kind, {"num_scenarios": 0.0, "score": 0.0})
        row["num_scenarios"] += 1.0
        row["score"] += closed_loop_score(scores)
        for name, score in scores.items():
            row[name] = row.get(name, 0.0) + (score or 0.0)
    for row in rows.values():
        row["score"] /= row["num_scenarios"]
    count = sum(row["num_scenarios"] for row in rows.values())
    final = {"num_scenarios": count}
    for name in dict.fromkeys(name for row in rows.values() for name in row if name != "num_scenarios"):
        weighted = name == "score"
        values = (row.get(name, 0.0) * (row["num_scenarios"] if weighted else 1.0) for row in rows.values())
        final[name] = math.fsum(values) / count if count else 0.0
    return rows, final
