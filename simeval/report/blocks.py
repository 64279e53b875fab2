"""The text blocks of the page: named int32 arrays, as deltas in byte planes, deflated, in base64.

A block is base64 of zlib of `header length (uint32) | header (JSON) | arrays`. The header is any plain
record plus `arrays`, a list of `[name, shape, scale]`; the arrays follow in that order, four bytes a value.
An array of shape [n, ...] is stored column by column along its first axis: rounded to multiples of `scale`,
differenced, folded to unsigned (zigzag), then all lowest bytes, all second bytes, and so on: nearly all of
the upper planes are zero. An array with missing values is followed by one called `NAME?` of zeros and ones.
All integers are little endian. The page decodes a block when it is opened, never before.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from simeval.arrays import Array

__all__ = [
    "CENTI",
    "FLAG",
    "MILLI",
    "Quantised",
    "decode_block",
    "encode_block",
    "encode_record",
    "fill_gaps",
]

CENTI = 0.01  # 1 cm, 1 cm/s, 1 cm/s^2, 10 ms
MILLI = 0.001  # 1 mrad
FLAG = 1.0  # whole numbers
_WORD = 4  # bytes of an int32


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantised:
    """An array to be stored in multiples of `scale`; values that are not `valid` are missing."""

    values: Array
    scale: float
    valid: Array | None = None


def encode_block(header: Mapping[str, object], arrays: Mapping[str, Quantised]) -> str:
    """One block as text.

    Raises:
        ValueError: when a value does not fit: not finite, or beyond 2^31 multiples of its scale.
    """
    listed: list[tuple[str, list[int], float]] = []
    parts: list[bytes] = []
    for name, array in arrays.items():
        whole = _rounded(name, array)
        listed.append((name, list(whole.shape), array.scale))
        parts.append(_planes(whole))
        if array.valid is not None:
            listed.append((f"{name}?", list(whole.shape), FLAG))
            parts.append(_planes(array.valid.astype(np.int32)))
    head = msgspec.json.encode({**header, "arrays": listed})
    return _text(len(head).to_bytes(_WORD, "little") + head + b"".join(parts))


def encode_record(record: object) -> str:
    """A block that holds a plain record and no array: zlib and base64 over JSON."""
    return _text(msgspec.json.encode(record))


def decode_block(text: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """The inverse of `encode_block`: the header, and arrays in their own unit with NaN where missing."""
    data = zlib.decompress(base64.b64decode(text, validate=True))
    at = _WORD + int.from_bytes(data[:_WORD], "little")
    header: dict[str, Any] = msgspec.json.decode(data[_WORD:at])
    arrays: dict[str, Array] = {}
    for name, shape, scale in header.pop("arrays"):
        count = int(np.prod(shape))
        whole = _from_planes(data[at : at + _WORD * count], tuple(shape))
        at += _WORD * count
        if name.endswith("?"):
            arrays[name[:-1]][whole == 0] = np.nan
        else:
            arrays[name] = whole * scale
    return header, arrays


def fill_gaps(values: Array, valid: Array) -> Array:
    """Copies the last valid value along axis 0 into what follows it; before the first one it is zero.

    What stands where a value is missing is never shown: repeating costs no bytes after differencing.
    """
    row = np.arange(len(valid)).reshape(-1, *[1] * (valid.ndim - 1))
    last = np.maximum.accumulate(np.where(valid, row, 0), axis=0)
    known = np.where(valid, np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0.0)
    return np.asarray(np.take_along_axis(known, last, axis=0))


def _rounded(name: str, array: Quantised) -> Array:
    values = np.asarray(array.values, dtype=np.float64)
    if array.valid is not None:
        values = fill_gaps(values, array.valid)
    whole = np.rint(values / array.scale)
    if not np.all(np.abs(whole) < 2**31):
        raise ValueError(f"{name} holds a value that cannot be drawn (not finite, or too large)")
    return whole.astype(np.int32)


def _planes(whole: Array) -> bytes:
    columns = np.ascontiguousarray(whole.reshape(len(whole), -1).T) if whole.size else whole.reshape(0, 0)
    delta = np.diff(columns, axis=1, prepend=np.int32(0))  # wraps around, and back again when summed
    folded = (delta << 1) ^ (delta >> 31)
    return folded.astype("<i4").reshape(-1).view(np.uint8).reshape(-1, _WORD).T.tobytes()


def _from_planes(data: bytes, shape: tuple[int, ...]) -> Array:
    if not data:
        return np.zeros(shape, dtype=np.int32)
    planes = np.frombuffer(data, dtype=np.uint8).reshape(_WORD, -1)
    folded = np.ascontiguousarray(planes.T).view("<u4").reshape(-1, shape[0])
    delta = (folded >> 1).astype(np.int32) ^ -(folded & 1).astype(np.int32)
    return np.cumsum(delta, axis=1, dtype=np.int32).T.reshape(shape)


def _text(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")
