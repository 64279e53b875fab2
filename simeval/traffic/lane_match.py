"""On which lanes a path lies, and where it moves from one to the one beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.geometry import arc_lengths, project
from simeval.scenario import Lanes, RoadMap
from simeval.traffic.paths import Path

__all__ = ["Piece", "pieces_of"]

BESIDE = 1.2  # [m] a path this near to a centre line may be on the lane
JOINED = 0.5  # [m] a path that changes lanes is on the new one from here on
STEP = 1.0  # [m] between the points of a path that are looked at
SAME_WAY = 0.6  # cosine of the angle between path and lane
FARTHEST_CHANGE = 300.0  # [m] a lane change is not longer


class Piece(NamedTuple):
    """A stretch of a path: on a lane, or between two lanes (`lane` -1)."""

    lane: int
    s0: float  # arc length on the path [m]
    s1: float
    lane_s0: float  # the same places on the lane [m]; of a lane change 0 and its length
    lane_s1: float


class _Line(NamedTuple):
    """A path as points one step apart."""

    s: Array
    xy: Array
    u: Array  # directions


def pieces_of(road: RoadMap, path: Path) -> tuple[Piece, ...]:
    """The lanes that a path follows from its start, as far as it follows lanes; empty if it does not.

    Lane follows lane by the map's topology; a path that leaves a lane sideways must reach one beside it.
    """
    line = _sampled(path)
    lane, k, found = _first_lane(road.lanes, line), 0, list[Piece]()
    while lane >= 0 and k < len(line.s) - 1:
        at, off = project(road.lanes.centre[lane], line.xy[k:])
        length = float(arc_lengths(road.lanes.centre[lane])[-1])
        away = np.flatnonzero((np.abs(off) > BESIDE) | (at >= length - 1e-9))
        stop = k + (int(away[0]) if len(away) else len(line.s) - 1 - k)
        leaves = bool(len(away)) and at[stop - k] < length - 2.0 * BESIDE
        if leaves:
            beside, join = _change(road.lanes, lane, line, stop)
            if beside < 0:
                break
            begin = _leaving(off, stop - k) + k
            found += _on_lane(lane, line, k, begin, at[0], at[begin - k])
            found.append(Piece(-1, line.s[begin], line.s[join], 0.0, float(line.s[join] - line.s[begin])))
            lane, k = beside, join
            continue
        found += _on_lane(lane, line, k, stop, at[0], at[stop - k])
        after = [int(i) for i in road.lanes.successors[lane]]
        lane, k = _best(road.lanes, after, line, stop), stop
    return tuple(found)


def _sampled(path: Path) -> _Line:
    s = np.unique(np.append(np.arange(0.0, path.s[-1], STEP), path.s[-1]))
    xy = np.stack([np.interp(s, path.s, path.x), np.interp(s, path.s, path.y)], axis=1)
    heading = np.interp(s, path.s, path.heading)
    return _Line(s, xy, np.stack([np.cos(heading), np.sin(heading)], axis=1))


def _on_lane(lane: int, line: _Line, k: int, stop: int, at0: float, at1: float) -> list[Piece]:
    if stop <= k:
        return []
    return [Piece(lane, float(line.s[k]), float(line.s[stop]), float(at0), float(at1))]


def _first_lane(lanes: Lanes, line: _Line) -> int:
    start = shapely.Point(line.xy[0])
    near = [
        i for i in range(len(lanes)) if len(lanes.centre[i]) > 1
        and np.abs(lanes.centre[i] - line.xy[0]).max(axis=1).min() < 60.0
        and shapely.LineString(lanes.centre[i]).distance(start) <= BESIDE
    ]  # fmt: skip
    return _best(lanes, near, line, 0)


def _best(lanes: Lanes, candidates: Iterable[int], line: _Line, k: int) -> int:
    """The lane that the path keeps nearest to over the next metres; -1: none."""
    best, choice = np.inf, -1
    window = slice(k, min(k + 25, len(line.s)))
    for i in candidates:
        centre = lanes.centre[i]
        at, off = project(centre, line.xy[window])
        length = float(arc_lengths(centre)[-1])
        on = at < length - 1e-9
        on[0] = True
        way = centre[-1] - centre[0] if len(centre) == 2 else _direction(centre, float(at[0]))
        if line.u[k] @ way < SAME_WAY * np.hypot(way[0], way[1]) or abs(off[0]) > BESIDE:
            continue
        # a lane that ends within the window is judged by what it has, and less trusted than a longer one
        cost = float(np.abs(off[on]).mean()) + 1e-3 * float((~on).sum())
        if cost < best:
            best, choice = cost, i
    return choice


def _direction(centre: Array, at: float) -> Array:
    s = arc_lengths(centre)
    i = int(np.clip(np.searchsorted(s, at, side="right") - 1, 0, len(s) - 2))
    return np.asarray(centre[i + 1] - centre[i])


def _leaving(off: Array, stop: int) -> int:
    """Where a path that is off its lane at `stop` began to leave it."""
    k = stop
    while k > 0 and abs(off[k]) > 0.05 and abs(off[k - 1]) < abs(off[k]):
        k -= 1
    return k


def _change(lanes: Lanes, lane: int, line: _Line, k: int) -> tuple[int, int]:
    """(the lane beside that the path reaches, where it is on it); (-1, 0) if it reaches none."""
    last = int(np.searchsorted(line.s, line.s[k] + FARTHEST_CHANGE))
    best, choice = last, -1
    for side in (lanes.left_neighbour, lanes.right_neighbour):
        beside = int(side[lane])
        if beside < 0:
            continue
        at, off = project(lanes.centre[beside], line.xy[k:last])
        length = float(arc_lengths(lanes.centre[beside])[-1])
        there = np.flatnonzero((np.abs(off) <= JOINED) & (at > 0.0) & (at < length))
        if len(there) and k + int(there[0]) < best:
            best, choice = k + int(there[0]), beside
    return choice, best
