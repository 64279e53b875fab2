"""Rows that belong together, summed: what every clustered method here works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array

__all__ = ["Clusters"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Sums and sizes of clusters, in the order in which their names sort; k clusters."""

    names: tuple[str, ...]
    sums: Float[Array, "k"]  # of the values of the members
    sizes: Int[Array, "k"]  # number of members

    @staticmethod
    def of(values: Float[Array, "n"], clusters: Sequence[str]) -> Clusters:
        """Sums `values` by cluster. Sorted names make the result independent of the order of the rows
        up to rounding of the sums, which are taken over sorted values."""
        values = np.asarray(values, dtype=np.float64)
        labels = np.asarray(clusters, dtype=object).astype(str)
        if len(values) == 0:
            return Clusters((), np.zeros(0), np.zeros(0, dtype=np.int64))
        order = np.lexsort((values, labels))
        names, first, sizes = np.unique(labels[order], return_index=True, return_counts=True)
        return Clusters(tuple(str(n) for n in names), np.add.reduceat(values[order], first), sizes)

    @property
    def count(self) -> int:
        """How many clusters."""
        return len(self.names)

    @property
    def mean(self) -> float:
        """Mean over all members: sum of the sums by the number of members."""
        return float(self.sums.sum() / self.sizes.sum())
