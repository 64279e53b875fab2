"""Stretches of steps in which something holds."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array

__all__ = ["stretches"]


def stretches(holds: Array) -> list[tuple[int, int]]:
    """(first, last) index of each stretch of True, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
