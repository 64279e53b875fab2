"""Off-road as Waymax decides it: by the nearest point sampled on a road edge, not by the edge itself.

The road lies to the left of an edge's direction. Beside the direction at the nearest point that of the
point before it counts too, when both are of one edge: the smaller signed distance wins. Heights are
stretched by 2 when the nearest point is looked for, so that a bridge's edges do not bound the road below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import cKDTree

from simeval.arrays import Array

__all__ = ["EdgePoints", "edge_points"]

STRETCH = 2.0  # of heights
SPACING = 0.5  # [m] Waymo's maps sample their edges at this distance


@dataclass(frozen=True, kw_only=True, eq=False)
class EdgePoints:
    """Points sampled on road edges, in the order of their edges."""

    xyz: Float[Array, "n 3"]  # [m]
    direction: Float[Array, "n 2"]  # unit vector along the edge, the road to its left
    edge: Int[Array, "n"]  # which edge a point is of
    usable: Bool[Array, "n"]  # others are never the nearest, but their direction counts after them

    @cached_property
    def _tree(self) -> tuple[cKDTree, Array]:
        kept = np.flatnonzero(self.usable)
        return cKDTree(self.xyz[kept] * np.array([1.0, 1.0, STRETCH])), kept

    def nearest(self, points: Float[Array, "k 3"]) -> Int[Array, "k"]:
        """Index of the nearest usable point; of two equally near ones the first."""
        tree, kept = self._tree
        asked = np.asarray(points, dtype=np.float64) * np.array([1.0, 1.0, STRETCH])
        found = tree.query(asked, k=np.arange(1, min(2, len(kept)) + 1))
        distance, index = np.asarray(found[0]), np.asarray(found[1])
        tied = distance == distance[:, :1]
        return np.asarray(kept[np.where(tied, index, len(kept)).min(axis=1)])

    def signed_distance(self, points: Float[Array, "k 3"]) -> Float[Array, "k"]:
        """Distance in the plane to the nearest sampled point [m], positive on the side without road."""
        near = self.nearest(points)
        before = np.maximum(near - 1, 0)
        away = np.asarray(points)[:, :2] - self.xyz[near, :2]
        side = _side(away, self.direction[near])
        other = _side(away, self.direction[before])
        joined = (self.edge[near] == self.edge[before]) & (other < side)
        return np.asarray(np.sqrt((away**2).sum(axis=1)) * np.sign(np.where(joined, other, side)))

    def is_offroad(self, corners: Float[Array, "*b k 2"], z: float | Array = 0.0) -> Bool[Array, "*b"]:
        """Whether any of the k corners of each box is off the road; there is no tolerance."""
        flat = np.asarray(corners, dtype=np.float64)
        height = np.broadcast_to(np.asarray(z, dtype=np.float64)[..., None, None], (*flat.shape[:-1], 1))
        points = np.concatenate([flat, height], axis=-1).reshape(-1, 3)
        return np.asarray((self.signed_distance(points) > 0.0).reshape(flat.shape[:-1]).any(axis=-1))


def _side(away: Array, direction: Array) -> Array:
    return np.asarray(away[:, 0] * direction[:, 1] - away[:, 1] * direction[:, 0])


def edge_points(lines: list[Float[Array, "n 2"]]) -> EdgePoints | None:
    """Points at most 0.5 m apart on lines in the plane with the road on their left; None without any.

    The last point of a line gets the direction of its last segment.
    """
    xyz, direction, edge = [], [], []
    for index, line in enumerate(lines):
        xy, along = _sampled(np.asarray(line, dtype=np.float64))
        xyz.append(np.column_stack([xy, np.zeros(len(xy))]))
        direction.append(along)
        edge.append(np.full(len(xy), index, dtype=np.int64))
    if not sum(len(e) for e in edge):
        return None
    return EdgePoints(
        xyz=np.concatenate(xyz), direction=np.concatenate(direction), edge=np.concatenate(edge),
        usable=np.ones(sum(len(e) for e in edge), dtype=np.bool_),
    )  # fmt: skip


def _sampled(line: Array) -> tuple[Array, Array]:
    step = np.diff(line, axis=0)
    length = np.sqrt((step**2).sum(axis=1))
    step, start, length = step[length > 0.0], line[:-1][length > 0.0], length[length > 0.0]
    if not len(length):
        return np.zeros((0, 2)), np.zeros((0, 2))
    pieces = np.maximum(1, np.ceil(length / SPACING).astype(np.int64))
    segment = np.repeat(np.arange(len(pieces)), pieces)
    share = (np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[segment]
    xy = start[segment] + share[:, None] * step[segment]
    along = (step / length[:, None])[segment]
    return np.concatenate([xy, line[-1:]]), np.concatenate([along, along[-1:]])
