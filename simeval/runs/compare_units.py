"""From pairs to what the statistics count: scenarios (seeds averaged), and clusters of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.statistics import Clusters

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Differences", "averaged", "flips_of", "losses_of", "scored"]


@dataclass(frozen=True, eq=False)
class Differences:
    """One difference a scenario, positive meaning worse, with what it hangs together with.

    Where everything comes from one cluster its scenarios take the place of clusters: the question is then
    about this one cluster, and the answer says nothing about others.
    """

    values: Float[Array, "n"]
    clusters: tuple[str, ...]
    repeats: int = 1  # smallest number that makes whole numbers of means of flips over seeds

    @property
    def grouped(self) -> Clusters:
        """Sums by cluster."""
        return Clusters.of(self.values, self.clusters)

    @property
    def whole_sums(self) -> Float[Array, "k"]:
        """Sums by cluster, scaled so that those of flips are whole numbers."""
        sums = self.grouped.sums * self.repeats
        nearest = np.round(sums)
        return nearest if self.repeats > 1 and np.allclose(sums, nearest, rtol=0.0, atol=1e-6) else sums


def flips_of(pairs: DataFrame) -> Differences:
    """+1 where an episode broke, -1 where it was fixed."""
    return averaged(pairs, pairs["failed_b"].to_numpy(dtype=float) - pairs["failed_a"].to_numpy(dtype=float))


def losses_of(pairs: DataFrame) -> Differences:
    """By how much the score fell. Both sides of every pair have one."""
    return averaged(pairs, pairs["total_a"].to_numpy(dtype=float) - pairs["total_b"].to_numpy(dtype=float))


def scored(pairs: DataFrame) -> DataFrame:
    """The pairs in which both sides have a score; one that only one side has is left out on both."""
    return pairs[pairs["total_a"].notna() & pairs["total_b"].notna()]


def averaged(pairs: DataFrame, values: Float[Array, "p"]) -> Differences:
    """Averages one value a pair over the seeds of each scenario; pairs of one scenario share a cluster."""
    return _averaged(values, pairs["scenario_id"].to_numpy(), pairs["cluster"].to_numpy())


def _averaged(values: Float[Array, "p"], scenarios: Array, clusters: Array) -> Differences:
    unique, first, place, counts = np.unique(
        scenarios.astype(str), return_index=True, return_inverse=True, return_counts=True
    )
    means = np.bincount(place, weights=values, minlength=len(unique)) / counts
    labels = clusters[first].astype(str)
    if len(set(labels)) == 1:
        labels = unique
    return Differences(means, tuple(str(x) for x in labels), math.lcm(1, *(int(c) for c in set(counts))))
