"""The episodes of a run as plain rows: what was planned, what came of it, in the order of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from simeval.errors import SimevalError
from simeval.report.source import RunFolder
from simeval.scenario import Scenario

__all__ = [
    "OUTCOMES",
    "READ_ERRORS",
    "Outcome",
    "Record",
    "Row",
    "plain",
    "read_rows",
    "scenarios_of",
    "words_of",
]

Outcome = Literal["pass", "fail", "policy_fault", "unscored"]
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "policy_fault", "unscored")

# What reading a missing or damaged part of a run folder can raise; the page shows the message.
READ_ERRORS = (SimevalError, OSError, ValueError, KeyError, LookupError)

NOT_RUN = "Not run yet: the run was interrupted, or is still going. The same command goes on with it."

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One planned episode: the rows that the run's tables hold of it."""

    key: str
    plan: Record
    episode: Record | None  # None: not run
    score: Record | None  # None: not judged
    measurements: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)

    @property
    def scenario_id(self) -> str:
        """Id of its scenario."""
        return str(self.plan["scenario_id"])

    @property
    def policy(self) -> str:
        """Name of who drove the ego."""
        return str(self.plan["policy"])

    @property
    def outcome(self) -> Outcome:
        """One of the four; an episode without verdict is unscored."""
        said = (self.score or {}).get("outcome")
        return cast(Outcome, said) if said in OUTCOMES else "unscored"

    @property
    def mode(self) -> str | None:
        """The failure mode, where it failed."""
        mode = (self.score or {}).get("mode")
        return None if mode is None else str(mode)

    @property
    def reason(self) -> str | None:
        """Why there is no verdict."""
        if self.outcome != "unscored":
            return None
        if self.episode is None:
            return NOT_RUN
        return (self.score or {}).get("reason") or self.episode.get("error_message")

    @property
    def values(self) -> dict[str, float | None]:
        """Measured value by metric; None where it is undefined."""
        return {str(m["metric"]): m.get("value") if m.get("valid", True) else None for m in self.measurements}


def read_rows(run: RunFolder) -> list[Row]:
    """All planned episodes of a run, with what is known of each."""
    episodes, scores = _by_key(run.episodes), _by_key(run.scores)
    measurements, events = _grouped(run.measurements), _grouped(run.events)
    return [
        Row(
            key=str(planned["key"]),
            plan=planned,
            episode=episodes.get(planned["key"]),
            score=scores.get(planned["key"]),
            measurements=measurements.get(planned["key"], []),
            events=sorted(events.get(planned["key"], []), key=lambda e: (e["step"], str(e["event"]))),
        )
        for planned in _records(run.plan)
    ]


def scenarios_of(run: RunFolder, rows: Iterable[Row]) -> dict[str, Scenario | str]:
    """The scenario of each id in the rows, or in words why it cannot be read."""
    found: dict[str, Scenario | str] = {}
    for row in rows:
        if row.scenario_id not in found:
            try:
                found[row.scenario_id] = run.scenario(row.key)
            except READ_ERRORS as error:
                found[row.scenario_id] = f"The scenario cannot be read: {words_of(error)}"
    return found


def words_of(error: Exception) -> str:
    """What an error says, without the place: a page that is passed on tells nothing of folders."""
    if isinstance(error, SimevalError):
        return f"{error.what} {error.fix}".strip()
    return str(error)


def plain(value: Any) -> Any:
    """A value as JSON knows it: no NumPy types, missing and not finite numbers as None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | list | tuple | set):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if value is pd.NaT or value is pd.NA else str(value)


def _records(frame: pd.DataFrame) -> list[Record]:
    return [cast(Record, plain(record)) for record in frame.to_dict("records")]


def _by_key(frame: pd.DataFrame) -> dict[str, Record]:
    return {str(record["key"]): record for record in _records(frame)}


def _grouped(frame: pd.DataFrame) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in _records(frame):
        groups.setdefault(str(record["key"]), []).append(record)
    return groups
