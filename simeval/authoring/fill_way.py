"""The way of one vehicle of the traffic: a drawn route as one smooth line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from simeval.arrays import Array
from simeval.authoring.lines import points_at
from simeval.authoring.network import Network
from simeval.authoring.where import Where
from simeval.geometry import arc_lengths
from simeval.traffic.lane_graph import LaneGraph
from simeval.traffic.paths import Path, drawn_path, speed_cap_at

__all__ = ["Way", "smoothed", "way_from"]

STEP = 1.0  # [m] between the points of a smoothed line
SPREAD = 1.5  # [m] standard deviation of the weights by which a recorded centre line is smoothed
CHANGE_OVER = 80.0  # [m] of a lane change, or 0.6 of the lane that is left


@dataclass(frozen=True, eq=False)
class Way:
    """A route: its line, and where on it conflicts begin."""

    line: Array  # [n, 2]
    conflicts: tuple[float, ...]  # arc lengths at which other ways, or intersections, begin to be near [m]

    @cached_property
    def path(self) -> Path:
        """As agents follow it."""
        path = drawn_path(self.line)
        assert path is not None, "lanes have a length"
        return path

    def at(self, s: float) -> tuple[Array, float]:
        """Point and direction at an arc length."""
        points, heading = points_at(self.line, np.array([s]))
        return points[0], float(heading[0])

    def cap(self, s: float) -> float:
        """Highest comfortable speed there [m/s]."""
        i = int(np.clip(np.searchsorted(self.path.s, s, side="right") - 1, 0, len(self.path.s) - 2))
        return float(speed_cap_at(self.path.s, self.path.cap, i, s))


def way_from(network: Network, graph: LaneGraph, lane: int, key: int, longest: float = 0.0) -> Way:
    """The way of a vehicle that starts on a lane, drawn by its key; it begins where the lane does.

    `longest` is the length of its longest body [m].
    """
    lanes = graph.route(lane, key, longest)
    sideways = [a for a, b in pairwise(lanes) if network.are_beside(a, b)]
    over = min([CHANGE_OVER, *(0.6 * float(graph.length[a]) for a in sideways)])
    line = network.line(lanes, (), over, Where("traffic"))
    begins, way = list[float](), 0.0
    for k in lanes:
        begins += [way + (c.a0 if c.a == k else c.b0) for c in graph.conflicts[k]]
        if network.map.lanes.is_connector[k] and graph.conflicts[k]:
            begins.append(way)
        way += float(graph.length[k]) if k not in sideways else 0.0
    drawn = all(network.map.lanes.has_limit[k] for k in lanes)  # a template's lines are smooth as they are
    return Way(line if drawn else smoothed(line), tuple(sorted(begins)))


def smoothed(line: Array) -> Array:
    """A line through weighted means of its points, one metre apart; its ends stay.

    The weights are normal, cut off at three deviations and, near the ends, at the distance to the end, so
    that straights stay where they are.
    """
    s = arc_lengths(line)
    n = max(2, math.ceil(s[-1] / STEP) + 1)
    at = np.linspace(0.0, s[-1], n)
    dense = np.stack([np.interp(at, s, line[:, 0]), np.interp(at, s, line[:, 1])], axis=1)
    out, widest = dense.copy(), math.ceil(3.0 * SPREAD / STEP)
    for k in range(1, n - 1):
        reach = min(widest, k, n - 1 - k)
        offsets = np.arange(-reach, reach + 1)
        weights = np.exp(-0.5 * (offsets * STEP / SPREAD) ** 2)
        out[k] = weights @ dense[k - reach : k + reach + 1] / weights.sum()
    return out
