"""How a comparison is told to people: the same words on the terminal, in Markdown and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simeval.runs.compare_results import Endpoint, Finding
from simeval.statistics import Interval, fewest_flips

if TYPE_CHECKING:
    from simeval.runs.comparison import Comparison

__all__ = ["CHANGE_WORDS", "change", "headline_rows", "p_value", "rate", "seen", "verdict_words"]

CHANGE_WORDS = {
    "broke": "broke", "fixed": "fixed", "still_failing": "still failing", "still_passing": "still passing",
    "new": "new", "removed": "removed", "unscored": "not judged in both", "edited": "edited, left out",
}  # fmt: skip
QUESTIONS = {"failures": "more failures", "scores": "lower scores", "families": "some family worse"}


def verdict_words(comparison: Comparison) -> str:
    """The verdict in a few words."""
    verdict, limits = comparison.verdict, comparison.limits
    words = {
        "regressed": "regressed",
        "no_evidence": "no evidence of a regression",
        "not_worse": f"not worse by more than the margin ({limits.margin:g} failures, "
        f"{limits.score_margin:g} score)",
    }[verdict.word]
    if verdict.is_void:
        return f"{words}; void: too much could not be compared"
    return f"{words}, inconclusive: a change larger than the margin could have been missed" if (
        verdict.is_inconclusive
    ) else words  # fmt: skip


def rate(value: Interval, percent: bool) -> str:
    """A number with its limits."""
    if value.value is None:
        return "–"
    factor, unit, digits = (100.0, " %", 1) if percent else (1.0, "", 3)
    limits = ""
    if value.low is not None and value.high is not None:
        limits = f" [{value.low * factor:.{digits}f}, {value.high * factor:.{digits}f}]"
    return f"{value.value * factor:.{digits}f}{unit}{limits}"


def change(value: Interval, percent: bool) -> str:
    """A difference with its limits; rates differ by points."""
    if value.value is None:
        return "–"
    factor, unit, digits = (100.0, " points", 1) if percent else (1.0, "", 3)
    limits = ""
    if value.low is not None and value.high is not None:
        limits = f" [{value.low * factor:+.{digits}f}, {value.high * factor:+.{digits}f}]"
    return f"{value.value * factor:+.{digits}f}{unit}{limits}"


def p_value(p: float | None) -> str:
    """A p-value as one writes it; a dash where a test can say nothing."""
    if p is None:
        return "–"
    return f"{p:.2f}" if p >= 0.1 else f"{p:.2g}"


def seen(end: Endpoint, percent: bool) -> str:
    """The smallest change for the worse that would have been seen with 80 % chance."""
    if end.detectable is None:
        return f"– ({end.detectable_reason})"
    return f"{100 * end.detectable:.1f} points" if percent else f"{end.detectable:.3f}"


def headline_rows(comparison: Comparison) -> list[list[str]]:
    """Rows of quantity, before, after, change, corrected p, smallest visible change."""
    a = comparison.assessment
    by_name = {f.name: f for f in a.findings}
    rows = [_row("failure rate", a.failures, by_name["failures"], percent=True)]
    if a.scores:
        rows.append(_row("score", a.scores, by_name["scores"], percent=False))
    families = by_name["families"]
    flips = f"≥ {fewest_flips(comparison.limits.alpha / len(a.findings))} flips in one family"
    rows.append(["worst family", "", "", _worst(comparison), p_value(families.adjusted_p), flips])
    return rows


def _row(name: str, end: Endpoint, found: Finding, *, percent: bool) -> list[str]:
    return [
        name, rate(end.before, percent), rate(end.after, percent), change(end.change, percent),
        p_value(found.adjusted_p), seen(end, percent),
    ]  # fmt: skip


def _worst(comparison: Comparison) -> str:
    rows: Any = comparison.assessment.families
    first = rows[0]
    if first.broke - first.fixed <= 0:
        return "none lost more than it gained"
    return f"{first.family}: {first.broke} broke, {first.fixed} fixed of {first.pairs}"
