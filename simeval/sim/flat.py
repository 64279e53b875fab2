"""Putting things of several worlds one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from simeval.arrays import Array

__all__ = ["distinct", "flat", "starts"]

T = TypeVar("T")


def flat(parts: Sequence[Array], dtype: type) -> Array:
    """All parts in one contiguous array; also of none."""
    return np.ascontiguousarray(np.concatenate([np.zeros(0, dtype=dtype), *parts]), dtype=dtype)


def distinct(things: Sequence[T]) -> tuple[list[T], Array]:
    """(each object once, which of them each one is): what never changes is kept once for all who have it."""
    once = {id(thing): thing for thing in things}
    place = {key: k for k, key in enumerate(once)}
    return list(once.values()), np.asarray([place[id(thing)] for thing in things], dtype=np.int64)


def starts(counts: Sequence[int] | Array) -> Array:
    """Where each part begins, and the end of the last."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])
