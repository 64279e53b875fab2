"""The answer to "is the newer run worse?", with everything that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from simeval.runs.compare_results import Endpoint, FamilyRow, Finding, Limits, MetricRow, Verdict
from simeval.runs.compare_sides import Side
from simeval.statistics import McNemar

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Assessment", "Comparison"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """What the statistics say of a table of pairs."""

    failures: Endpoint
    scores: Endpoint | None
    flips: McNemar
    findings: list[Finding]
    families: list[FamilyRow]
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two policies on the same scenarios. `pairs` has one row a scenario and seed, see `pairs_of`."""

    before: Side
    after: Side
    limits: Limits
    pairs: DataFrame
    changes: dict[str, int]  # they add up to the pairs
    assessment: Assessment
    metrics: list[MetricRow]
    notes: list[str]

    @property
    def verdict(self) -> Verdict:
        """The answer."""
        return self.assessment.verdict

    def listed(self, change: str) -> list[dict[str, Any]]:
        """The pairs of one kind, with the keys of both episodes; None where there is nothing."""
        rows = self.pairs[self.pairs["change"] == change]
        plain = rows.astype(object).where(rows.notna(), None)
        return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]

    def as_dict(self) -> dict[str, Any]:
        """Everything, for machines."""
        a = self.assessment
        return {
            "format": 1,
            "before": _told(self.before),
            "after": _told(self.after),
            "limits": msgspec.to_builtins(self.limits),
            "verdict": msgspec.to_builtins(a.verdict),
            "changes": self.changes,
            "failures": msgspec.to_builtins(a.failures),
            "scores": msgspec.to_builtins(a.scores),
            "mcnemar": {"broke": a.flips.broke, "fixed": a.flips.fixed, "pairs": a.flips.pairs,
                        "p_exact": a.flips.p_exact, "p_mid": a.flips.p_mid},
            "tests": msgspec.to_builtins(a.findings),
            "families": msgspec.to_builtins(a.families),
            "metrics": msgspec.to_builtins(self.metrics),
            "episodes": {
                name: [_episode(row) for row in self.listed(name)]
                for name in ("broke", "fixed", "still_failing", "new", "removed", "unscored", "edited")
            },
            "notes": self.notes,
        }  # fmt: skip

    def markdown(self) -> str:
        """A short table and details, for a pull request."""
        from simeval.runs.compare_markdown import markdown_of

        return markdown_of(self)


def _told(side: Side) -> dict[str, Any]:
    return {"run": side.where, "policy": side.policy, "profile": side.run.profile}


def _episode(row: dict[str, Any]) -> dict[str, Any]:
    names = ("scenario_id", "seed", "family", "key", "outcome", "mode", "total", "reason")
    whole = {n: row[n] for n in names[:3]}
    return whole | {f"{n}_{s}": row[f"{n}_{s}"] for s in "ab" for n in names[3:]}
