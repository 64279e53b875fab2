"""One run for each combination of settings, and how the pass rate changes with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simeval.content_hash import digest_of_json
from simeval.runs.manifest import shown_path
from simeval.runs.markdown import Raw, code, table_of
from simeval.runs.progress import Progress
from simeval.runs.result import Run
from simeval.runs.runner import run
from simeval.runs.settings import RunSettings
from simeval.runs.sweep_axes import Axis, combinations, settings_of
from simeval.sim import DRIVERS
from simeval.statistics import Interval, clopper_pearson

__all__ = ["LEGEND", "Sweep", "SweepRow", "sweep"]

LEGEND = (
    "Pass rate of judged episodes with its exact 95 % interval (Clopper-Pearson), which takes episodes for "
    "independent. broke and fixed: episodes that passed with the first combination and fail here, and the "
    "reverse, scenario by scenario and seed by seed."
)
UNFELT = (
    "latency_s", "drop_plans", "noise_position_m", "noise_heading_rad", "noise_speed_mps", "miss",
    "miss_for_s",
)  # fmt: skip
FAILED = ("fail", "policy_fault")


@dataclass(frozen=True, kw_only=True)
class SweepRow:
    """One policy under one combination; `broke` and `fixed` against the first combination."""

    values: dict[str, Any]
    policy: str
    planned: int
    passed: int
    failed: int
    policy_fault: int
    unscored: int
    pass_rate: Interval
    broke: int
    fixed: int
    run: str  # folder

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        plain, rate = dataclasses.asdict(self), self.pass_rate
        return plain | {"pass_rate": rate.value, "low": rate.low, "high": rate.high}


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What came of it: one row a combination and policy, in the order in which they ran."""

    axes: tuple[Axis, ...]
    rows: tuple[SweepRow, ...]
    profile: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The same for the same runs: part of a file name."""
        told = [[row.run.rpartition("/")[2], row.values] for row in self.rows]
        return f"sweep-{'+'.join(axis.name for axis in self.axes)[:60]}-{digest_of_json(told)[:8]}"

    def columns(self) -> list[str]:
        """Heads of `cells`."""
        counts = ["pass", "fail", "fault", "unscored", "pass rate", "low", "high", "broke", "fixed"]
        return ["policy", *(axis.name for axis in self.axes), *counts]

    def cells(self) -> list[list[object]]:
        """The rows for people; rates in percent."""
        return [
            [
                row.policy, *(_shown(row.values[axis.name]) for axis in self.axes), row.passed, row.failed,
                row.policy_fault, row.unscored, *_percents(row.pass_rate), row.broke, row.fixed,
            ]
            for row in self.rows
        ]  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        axes = {axis.name: list(axis.values) for axis in self.axes}
        return {
            "axes": axes, "profile": self.profile, "confidence": 0.95, "notes": list(self.notes),
            "rows": [row.as_dict() for row in self.rows],
        }  # fmt: skip

    def markdown(self) -> str:
        """A table for a pull request."""
        cells = [[Raw(code(str(c))) if i == 0 else c for i, c in enumerate(row)] for row in self.cells()]
        lines = [table_of(self.columns(), cells), "", f"Judged by {code(self.profile)}. {LEGEND}"]
        return "\n".join([*lines, *self.notes]) + "\n"


def sweep(
    sources: Sequence[str | Path],
    policies: Sequence[Any],
    axes: Sequence[Axis],
    given: Mapping[str, Any] | None = None,
    out: Path = Path("runs"),
    progress: Progress | None = None,
    *,
    one: Callable[[RunSettings, Sequence[str]], Run] | None = None,
) -> Sweep:
    """Runs every combination, each in a run folder of its own: the same call goes on where it stopped, and
    a combination that has run is read.

    Args:
        sources, policies, out: as for `run`.
        axes: see `read_axes`.
        given: settings that all combinations share.
        progress: of each run.
        one: what is done for each combination, with its settings and the names of those that were chosen.

    Raises:
        UsageError: a combination that makes no sense, before anything runs; and what `run` raises.
    """
    chosen = [(values, settings_of(given or {}, values)) for values in combinations(axes)]
    progress = progress or Progress()
    names = [*(given or {}), *(axis.name for axis in axes)]

    def ran(settings: RunSettings, told: Sequence[str]) -> Run:
        return run(sources, policies, settings, out, progress, dict.fromkeys(told, "sweep"))

    rows: list[SweepRow] = []
    first: Run | None = None
    for number, (values, settings) in enumerate(chosen, start=1):
        listed = ", ".join(f"{name}={_shown(value)}" for name, value in values.items())
        progress.note(f"sweep {number} of {len(chosen)}: {listed}")
        made = (one or ran)(settings, names)
        first = first or made
        rows += _rows(made, values, first)
    assert first is not None
    return Sweep(axes=tuple(axes), rows=tuple(rows), profile=first.profile, notes=tuple(_notes(axes, rows)))


def _rows(made: Run, values: dict[str, Any], first: Run) -> list[SweepRow]:
    outcomes, before, found = _outcomes(made), _outcomes(first), []
    for policy, counts in made.headline()["policies"].items():
        pairs = [(before[k], outcomes[k]) for k in outcomes if k[0] == policy and k in before]
        passed, judged = counts["pass"], counts["planned"] - counts["unscored"]
        row = SweepRow(
            values=values, policy=policy, planned=counts["planned"], passed=passed, failed=counts["fail"],
            policy_fault=counts["policy_fault"], unscored=counts["unscored"],
            pass_rate=clopper_pearson(passed, judged), run=shown_path(made.path),
            broke=sum(a == "pass" and b in FAILED for a, b in pairs),
            fixed=sum(b == "pass" and a in FAILED for a, b in pairs),
        )  # fmt: skip
        found.append(row)
    return found


def _outcomes(made: Run) -> dict[tuple[str, str, int], str]:
    """By policy, scenario and seed."""
    table = made.plan[["key", "policy", "scenario_id", "seed"]].merge(
        made.scores[["key", "outcome"]], on="key"
    )
    return {
        (str(row["policy"]), str(row["scenario_id"]), int(row["seed"])): str(row["outcome"])
        for row in table.to_dict("records")
    }


def _notes(axes: Sequence[Axis], rows: Sequence[SweepRow]) -> list[str]:
    unfelt = [axis.name for axis in axes if axis.name in UNFELT]
    engine = [name for name in dict.fromkeys(row.policy for row in rows) if name in DRIVERS]
    if not (unfelt and engine):
        return []
    what = f"{', '.join(unfelt)} changes nothing for {', '.join(engine)}"
    return [f"{what}: engine drivers are part of the simulator and see the truth at once."]


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def _percents(rate: Interval) -> list[str | None]:
    return [None if x is None else f"{100.0 * x:.1f}%" for x in (rate.value, rate.low, rate.high)]
