"""Two runs in, an answer out: what changed, whether it got worse, and what could have been seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from simeval.errors import NothingSelected, UsageError
from simeval.runs.compare_endpoints import failures_of, mcnemar_of, scores_of
from simeval.runs.compare_metrics import metric_rows
from simeval.runs.compare_pairs import changes_of, pairs_of
from simeval.runs.compare_refusals import check_comparable
from simeval.runs.compare_results import Limits
from simeval.runs.compare_sides import Side, choose_policies
from simeval.runs.compare_tests import findings_of
from simeval.runs.compare_verdict import verdict_of, void_reasons
from simeval.runs.comparison import Assessment, Comparison
from simeval.runs.result import Run
from simeval.runs.runner import open_run
from simeval.runs.select import Selection

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["assess", "compare"]

COMPARED = ("broke", "fixed", "still_failing", "still_passing")


def compare(
    before: Run | str | Path,
    after: Run | str | Path,
    policy: str | None = None,
    limits: Limits | None = None,
    allow: Collection[str] = (),
) -> Comparison:
    """Compares the policy of one run with that of another, or two policies of one run.

    Args:
        before: the run that counts as good, or its folder (or a folder of runs: its newest).
        after: the run that is asked about. It may be the same one.
        policy: `NAME` or `A:B`; needed only where there is more than one answer.
        limits: error rate, margins, what must pass.
        allow: "settings": runs that were simulated differently; "edited": scenarios whose content changed
            are left out instead of refused.

    Raises:
        UsageError: no such run or policy; profile, simulator, settings or scenarios differ; a pattern of what
            must pass fits nothing.
        NothingSelected: no pair was judged in both.
        StoreError: a run folder is damaged.
    """
    limits = limits or Limits()
    _check(limits)
    runs = [r if isinstance(r, Run) else open_run(r) for r in (before, after)]
    sides = choose_policies(runs[0], runs[1], policy)
    notes = check_comparable(*sides, allow)
    pairs = pairs_of(*sides)
    _check_must_pass(limits.must_pass, pairs)
    comparable = pairs[pairs["change"].isin(COMPARED)]
    if comparable.empty:
        where = f"{sides[0].where} and {sides[1].where}"
        raise NothingSelected(where, f"no pair is judged in both.{_why(pairs)}", "Finish or score the runs.")
    return Comparison(
        before=sides[0], after=sides[1], limits=limits, pairs=pairs, changes=changes_of(pairs),
        assessment=assess(pairs, limits), notes=notes + _notes(sides, pairs),
        metrics=metric_rows(*sides, comparable, limits.alpha),
    )  # fmt: skip


def assess(pairs: DataFrame, limits: Limits) -> Assessment:
    """The statistics of a table of pairs; at least one of them is comparable."""
    comparable = pairs[pairs["change"].isin(COMPARED)]
    findings, families = findings_of(comparable, limits)
    failures, scores = failures_of(comparable, limits), scores_of(comparable, limits)
    verdict = verdict_of(comparable, failures, scores, findings, families, limits, void_reasons(pairs))
    return Assessment(
        failures=failures, scores=scores, flips=mcnemar_of(comparable), findings=findings,
        families=families, verdict=verdict,
    )  # fmt: skip


def _check(limits: Limits) -> None:
    if not 0.0 < limits.alpha < 0.5:
        raise UsageError("--alpha", f"expected between 0 and 0.5, got {limits.alpha:g}.", "0.05 is usual.")
    if not limits.margin > 0.0 or not limits.score_margin > 0.0:
        fix = "It is the change that you hold to be irrelevant: 0.01 is one point."
        raise UsageError("--margin", "expected a number above 0.", fix)


def _check_must_pass(words: Sequence[str], pairs: DataFrame) -> None:
    """A pattern that fits nothing would be a gate that never closes."""
    rows = pairs[["scenario_id", "key_b"]].astype(str).itertuples(index=False)
    known = [(str(name), str(key)) for name, key in rows]
    for word in words:
        chosen = Selection((word,), [name for name, _ in known])
        if not any(chosen.takes(name, key) for name, key in known):
            fix = "`simeval table RUN --by scenario` shows the ids; * and ? match anything."
            raise UsageError("--must-pass", f"{word!r} fits no scenario of these runs.", fix)


def _notes(sides: tuple[Side, Side], pairs: DataFrame) -> list[str]:
    notes = []
    same = int((pairs["key_a"] == pairs["key_b"]).sum())
    if same:
        notes.append(f"{same} pairs are the very same episode (the same key).")
    for side in sides:
        late = int(side.episodes["reason"].fillna("").str.startswith("not run yet").sum())
        if late:
            notes.append(f"{side.where} is not finished: {late} episodes have not run.")
    return notes


def _why(pairs: DataFrame) -> str:
    reasons = pd.concat([pairs["reason_a"], pairs["reason_b"]]).dropna()
    return f" For example: {reasons.iloc[0].rstrip('.')}." if len(reasons) else ""
