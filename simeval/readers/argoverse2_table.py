"""The columns of an Argoverse 2 track table, checked for presence, type and nulls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.content import FileContent

__all__ = ["NUMBERS", "read_columns", "track_columns"]

MAX_ROWS = 5_000_000
MAX_GROUP_BYTES = 4 << 30
NUMBERS = ("position_x", "position_y", "heading", "velocity_x", "velocity_y")
TEXTS = ("track_id", "object_type", "scenario_id")
COLUMNS = (*TEXTS, "timestep", *NUMBERS)


@contextmanager
def _parquet_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        text = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
        raise InputError(
            name, f"is not a sound Parquet file: {text}.", "Copy or download it again."
        ) from None


def track_columns(content: FileContent) -> frozenset[str]:
    """Names of the columns of a Parquet file."""
    with _parquet_errors(content.name):
        return frozenset(pq.read_schema(pa.BufferReader(content.data)).names)


def read_columns(content: FileContent) -> dict[str, Array]:
    """All columns that are used, in the order of the rows.

    Raises:
        InputError: when a column is missing, has nulls or another type.
    """
    table = _table(content)
    return {name: _column(content, table, name) for name in COLUMNS}


def _table(content: FileContent) -> Any:
    with _parquet_errors(content.name):
        file = pq.ParquetFile(pa.BufferReader(content.data))
        names, meta = set(file.schema_arrow.names), file.metadata
        size = max((meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)), default=0)
    for name in COLUMNS:
        if name not in names:
            what = f"the column {name!r} is missing."
            raise InputError(content.name, what, "It is not an Argoverse 2 track table; export it again.")
    if meta.num_rows == 0:
        raise InputError(content.name, "the table has no row.", "Copy or download it again.")
    if meta.num_rows > MAX_ROWS or size > MAX_GROUP_BYTES:
        what = f"{meta.num_rows} rows are more than is read (at most {MAX_ROWS})."
        raise InputError(content.name, what, "Split it into one file for each scenario.")
    with _parquet_errors(content.name):
        return file.read(columns=list(COLUMNS), use_threads=False)


def _column(content: FileContent, table: Any, name: str) -> Array:
    where = f"{content.name}: {name}"
    column = table.column(name)
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise InputError(f"{where}, row {row}", "is null.", "Every row needs a value; export it again.")
    kind = pa.int64() if name == "timestep" else pa.string() if name in TEXTS else pa.float64()
    try:
        if name in NUMBERS and not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise pa.ArrowInvalid("not a number")
        return np.array(column.cast(kind).to_numpy(zero_copy_only=False))
    except (pa.ArrowException, ValueError):
        what = f"is of type {column.type} where {kind} is expected."
        raise InputError(where, what, "Export the table again.") from None
