"""Memory of observations that nobody holds any more, used again for new ones.

Fresh pages from the system cost more than all that is written into them. An observation is still fresh to
whoever gets it: memory is taken again only when no tensor refers to it, nor anything that shares its memory.
"""

from __future__ import annotations

import functools
import math
import sys

import numpy as np
import torch

from simeval.arrays import Array
from simeval.policy.observation import DTYPES, NUMPY, Observation
from simeval.policy.spec import ObservationSpec

__all__ = ["MemoryPool"]

ALIGNMENT = 64  # [bytes] a line of the cache
MOST_KEPT = 3  # the one that is written, the one that the policy has, one more that it may have kept
UNUSED = 3  # references to memory that only the pool knows: its list, the loop, the question itself


class MemoryPool:
    """Observations of one spec whose memory is taken again when they are gone. What is in it is undefined."""

    def __init__(self, spec: ObservationSpec) -> None:
        self._spec = spec
        self._kept: list[Array] = []

    def take(self, num_rows: int) -> Observation:
        """An observation in which anything may stand."""
        parts, size = _layout(self._spec, num_rows)
        memory = self._memory(size)
        at = (-memory.ctypes.data) % ALIGNMENT
        return Observation(
            **{
                name: torch.from_numpy(np.ndarray(shape, kind, memory, at + first))
                for name, first, kind, shape in parts
            }
        )

    def _memory(self, size: int) -> Array:
        size += ALIGNMENT
        for memory in self._kept:
            if len(memory) == size and sys.getrefcount(memory) == UNUSED:
                return memory
        fresh: Array = np.empty(size, dtype=np.uint8)
        self._kept = [*self._kept, fresh][-MOST_KEPT:]
        return fresh


@functools.lru_cache(maxsize=64)
def _layout(
    spec: ObservationSpec, num_rows: int
) -> tuple[list[tuple[str, int, np.dtype, tuple[int, ...]]], int]:
    """(name, first byte, type, shape) of each tensor, and the bytes of all."""
    parts, at = [], 0
    for name, shape in spec.shapes(num_rows).items():
        kind = np.dtype(NUMPY[DTYPES.get(name, torch.float32)])
        size = math.prod(shape) * kind.itemsize
        parts.append((name, at, kind, shape))
        at += -(-size // ALIGNMENT) * ALIGNMENT
    return parts, at
