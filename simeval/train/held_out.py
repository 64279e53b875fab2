"""The table of evidence: three drivers on held-out draws, family by family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simeval.judge import Verdict
from simeval.policy import Policy
from simeval.scenario import Scenario
from simeval.train.exact import interval, paired_p, sign_p
from simeval.train.judging import PROFILE, mean_score, verdicts_of

__all__ = ["BASELINE", "HeldOut", "compare"]

BASELINE, TEACHER = "constant-velocity", "idm"


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Verdicts of each driver on the same scenarios; the first driver is the one in question."""

    scenarios: Sequence[Scenario]
    verdicts: Mapping[str, Sequence[Verdict]]

    @property
    def drivers(self) -> list[str]:
        """By name."""
        return list(self.verdicts)

    def passed(self, driver: str, family: str = "") -> list[bool]:
        """Whether it passed, scenario by scenario, of one family or all."""
        rows = zip(self.scenarios, self.verdicts[driver], strict=True)
        return [v.outcome == "pass" for s, v in rows if family in ("", s.family)]

    @property
    def families(self) -> list[str]:
        """Names, in the order of the scenarios."""
        return sorted(dict.fromkeys(s.family for s in self.scenarios))

    def document(self) -> dict[str, Any]:
        """Everything that the table says, as plain values."""
        first = self.drivers[0]
        return {
            "profile": PROFILE,
            "families": {
                f: {"planned": len(self.passed(first, f))} | {d: sum(self.passed(d, f)) for d in self.drivers}
                for f in self.families
            },
            "drivers": {d: self._total(d) for d in self.drivers},
            "failures": {
                s.id: v.mode for s, v in zip(self.scenarios, self.verdicts[first], strict=True)
                if v.outcome != "pass"
            },
            "paired_p": paired_p(self.passed(first), self.passed(BASELINE)),
            "families_p": self._by_family(first),
        }  # fmt: skip

    def _total(self, driver: str) -> dict[str, Any]:
        passed = self.passed(driver)
        low, high = interval(sum(passed), len(passed))
        return {
            "passed": sum(passed), "planned": len(passed), "rate": sum(passed) / max(len(passed), 1),
            "low": low, "high": high, "mean_score": mean_score(self.verdicts[driver]),
        }  # fmt: skip

    def _by_family(self, driver: str) -> float:
        """Sign test with one vote a family: draws of one family are alike."""
        votes = [sum(self.passed(driver, f)) - sum(self.passed(BASELINE, f)) for f in self.families]
        return sign_p(sum(v > 0 for v in votes), sum(v < 0 for v in votes))

    def table(self) -> str:
        """The same for people."""
        told, drivers = self.document(), self.drivers
        lines = [f"{'family':22s} {'draws':>6s}" + "".join(f"{d:>20s}" for d in drivers)]
        for family, row in told["families"].items():
            lines.append(f"{family:22s} {row['planned']:6d}" + "".join(f"{row[d]:20d}" for d in drivers))
        totals = [told["drivers"][d] for d in drivers]
        lines.append(f"{'all':22s} {totals[0]['planned']:6d}" + "".join(f"{t['passed']:20d}" for t in totals))
        lines.append(f"{'pass rate':29s}" + "".join(f"{100 * t['rate']:18.1f} %" for t in totals))
        spans = [f"{100 * t['low']:.1f} to {100 * t['high']:.1f} %" for t in totals]
        lines.append(f"{'95 % interval, exact':29s}" + "".join(f"{span:>20s}" for span in spans))
        lines.append(f"{'mean score':29s}" + "".join(f"{t['mean_score']:20.3f}" for t in totals))
        lines.append(
            f"{drivers[0]} against {BASELINE}: p = {told['paired_p']:.2g} (paired by scenario, exact), "
            f"p = {told['families_p']:.2g} (one vote a family)"
        )
        lines += [f"not passed by {drivers[0]}: {i} ({mode})" for i, mode in told["failures"].items()]
        return "\n".join(lines)


def compare(scenarios: Sequence[Scenario], policy: Policy, name: str = "bc-small") -> HeldOut:
    """Drives all scenarios by a policy, by the baseline and by the teacher."""
    drivers: dict[str, Policy | str] = {name: policy, BASELINE: BASELINE, TEACHER: TEACHER}
    found = {label: verdicts_of(scenarios, driver) for label, driver in drivers.items()}
    return HeldOut(scenarios=scenarios, verdicts=found)
