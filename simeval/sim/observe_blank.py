"""Zeros where a row of an observation has nothing."""

from __future__ import annotations

from simeval.arrays import Array
from simeval.kernel import inlined_kernel

__all__ = ["blank"]


@inlined_kernel
def blank(parts: tuple[Array, ...], b: int, count: int, limit: int) -> None:
    """Zeros in what row b of some tensors, given as bytes, has after the first `count` of `limit` entries."""
    for part in parts:
        row = part[b]
        rest = row[count * (len(row) // limit) :]
        for i in range(len(rest)):  # from 0, so that it is compiled to a call of memset
            rest[i] = 0
