"""SHA-256 over records of arrays and plain values, independent of file formats and of memory layout."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec
import numpy as np

__all__ = ["digest_of", "digest_of_json"]


def digest_of_json(value: object) -> str:
    """Digest of canonical JSON: keys sorted, no spaces."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def digest_of(value: object) -> str:
    """Digest of a record (dataclass), array, or nested plain value."""
    digest = hashlib.sha256()
    _feed(digest.update, value)
    return digest.hexdigest()


def _feed(take: Callable[[Any], None], value: object) -> None:
    """Gives the bytes of a value, piece by piece; where one piece ends does not matter."""
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        take(f"array:{data.dtype.str}:{data.shape}:".encode())
        take(data)
    elif dataclasses.is_dataclass(value):
        kind: Any = type(value)
        for name in _names_of(kind):
            take(f"field:{name}:".encode())
            _feed(take, getattr(value, name))
    elif isinstance(value, dict):
        take(f"dict:{len(value)}:".encode())
        for key in sorted(value):
            take(f"key:{key}:".encode())
            _feed(take, value[key])
    elif isinstance(value, (list, tuple)):
        take(f"list:{len(value)}:".encode())
        if all(type(item) is str for item in value):
            take("".join([f"str:{item!r};" for item in value]).encode())
        else:
            for item in value:
                _feed(take, item)
    else:
        plain = value.value if isinstance(value, Enum) else value
        take(f"{type(plain).__name__}:{plain!r};".encode())


@functools.cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))
