"""The columnar index of the page: one array a column over all episodes, texts that repeat only once.

A column is one of
`{"kind": "text", "values": [...]}`, `{"kind": "number", "unit": "s", "values": [1.2, null]}`,
`{"kind": "category", "values": ["idm", ...], "codes": [0, 0, 1]}` (-1: none) and
`{"kind": "list", "values": [...], "codes": [[0, 2], []]}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from simeval.report.rows import Row
from simeval.scenario import Scenario

__all__ = ["FORMAT", "columns_of", "number_columns"]

FORMAT = 1  # of the data in the page; raised when a reader of the old form would misread the new one

KEY_DIGITS = 16  # of a key in links and columns
NUM_METRICS = 10  # metrics that become columns; all of them are among the facts of an episode

# These come first among the metrics, in this order, where the run measured them.
PREFERRED = ("min_ttc_s", "min_gap_m", "route_progress_ratio", "max_decel_mps2")

Column = dict[str, Any]


def columns_of(
    rows: Sequence[Row], scenarios: Mapping[str, Scenario | str], units: Mapping[str, str]
) -> dict[str, Column]:
    """All columns of the table of episodes, by name. `units` holds the unit of each metric to show."""
    columns = {
        "key": {"kind": "text", "values": short_keys([row.key for row in rows])},
        "scenario": _category(row.scenario_id for row in rows),
        "family": _category(row.plan.get("family") for row in rows),
        "policy": _category(row.policy for row in rows),
        "seed": _numbers((row.plan.get("seed") for row in rows), ""),
        "outcome": _category(row.outcome for row in rows),
        "mode": _category(row.mode for row in rows),
        "cause": _category(_score(row, "cause_event") for row in rows),
        "cause_time_s": _numbers((_score(row, "cause_time_s") for row in rows), "s"),
        "ending": _category((row.episode or {}).get("ending") for row in rows),
        "duration_s": _numbers((_duration(row) for row in rows), "s"),
        "total": _numbers((_score(row, "total") for row in rows), ""),
        "tags": _lists(_tags(scenarios.get(row.scenario_id)) for row in rows),
    }
    for metric, unit in units.items():
        columns[metric] = _numbers((row.values.get(metric) for row in rows), unit)
    return columns


def number_columns(rows: Iterable[Row]) -> dict[str, str]:
    """The metrics that become columns, with their unit: those defined anywhere, the preferred ones first."""
    units: dict[str, str] = {}
    for row in rows:
        for m in row.measurements:
            if m.get("value") is not None:
                units.setdefault(str(m["metric"]), str(m.get("unit") or ""))
    order = [m for m in PREFERRED if m in units] + sorted(m for m in units if m not in PREFERRED)
    return {metric: units[metric] for metric in order[:NUM_METRICS]}


def short_keys(keys: Sequence[str]) -> list[str]:
    """The first digits of each key, or the whole keys if those were not unique."""
    short = [key[:KEY_DIGITS] for key in keys]
    return short if len(set(short)) == len(set(keys)) else list(keys)


def _score(row: Row, name: str) -> Any:
    return (row.score or {}).get(name)


def _duration(row: Row) -> float | None:
    episode = row.episode or {}
    return episode.get("duration_s")


def _tags(scenario: Scenario | str | None) -> tuple[str, ...]:
    return scenario.tags if isinstance(scenario, Scenario) else ()


def _numbers(values: Iterable[Any], unit: str) -> Column:
    return {"kind": "number", "unit": unit, "values": [_rounded(v) for v in values]}


def _rounded(value: Any) -> float | int | None:
    """Three decimals are more than a table shows."""
    if value is None or isinstance(value, int):
        return value
    value = round(float(value), 3)
    return int(value) if value.is_integer() else value


def _category(values: Iterable[Any]) -> Column:
    code, names = _coder()
    return {"kind": "category", "codes": [-1 if v is None else code(str(v)) for v in values], "values": names}


def _lists(values: Iterable[Iterable[str]]) -> Column:
    code, names = _coder()
    return {"kind": "list", "codes": [[code(v) for v in each] for each in values], "values": names}


def _coder() -> tuple[Callable[[str], int], list[str]]:
    """A function that numbers names in order of appearance, and the growing list of them."""
    numbers: dict[str, int] = {}
    names: list[str] = []

    def code(name: str) -> int:
        if name not in numbers:
            numbers[name] = len(names)
            names.append(name)
        return numbers[name]

    return code, names
