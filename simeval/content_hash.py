"""SHA-256 over records of arrays and plain values, independent of file formats and of memory layout."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterator
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
    for part in _parts(value):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: object) -> Iterator[Any]:
    """The bytes of a value, piece by piece; where one piece ends does not matter."""
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        yield f"array:{data.dtype.str}:{data.shape}:".encode()
        yield data
    elif dataclasses.is_dataclass(value):
        kind: Any = type(value)
        for name in _names_of(kind):
            yield f"field:{name}:".encode()
            yield from _parts(getattr(value, name))
    elif isinstance(value, dict):
        yield f"dict:{len(value)}:".encode()
        for key in sorted(value):
            yield f"key:{key}:".encode()
            yield from _parts(value[key])
    elif isinstance(value, (list, tuple)):
        yield f"list:{len(value)}:".encode()
        if all(type(item) is str for item in value):
            yield "".join([f"str:{item!r};" for item in value]).encode()
        else:
            for item in value:
                yield from _parts(item)
    else:
        plain = value.value if isinstance(value, Enum) else value
        yield f"{type(plain).__name__}:{plain!r};".encode()


@functools.cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))
