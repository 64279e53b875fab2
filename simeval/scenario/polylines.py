"""Many polylines in two flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array

__all__ = ["Polylines"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Polylines:
    """n polylines, one after the other; polyline i is `xy[offsets[i]:offsets[i + 1]]` and may be empty."""

    offsets: Int[Array, "n_plus_1"]
    xy: Float[Array, "points 2"]  # [m]

    @staticmethod
    def of(lines: Iterable[Array]) -> Polylines:
        """Packs a list of [k, 2] arrays."""
        parts = [np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines]
        offsets = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(p) for p in parts], out=offsets[1:])
        xy = np.concatenate(parts) if parts else np.zeros((0, 2))
        return Polylines(offsets=offsets, xy=np.ascontiguousarray(xy))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> Float[Array, "k 2"]:
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        return self.xy[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    @cached_property
    def counts(self) -> Int[Array, "n"]:
        """Number of points of each polyline."""
        return np.diff(self.offsets)
