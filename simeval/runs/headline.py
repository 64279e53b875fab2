"""The numbers at the top: how many episodes ended how. They add up to the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simeval.judge import UNCLASSIFIED

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["MAIN_METRICS", "episode_table", "headline_of"]

OUTCOMES = ("pass", "fail", "policy_fault", "unscored")
MAIN_METRICS = ("min_gap_m", "min_ttc_s", "route_progress_ratio", "max_decel_mps2")


def headline_of(rows: Sequence[Mapping[str, Any]], scores: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Counts over all planned episodes, and over those of each policy."""
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    by_policy = {
        policy: _counts([scores[row["key"]] for row in rows if row["policy"] == policy])
        for policy in policies
    }
    whole = _counts([scores[row["key"]] for row in rows])
    return whole | {"policies": by_policy}


def _counts(scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    outcomes = Counter(score["outcome"] for score in scores)
    modes = Counter(s["mode"] for s in scores if s["outcome"] in ("fail", "policy_fault") and s["mode"])
    reasons = Counter(s["reason"] or "" for s in scores if s["outcome"] == "unscored")
    judged = len(scores) - outcomes["unscored"]
    return {
        "planned": len(scores),
        **{name: outcomes[name] for name in OUTCOMES},
        "coverage": judged / len(scores) if scores else None,
        "pass_rate": outcomes["pass"] / judged if judged else None,
        "unclassified": modes[UNCLASSIFIED],
        "modes": dict(sorted(modes.items(), key=lambda item: (-item[1], item[0]))),
        "unscored_reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    }


def episode_table(
    plan: DataFrame, episodes: DataFrame, scores: DataFrame, measurements: DataFrame
) -> DataFrame:
    """One row a planned episode, in plan order; undefined numbers are NaN."""
    table = plan[["key", "scenario_id", "policy", "seed"]]
    table = table.merge(scores[["key", "outcome", "mode", "total", "reason"]], on="key", how="left")
    table = table.merge(episodes[["key", "ending", "duration_s"]], on="key", how="left")
    wide = measurements.pivot_table(index="key", columns="metric", values="value", aggfunc="first")
    table = table.merge(wide[[m for m in MAIN_METRICS if m in wide]].reset_index(), on="key", how="left")
    table["key"] = table["key"].str[:16]
    return table.rename(columns={"scenario_id": "id"})
