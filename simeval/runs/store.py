"""The run folder: what belongs where, how a batch is committed, and which batches are finished.

A batch is committed by writing its traces and contacts first and its `episodes` file last: that file
lists the others with size and SHA-256. A batch is finished when its `episodes` file can be read and all
its companions are what it says. Nothing else marks progress: no lock, no daemon, no journal. Two runs may
work in one folder: the bytes of traces and contacts follow from the plan, so both write the same files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from simeval.errors import InputError, StoreError
from simeval.runs import files
from simeval.runs.parts import Episode, contact_rows, episode_row, trace_row
from simeval.runs.tables import REMEDY, arrays_of, decode, encode, metadata_of, table_of
from simeval.runs.temporary import is_abandoned

__all__ = ["Companion", "Store", "own_pack"]

COMPANIONS = "simeval.companions"


@contextlib.contextmanager
def own_pack() -> Iterator[None]:
    """Damage of the pack inside a run folder is damage of the run, and mended as such."""
    try:
        yield
    except InputError as error:
        raise StoreError(error.where, error.what, REMEDY) from error


class Companion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that an `episodes` file vouches for."""

    name: str
    size: int
    sha256: str


class Store:
    """One run folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest, self.plan = path / "manifest.json", path / "plan.parquet"
        self.pack, self.parts = path / "scenarios.pack", path / "parts"
        self.measured, self.scores = path / "measured", path / "scores"
        self.traffic = path / "traffic"

    def part(self, batch: str, table: str) -> Path:
        """Where a table of facts of a batch is."""
        return self.parts / f"{batch}.{table}.parquet"

    def commit(self, batch: str, episodes: Sequence[Episode], keep: Callable[[Episode], bool]) -> None:
        """Writes a finished batch; `keep` says whose trace is stored.

        Raises:
            StorageFull: when it cannot be written; the batch then counts as not run.
        """
        companions = [
            self._write(batch, "traces", _trace_rows(episodes, keep)),
            self._write(batch, "contacts", _contact_rows(episodes)),
        ]
        listed = msgspec.json.encode(companions).decode()
        rows = [episode_row(e) for e in episodes]
        table = table_of("episodes", rows, metadata={COMPANIONS: listed})
        files.write_file(self.part(batch, "episodes"), encode("episodes", table))

    def _write(self, batch: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Companion:
        data = encode(name, table_of(name, rows))
        path = self.part(batch, name)
        files.write_file(path, data)
        return Companion(path.name, len(data), files.sha256_of_bytes(data))

    def episodes(self, batch: str) -> Any:
        """The table of a committed batch, once its companions are found to be intact.

        Raises:
            StoreError: naming the file that is missing or damaged.
        """
        path = self.part(batch, "episodes")
        table = decode(path, "episodes")
        for companion in _companions(path, table):
            _verify(self.parts / companion.name, companion)
        return table

    def traces(self, batch: str) -> dict[str, dict[str, Any]]:
        """Rows of the stored traces of a batch by key, lists as arrays; `trace_from` makes a Trace of one.

        Raises:
            StoreError: when the file is missing or damaged.
        """
        table = decode(self.part(batch, "traces"), "traces")
        return {row["key"]: row for row in arrays_of(table)}

    def is_started(self, batch: str) -> bool:
        """Whether the batch was committed; its files may be damaged since."""
        return self.part(batch, "episodes").exists()

    def finished(self, batches: Iterable[str]) -> tuple[dict[str, Any], list[StoreError]]:
        """Episode tables of the finished batches, and what is wrong with those that are damaged."""
        found: dict[str, Any] = {}
        damage: list[StoreError] = []
        for batch in batches:
            if self.is_started(batch):
                try:
                    found[batch] = self.episodes(batch)
                except StoreError as error:
                    damage.append(error)
        return found, damage

    def remove_abandoned(self, batches: Iterable[str]) -> int:
        """Removes what runs that were cut off left behind: unfinished files, and parts that are not of
        this plan. Companions of a planned batch stay: the next commit of the batch replaces them."""
        planned, removed = set(batches), 0
        for folder, folders, names in os.walk(self.path):  # ignores what vanishes meanwhile
            for path in sorted(Path(folder) / name for name in [*folders, *names]):
                stray = path.parent == self.parts and path.name.split(".", 1)[0] not in planned
                if is_abandoned(path) or (stray and not path.name.startswith(".")):
                    files.remove(path)
                    removed += 1
        return removed


def _trace_rows(episodes: Sequence[Episode], keep: Callable[[Episode], bool]) -> list[dict[str, Any]]:
    return [trace_row(e.key, e.trace) for e in episodes if e.trace is not None and keep(e)]


def _contact_rows(episodes: Sequence[Episode]) -> list[dict[str, Any]]:
    return [row for e in episodes if e.trace is not None for row in contact_rows(e.key, e.trace)]


def _companions(path: Path, table: Any) -> list[Companion]:
    try:
        return msgspec.json.decode(metadata_of(table)[COMPANIONS], type=list[Companion])
    except (KeyError, msgspec.DecodeError) as error:
        raise StoreError(str(path), f"does not list its companions: {error}.", REMEDY) from None


def _verify(path: Path, companion: Companion) -> None:
    if "/" in companion.name or not path.is_file():
        raise StoreError(str(path), "is missing.", REMEDY)
    if path.stat().st_size != companion.size:
        size = path.stat().st_size
        raise StoreError(str(path), f"has {size:,} bytes, {companion.size:,} were written.", REMEDY)
    if files.sha256_of(path) != companion.sha256:
        raise StoreError(str(path), "is not what was written: its SHA-256 differs.", REMEDY)
