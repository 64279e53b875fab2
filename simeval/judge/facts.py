"""What conditions look at, and what evaluating one gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simeval.judge.truth import Truth
from simeval.metrics import Event, Measured

__all__ = ["Compared", "Facts", "Result"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What conditions may look at."""

    measured: Measured
    tags: frozenset[str] | None  # None: not known
    dt: float  # [s]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One leaf condition, what it saw, and whether it holds; `path` finds its line in the profile."""

    path: str
    say: Callable[[], str]  # most conditions are never told of: the words are made when somebody asks
    truth: Truth
    failed: bool = False  # unknown because a metric raised

    @property
    def says(self) -> str:
        """What it saw, in words."""
        return self.say()


@dataclass(frozen=True, kw_only=True)
class Result:
    """Whether a condition holds, the events and the time that made it so, and all it compared."""

    truth: Truth
    events: list[Event] = field(default_factory=list)
    time_s: float | None = None  # when the measure was at its extreme
    compared: list[Compared] = field(default_factory=list)
