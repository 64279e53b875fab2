"""Counts what became of the episodes of a session, from the reports that pytest passes around."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["Tally"]

MOST_LINES = 12
OUTCOMES = {"pass": "pass", "fail": "fail", "policy_fault": "policy fault", "unscored": "unscored"}


class Tally:
    """Outcomes and failure modes by policy, pass rates, run folders."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = {}
        self.modes: dict[str, Counter[str]] = {}
        self.runs: Counter[str] = Counter()
        self.rates: list[str] = []
        self.pages: list[str] = []

    def add(self, report: pytest.TestReport) -> None:
        """Counts one report; of an item, the one of its call, or of its setup where that failed."""
        if report.when != "call" and not (report.when == "setup" and report.failed):
            return
        told = dict(report.user_properties)
        policy = str(told.get("simeval_policy", ""))
        if "simeval_rate" in told:
            self.rates.append(f"{report.nodeid.rpartition('/')[0]} · {policy}: {told['simeval_rate']}")
        elif outcome := told.get("simeval_outcome"):
            self.outcomes.setdefault(policy, Counter())[str(outcome)] += 1
            self.runs[str(told["simeval_run"])] += 1
            if outcome != "pass" and (mode := told.get("simeval_mode")):
                self.modes.setdefault(policy, Counter())[str(mode)] += 1

    def lines(self) -> list[str]:
        """At most twelve lines."""
        if not self.outcomes:
            return []
        lines = [f"{policy}: {self._counts(policy)}" for policy in sorted(self.outcomes)]
        last = [*self.rates, *(f"run: {run}" for run in sorted(self.runs))]
        last += [f"report: {page}" for page in self.pages]
        if not self.pages:
            last += [f"next: simeval report {shlex.quote(run)}" for run, _ in self.runs.most_common(1)]
        return _cut(lines, 5) + _cut(last, MOST_LINES - min(len(lines), 5))

    def _counts(self, policy: str) -> str:
        counts = self.outcomes[policy]
        told = ", ".join(f"{counts[name]} {label}" for name, label in OUTCOMES.items() if counts[name])
        modes = self.modes.get(policy, Counter()).most_common(4)
        return told + (f"   ({', '.join(f'{mode} {count}' for mode, count in modes)})" if modes else "")


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"… and {len(lines) - most + 1} more"]
