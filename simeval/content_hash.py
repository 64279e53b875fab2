"""SHA-256 over records of arrays and plain values, independent of file formats and of memory layout."""

from __future__ import annotations

import dataclasses
import hashlib
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
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: object) -> None:
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        digest.update(f"array:{data.dtype.str}:{data.shape}:".encode())
        digest.update(data.tobytes())
    elif dataclasses.is_dataclass(value):
        for f in dataclasses.fields(value):
            digest.update(f"field:{f.name}:".encode())
            _feed(digest, getattr(value, f.name))
    elif isinstance(value, dict):
        digest.update(f"dict:{len(value)}:".encode())
        for key in sorted(value):
            digest.update(f"key:{key}:".encode())
            _feed(digest, value[key])
    elif isinstance(value, (list, tuple)):
        digest.update(f"list:{len(value)}:".encode())
        for item in value:
            _feed(digest, item)
    else:
        plain = value.value if isinstance(value, Enum) else value
        digest.update(f"{type(plain).__name__}:{plain!r};".encode())
