"""Rows of plain values and NumPy arrays to Arrow columns, driven by the column type; `pack_read` reads them.

In a row a list of numbers is an array (masked where undefined: null in the file, 0.0 when read back),
a list of texts a list, a struct a dictionary, and a list of structs a dictionary of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["encode", "float_paths", "text_paths"]


def encode(values: Sequence[Any], kind: Any) -> Any:
    """One Arrow array of type `kind` with an entry for each value.

    Raises:
        ValueError: when a number is NaN or infinite; files hold null instead.
    """
    if pa.types.is_struct(kind):
        return _encode_struct(values, kind)
    if not pa.types.is_list(kind):
        return _flat(list(values), kind)
    if pa.types.is_struct(kind.value_type):
        first = kind.value_type.field(0).name
        offsets = _offsets([len(v[first]) for v in values])
        return pa.ListArray.from_arrays(offsets, _columns(values, kind.value_type), type=kind)
    offsets = _offsets([len(v) for v in values])
    return pa.ListArray.from_arrays(offsets, _joined(values, kind.value_type), type=kind)


def _encode_struct(values: Sequence[Any], kind: Any) -> Any:
    absent = np.array([v is None for v in values], dtype=bool)
    fields = [kind.field(i) for i in range(kind.num_fields)]
    parts = [encode([_empty(f.type) if v is None else v[f.name] for v in values], f.type) for f in fields]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=pa.array(absent))


def _empty(kind: Any) -> Any:
    return [] if pa.types.is_list(kind) else None


def _columns(values: Sequence[Any], kind: Any) -> Any:
    fields = [kind.field(i) for i in range(kind.num_fields)]
    return pa.StructArray.from_arrays(
        [_joined([v[f.name] for v in values], f.type) for f in fields], fields=fields
    )


def _joined(parts: Sequence[Any], kind: Any) -> Any:
    if pa.types.is_string(kind) or not all(isinstance(p, np.ndarray) for p in parts):
        return _flat(list(chain.from_iterable(parts)), kind)
    mask = np.concatenate([np.ma.getmaskarray(p) for p in parts]) if parts else np.zeros(0, dtype=bool)
    data = np.concatenate([np.ma.getdata(p) for p in parts]) if parts else np.zeros(0)
    if data.dtype.kind == "f" and not np.isfinite(data[~mask]).all():
        raise ValueError("a number is NaN or infinite")
    return pa.array(data, type=kind, mask=mask)


def _flat(values: list[Any], kind: Any) -> Any:
    if pa.types.is_floating(kind) and not all(v is None or np.isfinite(v) for v in values):
        raise ValueError("a number is NaN or infinite")
    return pa.array(values, type=kind)


def _offsets(counts: list[int]) -> Any:
    return pa.array(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), type=pa.int32())


def float_paths(schema: Any) -> list[str]:
    """Parquet paths of all float columns."""
    return [path for path, kind in _leaves(schema) if pa.types.is_floating(kind)]


def text_paths(schema: Any) -> list[str]:
    """Parquet paths of all text columns."""
    return [path for path, kind in _leaves(schema) if pa.types.is_string(kind)]


def _leaves(schema: Any) -> list[tuple[str, Any]]:
    return [leaf for f in schema for leaf in _leaves_of(f.name, f.type)]


def _leaves_of(path: str, kind: Any) -> list[tuple[str, Any]]:
    if pa.types.is_list(kind):
        return _leaves_of(f"{path}.list.element", kind.value_type)
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return [leaf for f in fields for leaf in _leaves_of(f"{path}.{f.name}", f.type)]
    return [(path, kind)]
