"""Putting things of several worlds one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array

__all__ = ["flat", "starts"]


def flat(parts: Sequence[Array], dtype: type) -> Array:
    """All parts in one contiguous array; also of none."""
    return np.ascontiguousarray(np.concatenate([np.zeros(0, dtype=dtype), *parts]), dtype=dtype)


def starts(counts: Sequence[int] | Array) -> Array:
    """Where each part begins, and the end of the last."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])
