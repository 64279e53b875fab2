"""What a comparison finds, as plain records: they become JSON, Markdown and a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simeval.statistics import Interval

__all__ = ["Endpoint", "FamilyRow", "Finding", "Limits", "MetricRow", "Verdict", "Word"]

Word = Literal["regressed", "no_evidence", "not_worse"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What was asked for.

    alpha: chance of a false alarm that one comparison may have, all its tests together.
    margin: rise of the failure rate that is held to be irrelevant.
    score_margin: fall of the mean score that is held to be irrelevant.
    must_pass: patterns of scenario ids of which none may break.
    """

    alpha: float = 0.05
    margin: float = 0.01
    score_margin: float = 0.01
    must_pass: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One of the tests that the verdict rests on."""

    name: Literal["failures", "scores", "families"]
    question: str
    p: float
    smallest_p: float  # what it would be if everything went the same way
    adjusted_p: float | None  # over the tests that can answer; None: this one cannot
    method: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One quantity, before and after. Changes are after minus before; `limit` is one-sided at 95 %."""

    before: Interval
    after: Interval
    change: Interval
    limit: float | None  # of how much worse it may be
    margin: float
    is_within_margin: bool
    detectable: float | None  # smallest change for the worse seen with 80 % chance
    detectable_reason: str = ""
    pairs: int = 0
    clusters: int = 0
    design_effect: float = 1.0
    correlation: float | None = None  # of before and after over scenarios


@dataclass(frozen=True, kw_only=True)
class FamilyRow:
    """One family of scenarios."""

    family: str
    pairs: int
    failed_before: int
    failed_after: int
    broke: int
    fixed: int
    still_failing: int
    score_before: float | None
    score_after: float | None
    p_exact: float  # sign test, its flips independent of each other
    p: float  # the same with flips that come in bunches counted less
    smallest_p: float
    q: float | None  # p adjusted over the families that can answer; None: too few flips
    score_p: float
    score_q: float | None
    is_worse: bool
    is_lower: bool  # in score; a hint, not a gate


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One metric over the pairs in which both have it. A hint, not a gate."""

    metric: str
    unit: str
    better: str
    pairs: int
    only_before: int  # pairs left out because it is undefined in one of the two
    only_after: int
    before: float | None
    after: float | None
    change: Interval
    p: float | None
    q: float | None
    is_worse: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer, why, and what it would have taken to see more."""

    word: Word
    reasons: list[str]
    is_void: bool = False  # too much could not be compared
    is_inconclusive: bool = False  # a change larger than the margin would have been missed
    families: list[str] = field(default_factory=list)  # those that got worse

    @property
    def is_alarm(self) -> bool:
        """Whether a gate on this comparison fails."""
        return self.word == "regressed" or self.is_void
