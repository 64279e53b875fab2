"""Where lanes cross or merge: computed once a map, from where bodies on both would touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.safety.lane_rank import CHANGES_LANE, lane_ranks
from simeval.scenario import LaneKind, RoadMap
from simeval.traffic.conflict_runs import runs_between

__all__ = ["CROSS", "MERGE", "Conflict", "Stretch", "conflicts_between", "lane_conflicts"]

CROSS, MERGE = 0, 1
WIDTH = 3.0  # [m] bodies whose paths keep this distance do not touch, also lorries in bends
TOUCHING = 2.0  # [m] paths that never come nearer are side by side
STEP = 0.5  # [m] between the points that are compared
TOGETHER = 0.8  # [m] nearer and in the same direction two paths have become one
ALONG = 0.9  # cosine: in the same direction


class Stretch(NamedTuple):
    """A lane, or a piece of path between two lanes."""

    xy: Array
    after: frozenset[int]  # lanes that follow it within three steps
    aside: frozenset[int]  # lanes it is no conflict for: itself, its neighbours, the lane that it leaves


@dataclass(frozen=True)
class Conflict:
    """Two stretches that share an area: arc lengths on both [m], and who goes first."""

    a: int
    b: int
    kind: int
    a0: float
    a1: float
    b0: float
    b1: float
    rank_a: int
    rank_b: int
    head_on: bool  # in opposite directions


_CACHE: dict[str, tuple[list[Stretch], list[Conflict]]] = {}
_CACHE_SIZE = 64


def lane_conflicts(road: RoadMap) -> tuple[list[Stretch], list[Conflict]]:
    """The lanes of a map as stretches, and their conflicts; kept for the maps used last."""
    if road.id not in _CACHE:
        while len(_CACHE) >= _CACHE_SIZE:
            _CACHE.pop(next(iter(_CACHE)), None)
        stretches = [_stretch(road, i) for i in range(len(road.lanes))]
        used = [i for i in range(len(stretches)) if road.lanes.kind[i] != LaneKind.BIKE]
        ranks = lane_ranks(road)
        found = conflicts_between(stretches, used, used, ranks)
        _CACHE[road.id] = stretches, found
    return _CACHE[road.id]


def _stretch(road: RoadMap, lane: int) -> Stretch:
    lanes, after, ahead = road.lanes, set[int](), {lane}
    for _ in range(3):
        ahead = {int(k) for i in ahead for k in lanes.successors[i]}
        after |= ahead
    beside = {int(lanes.left_neighbour[lane]), int(lanes.right_neighbour[lane])}
    return Stretch(lanes.centre[lane], frozenset(after), frozenset(beside | {lane}))


def conflicts_between(
    stretches: Sequence[Stretch], some: Sequence[int], others: Sequence[int], ranks: Array
) -> list[Conflict]:
    """Conflicts of each stretch in `some` with those in `others`, each pair once.

    A pair where one follows the other, or that only parts ways, is none: there one follows a leader.
    """
    tree = shapely.STRtree([shapely.LineString(stretches[i].xy) for i in others])
    found, points = list[Conflict](), dict[int, Array]()
    mutual = set(some) & set(others)
    for a in some:
        near = tree.query(shapely.LineString(stretches[a].xy), predicate="dwithin", distance=WIDTH)
        for b in sorted(int(others[int(k)]) for k in near):
            twice = b <= a and b in mutual and a in mutual
            if twice or b in stretches[a].aside or a in stretches[b].aside:
                continue
            for i in (a, b):
                if i not in points:
                    points[i] = _points(stretches[i].xy)
            found += _conflicts(stretches, a, b, points, ranks)
    return found


def _points(xy: Array) -> Array:
    """[n, 5] arc length, x, y, direction of points half a metre apart."""
    s = arc_lengths(xy)
    at = np.unique(np.append(np.arange(0.0, s[-1], STEP), s[-1]))
    p = np.stack([np.interp(at, s, xy[:, 0]), np.interp(at, s, xy[:, 1])], axis=1)
    u = np.gradient(p, axis=0)
    u /= np.maximum(np.hypot(u[:, 0], u[:, 1]), 1e-9)[:, None]
    return np.ascontiguousarray(np.concatenate([at[:, None], p, u], axis=1))


def _conflicts(
    stretches: Sequence[Stretch], a: int, b: int, points: dict[int, Array], ranks: Array
) -> list[Conflict]:
    found, p, q = [], points[a], points[b]
    for run in runs_between(p, q, WIDTH):
        i0, i1, j0, j1, least, first_gap, last_gap = run[:7]
        if least > TOUCHING:
            continue
        starts_together = i0 == 0 and j0 == 0
        follows = (j0 == 0 and i1 == len(p) - 1 and b in stretches[a].after) or (
            i0 == 0 and j1 == len(q) - 1 and a in stretches[b].after
        )
        along_first, along_last = run[7] > ALONG, run[8] > ALONG
        parts = along_first and first_gap < TOGETHER and (i0 == 0 or j0 == 0)
        if follows or (starts_together and along_first) or parts:
            continue
        kind = MERGE if along_last and last_gap < TOGETHER else CROSS
        on_p, on_q = (float(p[i0, 0]), float(p[i1, 0])), (float(q[j0, 0]), float(q[j1, 0]))
        head_on = max(run[7], run[8]) < -ALONG
        found.append(Conflict(a, b, kind, *on_p, *on_q, _rank(ranks, a), _rank(ranks, b), head_on))
    return found


def _rank(ranks: Array, stretch: int) -> int:
    return int(ranks[stretch]) if stretch < len(ranks) else CHANGES_LANE
