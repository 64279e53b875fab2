"""The nearest few of many, without sorting all: a heap of limited size, the farthest on top."""

from __future__ import annotations

import math

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["insert", "keep", "nothing_kept", "quantised", "reach_of", "sort", "wide"]

PER_M2 = 1e6  # keys a square metre: what is as near to less than that counts as equally near
FARTHEST = 1e12  # [m^2] all beyond is equally far, so that keys are integers
SLACK = 1e-3  # [m] more than any rounding, less than matters


@kernel
def quantised(d2: float) -> int:
    """The key of a squared distance [m^2]. Rounded, so that what is equally near stays equally near when
    the whole scene is turned, and the order is then that of the items."""
    return int(min(d2, FARTHEST) * PER_M2 + 0.5)


@kernel
def reach_of(farthest: int) -> float:
    """A distance beyond which nothing has a smaller key [m]."""
    return SLACK + math.sqrt(farthest / PER_M2)


@kernel
def nothing_kept() -> int:
    """How many are kept at first. Numba takes a 0 that is written there for a type of its own, and compiles
    what it is given to twice."""
    return int(0)  # noqa: UP018


@kernel
def wide(item: int) -> int:
    """An item, kept in 4 bytes, as a number like all others: else some kernels are compiled twice."""
    return int(np.int64(item))


@kernel
def _after(key: int, item: int, other_key: int, other: int) -> bool:
    return key > other_key or (key == other_key and item > other)


@kernel
def _sink(keys: Array, items: Array, count: int, key: int, item: int) -> None:
    """Puts an entry in the place of the top one, or below, where it belongs."""
    at = 0
    while True:
        child = 2 * at + 1
        if child + 1 < count and _after(
            keys[child + 1], wide(items[child + 1]), keys[child], wide(items[child])
        ):
            child += 1
        if child >= count or not _after(keys[child], wide(items[child]), key, item):
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item


@kernel
def keep(keys: Array, items: Array, count: int, limit: int, key: int, item: int) -> int:
    """Keeps an entry if it is among the `limit` smallest so far; returns how many are kept."""
    if count == limit:
        if _after(keys[0], wide(items[0]), key, item):
            _sink(keys, items, count, key, item)
        return count
    at = count
    while at > 0 and _after(key, item, keys[(at - 1) // 2], wide(items[(at - 1) // 2])):
        keys[at], items[at] = keys[(at - 1) // 2], items[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at], items[at] = key, item
    return count + 1


@kernel
def insert(keys: Array, items: Array, count: int, limit: int, key: int, item: int) -> int:
    """As `keep`, but what is kept stays in ascending order; quick where entries come nearly in order."""
    at = count
    if count == limit:
        if not _after(keys[count - 1], wide(items[count - 1]), key, item):
            return count
        at = count - 1
    while at > 0 and _after(keys[at - 1], wide(items[at - 1]), key, item):
        keys[at], items[at] = keys[at - 1], items[at - 1]
        at -= 1
    keys[at], items[at] = key, item
    return min(count + 1, limit)


@kernel
def sort(keys: Array, items: Array, count: int) -> None:
    """Puts what was kept into ascending order."""
    for last in range(count - 1, 0, -1):
        key, item = keys[last], wide(items[last])
        keys[last], items[last] = keys[0], items[0]
        _sink(keys, items, last, key, item)
