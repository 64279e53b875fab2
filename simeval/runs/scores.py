"""Scores: what a profile makes of the measurements. Derived, deletable, computed again when missing.

While a run goes on, each batch has its own file below `scores/<profile>@<version>.parts/`; at its end they
become the one file `scores/<profile>@<version>.parquet`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from simeval.content_hash import digest_of_json
from simeval.errors import StorageFull, StoreError
from simeval.judge import Profile, current_taxonomy
from simeval.metrics import version_of_metrics
from simeval.runs import files
from simeval.runs.tables import RESCORE, SCHEMAS, decode, encode, metadata_of, table_of

__all__ = ["METRICS", "RULES", "ScoreStore", "digest_of_profile", "latest_scores"]

METRICS, RULES, MODES = "simeval.metrics", "simeval.profile", "simeval.taxonomy"
ATTEMPTS = 5  # when another run removes a file or folder at the same moment


@dataclass(frozen=True)
class ScoreStore:
    """Scores of a run under one profile; rows of another state of the profile or metrics do not count."""

    root: Path
    profile: Profile
    metrics: str = ""  # which measurements they rest on; "": those that this profile alone asks for

    @property
    def path(self) -> Path:
        """The file that holds all rows once the run is done."""
        return self.root / f"{self.profile.label}.parquet"

    @property
    def parts(self) -> Path:
        """The folder of the batches' own files, gone once the run is done."""
        return self.root / f"{self.profile.label}.parts"

    @property
    def is_merged(self) -> bool:
        """Whether the one file is there and no batch's own file is left."""
        return self.path.is_file() and not self.parts.exists()

    @cached_property
    def stamp(self) -> dict[str, str]:
        """What the rows depend on besides the traces."""
        own = self.metrics or version_of_metrics(self.profile.measures, self.profile.companions)
        return {METRICS: own, RULES: digest_of_profile(self.profile), MODES: current_taxonomy().digest}

    def write_part(self, batch: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes the scores of one batch."""
        table = table_of("scores", rows)
        for attempt in range(ATTEMPTS):
            files.make_folder(self.parts)
            try:
                return self._write(self.parts / f"{batch}.parquet", table)
            except StorageFull as error:  # another run that was done may have removed the empty folder
                if attempt == ATTEMPTS - 1 or not isinstance(error.__cause__, FileNotFoundError):
                    raise
        return None

    def merge(self, order: Sequence[str], finished: set[str]) -> None:
        """Makes one file of all rows, in the order of the plan.

        While another run does the same, a row may be out of sight for a moment; then the batches' own
        files stay, and nothing is lost.
        """
        for _ in range(ATTEMPTS):
            table = self.table()
            keys = table["key"].to_pylist()
            if finished <= set(keys):
                place = {key: i for i, key in enumerate(order)}
                rows = sorted(range(len(keys)), key=lambda i: place[keys[i]])
                self._write(self.path, table.take(pa.array(rows, type=pa.int64())))
                return self._remove_parts()
        return None

    def table(self) -> Any:
        """All rows that count; a key stands once, the batch's own file before the merged one."""
        tables = [t for p in _files(self.root, self.profile.label) if (t := _read(p)) is not None]
        return _union([t for t in tables if self.stamp.items() <= metadata_of(t).items()])

    def _write(self, path: Path, table: Any) -> None:
        files.write_file(path, encode("scores", table.replace_schema_metadata(self.stamp)))

    def _remove_parts(self) -> None:
        """The folder goes too, unless another run is writing into it just now."""
        for path in _in_folder(self.parts):
            files.remove(path)
        with contextlib.suppress(OSError):
            self.parts.rmdir()


def digest_of_profile(profile: Profile) -> str:
    """What a profile means, whatever it is called in messages and wherever its lines stand."""
    rules: dict[str, Any] = msgspec.to_builtins(profile)
    return digest_of_json({k: v for k, v in rules.items() if k not in ("doc", "file", "lines")})


def latest_scores(root: Path, label: str) -> tuple[Any, dict[str, str]]:
    """The stored rows of a profile and their stamp: the metrics and the rules they were made with.

    Raises:
        StoreError: when a file is damaged.
    """
    found = _dated(root, label)
    if not found:
        return EMPTY, {}
    newest = metadata_of(max(found, key=lambda item: item[0])[1])
    return _union([t for _, t in found if metadata_of(t) == newest]), newest


def _dated(root: Path, label: str) -> list[tuple[int, Any]]:
    for attempt in range(ATTEMPTS):
        paths = _files(root, label)
        try:
            return [(path.stat().st_mtime_ns, decode(path, "scores", remedy=RESCORE)) for path in paths]
        except (StoreError, FileNotFoundError):
            if attempt == ATTEMPTS - 1 or all(path.exists() for path in paths):
                raise
    return []


def _files(root: Path, label: str) -> list[Path]:
    parts = _in_folder(root / f"{label}.parts")
    merged = root / f"{label}.parquet"
    return [*parts, merged] if merged.is_file() else parts


def _in_folder(folder: Path) -> list[Path]:
    """Finished files of a folder that another run may remove at any moment."""
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    return [path for path in paths if not path.name.startswith(".")]


def _read(path: Path) -> Any:
    """The table; None when it is damaged, so that it is made again."""
    try:
        return decode(path, "scores")
    except StoreError:
        return None


def _union(tables: Sequence[Any]) -> Any:
    whole = pa.concat_tables([t.replace_schema_metadata() for t in tables]) if tables else EMPTY
    keys = whole["key"].to_pylist()
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    return whole.take(pa.array(sorted(first.values()), type=pa.int64()))


EMPTY = SCHEMAS["scores"].empty_table()
