"""Stretches of time during which something holds."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array

__all__ = ["spans"]


def spans(mask: Bool[Array, "t"], *, shortest: int = 1, bridge: int = 0) -> list[tuple[int, int]]:
    """Stretches (first, last), both inside, where `mask` holds for at least `shortest` steps in a row.

    Two stretches with at most `bridge` steps between them count as one.
    """
    held = np.asarray(mask, dtype=bool)
    if not held.any():
        return []
    padded = np.concatenate([[False], held, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    merged: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if merged and start - merged[-1][1] - 1 <= bridge:
            merged[-1] = (merged[-1][0], stop - 1)
        else:
            merged.append((start, stop - 1))
    return [(first, last) for first, last in merged if last - first + 1 >= shortest]
