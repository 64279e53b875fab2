"""The three tests that a verdict rests on, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from simeval.runs.compare_families import families_of, marked
from simeval.runs.compare_results import FamilyRow, Finding, Limits
from simeval.runs.compare_units import Differences, flips_of, losses_of, scored
from simeval.statistics import holm, sign_flip

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["findings_of"]


def findings_of(pairs: DataFrame, limits: Limits) -> tuple[list[Finding], list[FamilyRow]]:
    """Did more episodes fail, did the score fall, did some family get worse? Corrected for being three
    questions; and the families, those that got worse marked. `pairs` are comparable ones."""
    found = [_finding(flips_of(pairs), "failures", "did more episodes fail, over clusters of scenarios?")]
    both = scored(pairs)
    if not both.empty:
        found.append(_finding(losses_of(both), "scores", "did the score fall, over clusters of scenarios?"))
    families, of_families = families_of(pairs, limits.alpha)
    found = _adjusted([*found, of_families], limits.alpha)
    return found, marked(families, limits, found[-1].adjusted_p)


def _finding(units: Differences, name: Literal["failures", "scores"], question: str) -> Finding:
    flip = sign_flip(units.whole_sums, name)
    return Finding(
        name=name, question=question, p=flip.p, smallest_p=flip.smallest_p, adjusted_p=None,
        method=f"sign-flip of {flip.num_moved} clusters that moved ({flip.method})",
    )  # fmt: skip


def _adjusted(findings: Sequence[Finding], alpha: float) -> list[Finding]:
    """Corrects the tests for their number; those that can say nothing, whatever happened, do not count."""
    able = [i for i, f in enumerate(findings) if f.smallest_p <= alpha]
    values = dict(zip(able, holm([findings[i].p for i in able]), strict=True))
    return [replace(f, adjusted_p=values.get(i)) for i, f in enumerate(findings)]
