"""The map as nuPlan's metrics see it: route objects (lanes and lane connectors), road blocks, areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.geometry.polygons import Polygons

__all__ = ["NuplanMap"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NuplanMap:
    """n route objects. Links are lists of route objects for each route object."""

    ids: tuple[str, ...]
    is_connector: Bool[Array, "n"]
    outline: Polygons  # of the n route objects
    baseline: Sequence[Float[Array, "_ 2"]]  # their centre lines in travel direction [m]
    speed_limit: Float[Array, "n"]  # [m/s]; NaN: unknown
    outgoing: Sequence[Sequence[int]]
    incoming: Sequence[Sequence[int]]
    block: Int[Array, "n"]  # road block of each route object; -1: none
    block_outline: Polygons  # p polygons; a road block is made of one or more of them
    block_of_outline: Int[Array, "p"]
    intersections: Polygons
    drivable: Polygons

    def in_block(self, xy: Float[Array, "t 2"], block: int) -> Bool[Array, "t"]:
        """Whether each point is in a road block."""
        parts = np.flatnonzero(self.block_of_outline == block)
        inside: Array = self.block_outline.contain(xy, parts)
        return np.asarray(inside.any(axis=1))
