"""From the tests to one of three words, and the reasons for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simeval.runs.compare_results import Endpoint, FamilyRow, Finding, Limits, Verdict
from simeval.runs.select import Selection
from simeval.statistics import Interval, fewest_flips, imbalance_p

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["verdict_of", "void_reasons"]

LOST = 0.01  # share of pairs judged in one run only above which nothing is concluded
LOST_P = 0.01  # or when they are this unevenly spread over the two runs


def void_reasons(pairs: DataFrame) -> list[str]:
    """Why too much is missing for a conclusion; nothing where it is not."""
    lost = pairs[pairs["change"] == "unscored"]
    a = int(((lost["outcome_a"] == "unscored") & (lost["outcome_b"] != "unscored")).sum())
    b = int(((lost["outcome_b"] == "unscored") & (lost["outcome_a"] != "unscored")).sum())
    num = int((~pairs["change"].isin(["new", "removed", "edited"])).sum())
    if not num or (a + b <= LOST * num and imbalance_p(a, b) >= LOST_P):
        return []
    return [f"{a + b} of {num} pairs have a verdict in one run only (before {a}, after {b} without)."]


def verdict_of(
    pairs: DataFrame, failures: Endpoint, scores: Endpoint | None, findings: Sequence[Finding],
    families: Sequence[FamilyRow], limits: Limits, void: Sequence[str],
) -> Verdict:  # fmt: skip
    """The verdict of one comparison.

    Regressed: a scenario that must pass broke; or a test is significant after correction, and the change is
    not shown to be within the margin. Not worse: for failures and for scores the one-sided 95 % limit of how
    much worse it may be is within the margin. Else there is no evidence either way.
    """
    worse = [f.family for f in families if f.is_worse]
    alarms = [*_must_pass(pairs, limits), *_significant(findings, failures, scores, worse, limits)]
    if alarms:
        return Verdict(word="regressed", reasons=[*alarms, *void], is_void=bool(void), families=worse)
    if void:
        why = [*void, "Nothing can be concluded until they are judged: run or score the runs again."]
        return Verdict(word="no_evidence", reasons=why, is_void=True)
    if (pairs["key_a"] == pairs["key_b"]).all() and not _any_change(pairs):
        return Verdict(word="not_worse", reasons=["Both runs hold the very same episodes (the same keys)."])
    ends = [("failure rate", failures), *([("score", scores)] if scores else [])]
    if all(end.is_within_margin for _, end in ends):
        return Verdict(word="not_worse", reasons=[_within(name, end) for name, end in ends])
    reasons = [_open(name, end) for name, end in ends if not end.is_within_margin]
    blind = any(end.detectable is None or end.detectable > end.margin for _, end in ends)
    return Verdict(word="no_evidence", reasons=[*reasons, *_silent(findings, limits)], is_inconclusive=blind)


def _any_change(pairs: DataFrame) -> bool:
    """Whether one and the same episode has two verdicts: stored traces or rules were tampered with."""
    moved = (pairs["outcome_a"] != pairs["outcome_b"]) & pairs["outcome_a"].notna()
    totals = pairs["total_a"].fillna(-1.0) != pairs["total_b"].fillna(-1.0)
    return bool((moved | totals).any())


def _must_pass(pairs: DataFrame, limits: Limits) -> list[str]:
    if not limits.must_pass:
        return []
    chosen = Selection(limits.must_pass, pairs["scenario_id"])
    broke = [
        row["scenario_id"] for row in pairs[pairs["change"] == "broke"].to_dict("records")
        if chosen.takes(row["scenario_id"], str(row["key_b"]))
    ]  # fmt: skip
    if not broke:
        return []
    more = f" and {len(broke) - 3} more" if len(broke) > 3 else ""
    return [f"{len(broke)} episodes that must pass broke: {', '.join(broke[:3])}{more}."]


def _significant(
    findings: Sequence[Finding], failures: Endpoint, scores: Endpoint | None, worse: Sequence[str],
    limits: Limits,
) -> list[str]:  # fmt: skip
    told = []
    for found in findings:
        if found.adjusted_p is None or found.adjusted_p > limits.alpha:
            continue
        p = f"p = {found.p:.2g}, corrected {found.adjusted_p:.2g}"
        if found.name == "failures" and not failures.is_within_margin:
            rates = f"{_percent(failures.before)} before, {_percent(failures.after)} after"
            told.append(f"More episodes fail: {rates} ({p}).")
        if found.name == "scores" and scores and not scores.is_within_margin:
            means = f"{scores.before.value:.3f} before, {scores.after.value:.3f} after"
            told.append(f"The score fell: {means} ({p}).")
        if found.name == "families" and worse:
            told.append(f"Worse in {', '.join(worse)} ({p}).")
    return told


def _percent(rate: Interval) -> str:
    return f"{100.0 * (rate.value or 0.0):.1f} %"


def _within(name: str, end: Endpoint) -> str:
    if end.limit is not None and end.limit < 0.0:
        return f"The {name} is better, by at least {-end.limit:.3g} (95 %)."
    return f"The {name} is at most {end.limit:.3g} worse (95 %), less than the margin of {end.margin:g}."


def _open(name: str, end: Endpoint) -> str:
    if end.limit is None:
        return f"The {name} has no interval."
    return f"The {name} may be up to {end.limit:.3g} worse (95 %); the margin is {end.margin:g}."


def _silent(findings: Sequence[Finding], limits: Limits) -> list[str]:
    """What it takes for each test that could not have said anything."""
    told = []
    for found in findings:
        if found.smallest_p <= limits.alpha:
            continue
        if found.name == "families":
            needed = fewest_flips(limits.alpha)
            told.append(f"No family has the {needed} flips that it takes to call one family worse.")
        elif found.smallest_p < 1.0:
            told.append(
                f"Too few clusters moved for {found.name}: the smallest possible p is {found.smallest_p:.2g}."
            )
    return told
