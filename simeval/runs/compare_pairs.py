"""Episodes of two runs, paired by scenario and seed, and what became of each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simeval.runs.compare_sides import Side

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["CHANGES", "changes_of", "pairs_of"]

CHANGES = ("broke", "fixed", "still_failing", "still_passing", "new", "removed", "unscored", "edited")
FAILED = ("fail", "policy_fault")
COMMON = ["scenario_id", "seed", "family", "cluster"]


def pairs_of(before: Side, after: Side) -> DataFrame:
    """One row a scenario and seed of either run.

    Columns: scenario_id, seed, family (with its suite), cluster; for `_a` (before) and `_b` (after) key,
    outcome, mode, total, reason, missing where that run has no such episode; `change`, one of `CHANGES`;
    `failed_a`, `failed_b`, meaningful where the change is one of the first four.
    """
    joined = _renamed(before, "a").merge(
        _renamed(after, "b"), on=["scenario_id", "seed"], how="outer", validate="one_to_one"
    )
    for name in ("family", "cluster"):
        joined[name] = joined[f"{name}_b"].where(joined[f"{name}_b"].notna(), joined[f"{name}_a"])
    for side in "ab":
        joined[f"failed_{side}"] = joined[f"outcome_{side}"].isin(FAILED)
    edited = {n for n in before.contents.keys() & after.contents.keys()
              if before.contents[n] != after.contents[n]}  # fmt: skip
    joined["change"] = [_change(row, edited) for row in joined.to_dict("records")]
    return joined.sort_values(["scenario_id", "seed"], ignore_index=True)


def _renamed(side: Side, suffix: str) -> DataFrame:
    rows = side.episodes
    suites = rows["scenario_id"].str.partition("/")[0]
    rows = rows.assign(family=suites + "/" + rows["family"])
    kept = rows[[*COMMON, "key", "outcome", "mode", "total", "reason"]]
    return kept.rename(columns={n: f"{n}_{suffix}" for n in kept if n not in ("scenario_id", "seed")})


def _change(row: dict[Any, Any], edited: set[str]) -> str:
    if pd.isna(row["key_a"]):
        return "new"
    if pd.isna(row["key_b"]):
        return "removed"
    if row["scenario_id"] in edited:
        return "edited"
    if "unscored" in (row["outcome_a"], row["outcome_b"]):
        return "unscored"
    words = {(False, True): "broke", (True, False): "fixed", (True, True): "still_failing"}
    return words.get((row["failed_a"], row["failed_b"]), "still_passing")


def changes_of(pairs: DataFrame) -> dict[str, int]:
    """How many pairs of each kind; they add up to the rows."""
    counts = pairs["change"].value_counts()
    return {name: int(counts.get(name, 0)) for name in CHANGES}
