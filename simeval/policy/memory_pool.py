"""Memory of observations that nobody holds any more, used again.

Fresh memory comes from the operating system page by page, and is given back to it; for a large batch that
takes longer than to write the observation. What a policy was given must never change, so it belongs to
whoever gets it: memory is taken again only when no tensor refers to it, nor any array made of one.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch

from simeval.arrays import Array
from simeval.policy.observation import DTYPES, NUMPY, Observation
from simeval.policy.spec import ObservationSpec

__all__ = ["MemoryPool"]

ALIGNMENT = 64  # [bytes] a line of the cache
MOST_KEPT = 3  # the one that is written, the one that the policy has, one more that it may have kept

T = TypeVar("T")


class _Memory(NamedTuple, Generic[T]):
    """Arrays of one observation, how many references each has when only the pool knows it, their views."""

    arrays: dict[str, Array]
    num_rows: int
    references: tuple[int, ...]
    views: T


class MemoryPool(Generic[T]):
    """Observations of one spec whose memory is taken again when they are gone. What is in it is undefined.

    Args:
        spec: the sizes of the layout.
        views_of: makes something of arrays by name, which comes with every observation in these arrays.
    """

    def __init__(self, spec: ObservationSpec, views_of: Callable[[dict[str, Array]], T]) -> None:
        self._spec, self._views_of = spec, views_of
        self._kept: list[_Memory[T]] = []

    def take(self, num_rows: int) -> tuple[Observation, T]:
        """An observation in which anything may stand, and what `views_of` makes of its arrays."""
        memory = self._memory(num_rows)
        observation = Observation(**{name: torch.from_numpy(a) for name, a in memory.arrays.items()})
        return observation, memory.views

    def _memory(self, num_rows: int) -> _Memory[T]:
        for memory in self._kept:
            if memory.num_rows == num_rows and _references(memory.arrays) == memory.references:
                return memory
        arrays = _arrays(self._spec, num_rows)
        views = self._views_of(arrays)
        fresh = _Memory(arrays, num_rows, _references(arrays), views)
        self._kept = [*self._kept, fresh][-MOST_KEPT:]
        return fresh


def _references(arrays: dict[str, Array]) -> tuple[int, ...]:
    return tuple(map(sys.getrefcount, arrays.values()))


def _arrays(spec: ObservationSpec, num_rows: int) -> dict[str, Array]:
    """Arrays one after the other in one piece of memory, each from the begin of a line of the cache."""
    shapes = spec.shapes(num_rows)
    kinds = {name: np.dtype(NUMPY[DTYPES.get(name, torch.float32)]) for name in shapes}
    sizes = [
        -(-math.prod(shape) * kinds[name].itemsize // ALIGNMENT) * ALIGNMENT for name, shape in shapes.items()
    ]
    memory = np.empty(sum(sizes) + ALIGNMENT, dtype=np.uint8)
    begin = accumulate(sizes, initial=-memory.ctypes.data % ALIGNMENT)
    return {
        name: np.ndarray(shape, kinds[name], memory, at)
        for (name, shape), at in zip(shapes.items(), begin, strict=False)
    }
