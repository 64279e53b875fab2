"""Many polygons in two flat arrays: which points they contain, how far away they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["Polygons"]


@kernel
def _contains(xy: Array, first: int, last: int, px: float, py: float) -> bool:
    """Whether (px, py) is inside the ring `xy[first:last]`; a point of the ring itself is not.

    Even-odd rule: a ray to +x crosses the ring an odd number of times.
    """
    inside = False
    j = last - 1
    for i in range(first, last):
        ax, ay, bx, by = xy[j, 0], xy[j, 1], xy[i, 0], xy[i, 1]
        j = i
        side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        if side == 0.0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
            return False
        if (ay > py) != (by > py) and (side > 0.0) == (by > ay):
            inside = not inside
    return inside


@kernel
def _distance(xy: Array, first: int, last: int, px: float, py: float) -> float:
    """Distance from (px, py) to the ring itself [m]."""
    best = math.inf
    j = last - 1
    for i in range(first, last):
        ex, ey = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
        rx, ry = px - xy[j, 0], py - xy[j, 1]
        length2 = ex * ex + ey * ey
        t = min(max((rx * ex + ry * ey) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        dx, dy = rx - t * ex, ry - t * ey
        best = min(best, dx * dx + dy * dy)
        j = i
    return math.sqrt(best)


@kernel
def _contain_all(xy: Array, offsets: Array, boxes: Array, wanted: Array, points: Array, out: Array) -> None:
    for n in range(len(wanted)):
        i = wanted[n]
        for k in range(len(points)):
            px, py = points[k, 0], points[k, 1]
            if boxes[i, 0] <= px <= boxes[i, 2] and boxes[i, 1] <= py <= boxes[i, 3]:
                out[k, n] = _contains(xy, offsets[i], offsets[i + 1], px, py)


@kernel
def _distance_all(xy: Array, offsets: Array, wanted: Array, px: float, py: float, out: Array) -> None:
    for n in range(len(wanted)):
        first, last = offsets[wanted[n]], offsets[wanted[n] + 1]
        inside = _contains(xy, first, last, px, py)
        out[n] = 0.0 if inside or last == first else _distance(xy, first, last, px, py)
        if last == first:
            out[n] = math.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Polygons:
    """n simple polygons without closing points; polygon i is `xy[offsets[i]:offsets[i + 1]]`, maybe empty."""

    offsets: Int[Array, "n_plus_1"]
    xy: Float[Array, "points 2"]  # [m]
    boxes: Float[Array, "n 4"]  # low x, low y, high x, high y; NaN for an empty one

    @staticmethod
    def of(rings: Iterable[Array]) -> Polygons:
        """Packs a list of [k, 2] arrays; a last point that repeats the first is dropped."""
        parts = [_opened(np.asarray(ring, dtype=np.float64).reshape(-1, 2)) for ring in rings]
        offsets = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(p) for p in parts], out=offsets[1:])
        boxes = np.full((len(parts), 4), np.nan)
        for i, part in enumerate(parts):
            if len(part):
                boxes[i] = (*part.min(axis=0), *part.max(axis=0))
        xy = np.ascontiguousarray(np.concatenate(parts)) if parts else np.zeros((0, 2))
        return Polygons(offsets=offsets, xy=xy, boxes=boxes)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def contain(
        self, points: Float[Array, "k 2"], polygons: Int[Array, "m"] | None = None
    ) -> Bool[Array, "k m"]:
        """Which polygon, of all or of some, has which point strictly inside; its outline is outside."""
        wanted = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, 2)
        chosen = np.arange(len(self)) if polygons is None else np.ascontiguousarray(polygons, np.int64)
        out = np.zeros((len(wanted), len(chosen)), dtype=np.bool_)
        _contain_all(self.xy, self.offsets, self.boxes, chosen, wanted, out)
        return out

    def distances(self, point: Float[Array, "2"], polygons: Int[Array, "m"]) -> Float[Array, "m"]:
        """Distance from one point to each of some polygons [m], 0 inside, inf for an empty one."""
        chosen = np.ascontiguousarray(polygons, dtype=np.int64)
        out = np.zeros(len(chosen))
        _distance_all(self.xy, self.offsets, chosen, float(point[0]), float(point[1]), out)
        return out

    def near(self, low: Float[Array, "2"], high: Float[Array, "2"]) -> Int[Array, "m"]:
        """Indices of the polygons whose bounding box meets a box."""
        meets = (self.boxes[:, :2] <= high).all(axis=1) & (self.boxes[:, 2:] >= low).all(axis=1)
        return np.flatnonzero(meets)


def _opened(ring: Array) -> Array:
    return ring[:-1] if len(ring) > 1 and bool((ring[0] == ring[-1]).all()) else ring
