"""What conditions look at, and what evaluating one gives."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from simeval.judge.truth import Truth
from simeval.metrics import Event, Measured

__all__ = ["Compared", "Facts", "Result"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions may look at."""

    measured: Measured
    tags: frozenset[str] | None  # None: not known
    dt: float  # [s]
    modes: dict[str, Result] = {}  # of failure modes that were tried: profiles have rules in common


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf condition, what it saw, and whether it holds; `path` finds its line in the profile."""

    path: str
    say: Callable[[], str]  # most conditions are never told of: the words are made when somebody asks
    truth: Truth
    failed: bool = False  # unknown because a metric raised

    @property
    def says(self) -> str:
        """What it saw, in words."""
        return self.say()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a condition holds, the events and the time that made it so, and all it compared."""

    truth: Truth
    events: list[Event] = []
    time_s: float | None = None  # when the measure was at its extreme
    compared: list[Compared] = []
