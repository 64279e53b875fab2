"""Measurements, events and series of a batch: derived from traces, deletable, computed again when missing."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from simeval.metrics import METRICS_VERSION, Event, Measured, Measurement, version_of_metrics
from simeval.metrics.records import ERROR
from simeval.metrics.registry import contents
from simeval.runs import files
from simeval.runs.tables import RESCORE, decode, encode, table_of

__all__ = ["CONTENTS", "TABLES", "MeasuredStore", "holder_of", "measured_from"]

CONTENTS = "contents.json"  # what a folder of measurements holds

TABLES = ("events", "series", "measurements")  # the last one written says that the others are there


@dataclass(frozen=True)
class MeasuredStore:
    """The folder `measured/<version of the metrics>/`; one set of files a batch."""

    root: Path
    version: str = METRICS_VERSION

    @property
    def folder(self) -> Path:
        """Where this version's files are."""
        return self.root / self.version

    def path(self, batch: str, table: str) -> Path:
        """Where one table of a batch is."""
        return self.folder / f"{batch}.{table}.parquet"

    def write(self, batch: str, measured: Mapping[str, Measured]) -> None:
        """Writes what was measured on the episodes of a batch, by key."""
        files.make_folder(self.folder)
        rows = {
            "events": [_event_row(key, e) for key, m in measured.items() for e in m.events],
            "series": [_series_row(key, *item) for key, m in measured.items() for item in m.series.items()],
            "measurements": [
                {"key": key, **msgspec.structs.asdict(x)}
                for key, m in measured.items()
                for x in m.measurements
            ],
        }
        for table in TABLES:
            files.write_file(self.path(batch, table), encode(table, table_of(table, rows[table])))

    def read(self, batch: str, table: str) -> Any:
        """One table of a batch.

        Raises:
            StoreError: when it is missing or damaged; `simeval score` writes it again.
        """
        return decode(self.path(batch, table), table, remedy=RESCORE)

    def has(self, batch: str) -> bool:
        """Whether all tables of a batch are there."""
        return all(self.path(batch, table).is_file() for table in TABLES)

    def by_key(self, batch: str) -> dict[str, Measured]:
        """What was measured on the episodes of a batch.

        Raises:
            StoreError: when a table is missing or damaged.
        """
        events, series = self._grouped(batch, "events"), self._series(batch)
        return {
            key: measured_from(rows, events.get(key, []), series.get(key, {}))
            for key, rows in self._grouped(batch, "measurements").items()
        }

    def _grouped(self, batch: str, table: str) -> dict[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in self.read(batch, table).to_pylist():
            grouped.setdefault(row["key"], []).append(row)
        return grouped

    def _series(self, batch: str) -> dict[str, dict[str, Any]]:
        grouped: dict[str, dict[str, Any]] = {}
        table = self.read(batch, "series")
        for i, (key, name) in enumerate(
            zip(table["key"].to_pylist(), table["series"].to_pylist(), strict=True)
        ):
            values = table["values"][i].values.to_numpy(zero_copy_only=False)
            grouped.setdefault(key, {})[name] = values.astype("float64")
        return grouped


def holder_of(
    root: Path, wanted: Collection[str], companions: Mapping[str, str], *, search: bool = False
) -> str:
    """The version under which measurements are kept that hold everything wanted.

    With `search` that of stored ones that hold more will do: what was measured for several profiles
    together serves each of them.
    """
    own, needed = version_of_metrics(wanted, companions), contents(wanted, companions)
    if search and not (root / own).is_dir():
        for path in sorted(root.glob(f"*/{CONTENTS}")):
            if _holds(_read_contents(path), needed):
                return path.parent.name
    files.make_folder(root / own)
    if not (root / own / CONTENTS).is_file():
        files.write_file(root / own / CONTENTS, msgspec.json.encode(needed, order="deterministic"))
    return own


def _holds(stored: Mapping[str, Any], needed: Mapping[str, Any]) -> bool:
    """Whether all metrics, with their versions and companions, and the very same events and series."""
    same = all(stored.get(part) == needed[part] for part in ("events", "series"))
    roles = needed.get("companions", {}).items() <= stored.get("companions", {}).items()
    return same and roles and needed["metrics"].items() <= stored.get("metrics", {}).items()


def _read_contents(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}


def _measurement_row(key: str, measurement: Measurement) -> dict[str, Any]:
    """A value that is not finite is a defect of its metric, and is stored as such."""
    row = {"key": key, **msgspec.structs.asdict(measurement)}
    if row["value"] is not None and not math.isfinite(row["value"]):
        row |= {"value": None, "valid": False, "reason": f"{ERROR}the value is {row['value']}"}
    return row


def _event_row(key: str, event: Event) -> dict[str, Any]:
    detail = {name: _finite(value) for name, value in event.detail.items()}
    row = {name: _finite(value) for name, value in msgspec.structs.asdict(event).items()}
    return row | {"key": key, "detail": msgspec.json.encode(detail, order="deterministic").decode()}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _series_row(key: str, name: str, values: Any) -> dict[str, Any]:
    values = np.asarray(values, dtype=np.float64)
    return {"key": key, "series": name, "values": pa.array(values, mask=~np.isfinite(values))}


def measured_from(
    measurements: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]], series: Mapping[str, Any]
) -> Measured:
    """What was measured on one episode, from its rows."""
    return Measured(
        measurements=[Measurement(**_without_key(row)) for row in measurements],
        events=[
            Event(**{**_without_key(row), "detail": msgspec.json.decode(row["detail"])}) for row in events
        ],
        series=dict(series),
    )


def _without_key(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "key"}
