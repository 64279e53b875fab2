"""Reading the columns of a pack row by row, each column taken apart once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyarrow as pa

from simeval.arrays import Array

__all__ = ["Column"]


class Column(ABC):
    """One column of a row group; `row` gives what `pack_codec.encode` took.

    Row by row Arrow builds an object for every list; taken apart once, a row is a slice of a few arrays.
    Numbers are copied out, so that a scenario does not keep its whole row group in memory.
    """

    @abstractmethod
    def row(self, index: int) -> Any:
        """The value of one row.

        Raises:
            ValueError: when a text or whole number is null where only undefined numbers may be.
        """

    @staticmethod
    def of(column: Any) -> Column:
        """Takes an Arrow array apart."""
        kind = column.type
        if pa.types.is_struct(kind):
            return _Struct(column)
        if not pa.types.is_list(kind):
            return _Plain(column)
        return _Table(column) if pa.types.is_struct(kind.value_type) else _Lists(column)


class _Plain(Column):
    def __init__(self, column: Any) -> None:
        self._values = column.to_pylist()

    def row(self, index: int) -> Any:
        return self._values[index]


class _Struct(Column):
    def __init__(self, column: Any) -> None:
        self._there = column.is_valid().to_pylist()
        kind = column.type
        # Not `flatten`, which gives nulls to the fields of what is absent: lists of it are then null too.
        self._parts = {kind.field(i).name: Column.of(column.field(i)) for i in range(kind.num_fields)}

    def row(self, index: int) -> Any:
        if not self._there[index]:
            return None
        return {name: part.row(index) for name, part in self._parts.items()}


class _Bounds:
    """Where the entries of each list begin and end."""

    def __init__(self, column: Any) -> None:
        self._there = column.is_valid().to_pylist()
        offsets: Array = column.offsets.to_numpy(zero_copy_only=False)
        self.first = int(offsets[0])
        self.last = int(offsets[-1])
        self._offsets = (offsets - self.first).tolist()

    def of(self, index: int) -> tuple[int, int]:
        if not self._there[index]:
            raise ValueError("a list is null")
        return self._offsets[index], self._offsets[index + 1]


class _Lists(Column):
    def __init__(self, column: Any) -> None:
        self._bounds = _Bounds(column)
        self._values = _Values(
            column.values.slice(self._bounds.first, self._bounds.last - self._bounds.first)
        )

    def row(self, index: int) -> Any:
        return self._values.part(*self._bounds.of(index))


class _Table(Column):
    """Lists of structs: one array a field."""

    def __init__(self, column: Any) -> None:
        self._bounds = _Bounds(column)
        rows = column.values.slice(self._bounds.first, self._bounds.last - self._bounds.first)
        kind = rows.type
        self._parts = {kind.field(i).name: _Values(part) for i, part in enumerate(rows.flatten())}

    def row(self, index: int) -> Any:
        first, last = self._bounds.of(index)
        return {name: part.part(first, last) for name, part in self._parts.items()}


class _Values:
    """Flat entries of all lists: texts as they are, numbers as an array."""

    def __init__(self, flat: Any) -> None:
        self._texts: list[Any] | None = None
        self._missing: Array | None = None
        if pa.types.is_string(flat.type):
            self._texts = flat.to_pylist()
            return
        if pa.types.is_floating(flat.type):
            flat = flat.fill_null(0.0) if flat.null_count else flat
        elif flat.null_count:
            self._missing = np.asarray(flat.is_null())
            flat = flat.fill_null(False if pa.types.is_boolean(flat.type) else 0)
        self._numbers: Array = flat.to_numpy(zero_copy_only=False)

    def part(self, first: int, last: int) -> Any:
        if self._texts is not None:
            return self._texts[first:last]
        if self._missing is not None and self._missing[first:last].any():
            raise ValueError("a whole number is null")
        return np.array(self._numbers[first:last])
