"""Pass rates of suites, with what so many items can show."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CONFIDENCE", "Rate", "Wanted", "lower_bound"]

CONFIDENCE = 0.95


def lower_bound(passed: int, judged: int, confidence: float = CONFIDENCE) -> float:
    """Exact one-sided lower bound of a rate (Clopper and Pearson, 1934), items being independent draws."""
    if passed <= 0:
        return 0.0
    from scipy.stats import beta

    return float(beta.ppf(1.0 - confidence, passed, judged - passed + 1))


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Outcomes of the items of a suite. Whatever is no pass counts against the rate."""

    policy: str
    outcomes: tuple[str, ...]
    num_left_out: int = 0  # items of the suite that are not selected

    @property
    def num(self) -> int:
        """How many items."""
        return len(self.outcomes)

    @property
    def passed(self) -> int:
        """How many passed."""
        return self.outcomes.count("pass")

    @property
    def value(self) -> float:
        """The rate; NaN of nothing."""
        return self.passed / self.num if self.num else math.nan

    @property
    def bound(self) -> float:
        """Its lower bound."""
        return lower_bound(self.passed, self.num)

    def __str__(self) -> str:
        rest = {name: self.outcomes.count(name) for name in ("fail", "policy_fault", "unscored")}
        told = "".join(f", {count} {name}" for name, count in rest.items() if count)
        return (
            f"{self.passed} of {self.num} pass ({self.value:.1%}{told}), "
            f"lower {CONFIDENCE:.0%} bound {self.bound:.1%}"
        )

    @property
    def properties(self) -> list[tuple[str, str]]:
        """What reports and JUnit files carry."""
        return [
            ("simeval_policy", self.policy), ("simeval_passed", str(self.passed)),
            ("simeval_n", str(self.num)),
            ("simeval_pass_rate", f"{self.value:.4f}"), ("simeval_pass_rate_bound", f"{self.bound:.4f}"),
            ("simeval_rate", str(self)),
        ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is wanted of a suite: a pass rate, or a lower bound of it."""

    rate: float | None = None
    bound: float | None = None

    def problem(self, rate: Rate) -> str:
        """What is wrong with a rate; nothing where it is as wanted."""
        if not rate.num:
            return "no item of the suite is selected"
        if self.rate is not None and rate.value < self.rate:
            return f"pass rate {rate.value:.1%} is below {self.rate:.1%}: {rate}"
        if self.bound is not None and rate.bound < self.bound:
            return f"lower bound {rate.bound:.1%} is below {self.bound:.1%}: {rate}{self._too_few(rate)}"
        return ""

    def _too_few(self, rate: Rate) -> str:
        if self.bound is None or not 0.0 < self.bound < 1.0:
            return ""
        needed = math.ceil(math.log(1.0 - CONFIDENCE) / math.log(self.bound))
        return f"; it takes {needed} items that all pass to show it" if rate.num < needed else ""
