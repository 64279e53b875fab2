"""One Parquet file of a pack, read lazily by row groups, with every kind of damage named."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simeval.errors import InputError
from simeval.scenario.pack_read import Column
from simeval.scenario.pack_table import PACK_FORMAT

__all__ = ["REBUILD", "PackFile", "damage"]

REBUILD = "Import the source files again."
KEPT_BYTES = 256 << 20  # of decoded row groups: batches of a run take their rows from many of them
MAX_GROUP_BYTES = 8 << 30  # a row group that unpacks to more is refused: a bomb, not a scenario


def damage(path: Path, what: str) -> InputError:
    """The error for a pack that cannot be trusted."""
    return InputError(str(path), f"is damaged: {what}.", REBUILD)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise damage(path, "it is missing") from None
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        text = " ".join(str(error).split())[:160].rstrip(".")
        raise damage(path, text or type(error).__name__) from error


class _Group(NamedTuple):
    columns: dict[str, Column]
    nbytes: int


class PackFile:
    """Rows of one file; the last row groups that were used stay in memory."""

    def __init__(self, path: Path, schema: Any, content: str) -> None:
        self.path, self._schema = path, schema
        with _named(path):
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
            metadata = self._file.metadata
            raw = metadata.metadata or {}
            self.num_rows = int(metadata.num_rows)
            counts = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
            sizes = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]
        self.facts = {
            k.decode(errors="replace").removeprefix("simeval."): v.decode(errors="replace")
            for k, v in raw.items()
        }
        self._check_version(content)
        self._check_columns()
        if (
            sum(counts) != self.num_rows
            or any(n < 0 for n in counts)
            or any(n > MAX_GROUP_BYTES for n in sizes)
        ):
            raise damage(path, "its row groups do not add up")
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._groups: OrderedDict[int, _Group] = OrderedDict()

    def _check_version(self, content: str) -> None:
        if self.facts.get("content") != content:
            what = f"is not the {content} file of a pack."
            raise InputError(str(self.path), what, "`simeval import` makes packs from files.")
        version = self.facts.get("format", "")
        if version != str(PACK_FORMAT):
            by = self.facts.get("version", "unknown")
            what = f"has pack format {version[:20]!r} (simeval {by[:20]}); this one reads {PACK_FORMAT}."
            raise InputError(str(self.path), what, "Update simeval, or import the source files again.")

    def _check_columns(self) -> None:
        with _named(self.path):
            have = {f.name: f.type for f in self._file.schema_arrow}
        for wanted in self._schema:
            if wanted.name not in have:
                raise damage(self.path, f"the column {wanted.name!r} is missing")
            if have[wanted.name] != wanted.type:
                raise damage(self.path, f"the column {wanted.name!r} has another type")

    def read(self, columns: list[str]) -> Any:
        """Some columns of all rows, as an Arrow table."""
        with _named(self.path):
            return self._file.read(columns=columns, use_threads=False)

    def column(self, name: str) -> list[Any]:
        """All values of one text column; none may be null."""
        values: list[Any] = self.read([name]).column(name).to_pylist()
        if any(v is None for v in values):
            raise damage(self.path, f"the column {name!r} has a null")
        return values

    def rows(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Some columns of all rows, decoded; a row group at a time."""
        for group in range(self._file.num_row_groups):
            with _named(self.path):
                table = self._file.read_row_group(group, columns=names, use_threads=False)
                columns = {name: Column.of(table.column(name).combine_chunks()) for name in names}
                rows = [{name: c.row(at) for name, c in columns.items()} for at in range(len(table))]
            yield from rows

    def check(self) -> None:
        """Reads all row groups, which compares their checksums."""
        with _named(self.path):
            for group in range(self._file.num_row_groups):
                self._file.read_row_group(group, use_threads=False)

    def row(self, index: int) -> dict[str, Any]:
        """One row, decoded."""
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        columns, at = self._group(group).columns, index - int(self._starts[group])
        with _named(self.path):
            return {name: column.row(at) for name, column in columns.items()}

    def _group(self, group: int) -> _Group:
        """The columns of a row group, ready to be read row by row."""
        if group not in self._groups:
            with _named(self.path):
                table = self._file.read_row_group(group, use_threads=False)
                columns = {f.name: Column.of(table.column(f.name).combine_chunks()) for f in self._schema}
                self._groups[group] = _Group(columns, table.nbytes)
            while len(self._groups) > 1 and sum(g.nbytes for g in self._groups.values()) > KEPT_BYTES:
                self._groups.popitem(last=False)
        self._groups.move_to_end(group)
        return self._groups[group]
