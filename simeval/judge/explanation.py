"""What an explanation holds: rules with the lines they stand in, the parts of the score, the arithmetic."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from simeval.judge.truth import Truth

__all__ = ["ComparedLine", "Explanation", "RuleLine", "Term"]


class ComparedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison of a rule; `place` is `file:line` of its threshold."""

    says: str
    truth: Truth
    place: str


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the profile and whether it holds."""

    mode: str
    meaning: str
    table: Literal["fail", "note"]
    truth: Truth
    place: str
    compared: list[ComparedLine]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the total, from the raw number to what it adds."""

    metric: str
    kind: Literal["weighted", "multiplier"]
    raw: float | None
    unit: str
    map: str
    score: float | None
    weight: float | None
    adds: float | None  # weight x score over the sum of the weights in use; None for multipliers
    note: str | None  # why it is left out, or a caution
    place: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known about why an episode was judged as it was."""

    profile: str
    outcome: str
    mode: str | None
    rule: str | None  # of the profile, which the mode explains
    weakness: str | None  # what a driver lacks that fails so, in words
    place: str | None  # where the mode's rule stands
    meaning: str | None
    reason: str | None
    cause_event: str | None
    cause_time_s: float | None
    cause_agent: str | None
    chain: list[dict[str, Any]]
    evidence: list[str]
    also: list[str]
    rules: list[RuleLine]
    terms: list[Term]
    arithmetic: str
    total: float | None
