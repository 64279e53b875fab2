"""Memory of observations that nobody holds any more, used again for new ones.

Fresh pages from the system cost more than all that is written into them. An observation is still fresh to
whoever gets it: memory is taken again only when no tensor refers to it, nor anything that shares its memory.
"""

from __future__ import annotations

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
        shapes = self._spec.shapes(num_rows)
        kinds = {name: np.dtype(NUMPY[DTYPES.get(name, torch.float32)]) for name in shapes}
        sizes = {name: int(np.prod(shape)) * kinds[name].itemsize for name, shape in shapes.items()}
        memory = self._memory(sum(_whole_lines(size) for size in sizes.values()))
        tensors, at = {}, (-memory.ctypes.data) % ALIGNMENT
        for name, size in sizes.items():
            part = memory[at : at + size].view(kinds[name]).reshape(shapes[name])
            tensors[name] = torch.from_numpy(part)
            at += _whole_lines(size)
        return Observation(**tensors)

    def _memory(self, size: int) -> Array:
        size += ALIGNMENT
        for memory in self._kept:
            if len(memory) == size and sys.getrefcount(memory) == UNUSED:
                return memory
        fresh: Array = np.empty(size, dtype=np.uint8)
        self._kept = [*self._kept, fresh][-MOST_KEPT:]
        return fresh


def _whole_lines(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
