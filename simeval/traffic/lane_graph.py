"""Where one can drive on a map: lanes that follow one another, and routes drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.safety.lane_rank import turn_of
from simeval.scenario import LaneKind, RoadMap
from simeval.traffic.conflicts import Conflict, lane_conflicts
from simeval.traffic.philox import uniform

__all__ = ["LaneGraph"]

HEAD_ON = 15.0  # [m] lanes that share more than this in opposite directions are not driven at random
LEAST_BEFORE_CHANGE = 60.0  # [m] a lane that ends sooner is cut off by the map, not merged
LONGEST = 3000.0  # [m] of a route
SWING = 0.8  # [m] a body whose ends come farther out of a bend than this takes another way, if there is one


@dataclass(frozen=True, eq=False)
class LaneGraph:
    """The lanes of a map on which vehicles drive: not those for bicycles, nor those shared head-on."""

    road: RoadMap

    @cached_property
    def conflicts(self) -> list[list[Conflict]]:
        """For each lane those of its conflicts."""
        found: list[list[Conflict]] = [[] for _ in range(len(self.road.lanes))]
        for c in lane_conflicts(self.road)[1]:
            found[c.a].append(c)
            found[c.b].append(c)
        return found

    @cached_property
    def usable(self) -> Array:
        """[l] bool."""
        fits = self.road.lanes.kind != LaneKind.BIKE
        for c in lane_conflicts(self.road)[1]:
            if c.head_on and min(c.a1 - c.a0, c.b1 - c.b0) > HEAD_ON:
                fits[c.a] = fits[c.b] = False
        return np.asarray(fits)

    @cached_property
    def length(self) -> Array:
        """[l] lengths of the centre lines [m]."""
        return np.array([float(arc_lengths(c)[-1]) for c in self.road.lanes.centre])

    @cached_property
    def after(self) -> list[list[int]]:
        """Usable lanes that follow each lane."""
        links = self.road.lanes.successors
        return [[int(k) for k in links[i] if self.usable[k]] for i in range(len(self.road.lanes))]

    @cached_property
    def sources(self) -> list[int]:
        """Usable lanes that begin where the map does, outside of intersections."""
        before, inside = self.road.lanes.predecessors, self.road.lanes.is_connector
        return [i for i in np.flatnonzero(self.usable).tolist() if not len(before[i]) and not inside[i]]

    def beside(self, lane: int) -> int:
        """Where one goes from a lane that ends: to a neighbour that goes on; -1: nowhere."""
        lanes = self.road.lanes
        for side in (int(lanes.left_neighbour[lane]), int(lanes.right_neighbour[lane])):
            if side >= 0 and self.usable[side] and self.after[side]:
                return side if self.length[lane] >= LEAST_BEFORE_CHANGE else -1
        return -1

    @cached_property
    def bend(self) -> Array:
        """[l] mean curvature of the centre lines, without its sign [1/m]."""
        turns = [abs(turn_of(c)) for c in self.road.lanes.centre]
        return np.asarray(turns / np.maximum(self.length, 1e-3))

    def route(self, lane: int, key: int, longest: float = 0.0) -> list[int]:
        """Lanes from `lane` to the end of the map; where they part, one is drawn by `key`.

        Left out where there is another way: lanes that the route has passed, so that nobody circles; bends
        too tight for a body of the length `longest` [m].
        """
        lanes, way = [lane], float(self.length[lane])
        while way < LONGEST:
            after = self.after[lanes[-1]]
            if not after:
                side = self.beside(lanes[-1])
                if side < 0 or side in lanes:
                    break
                lanes.append(side)
                continue
            fresh = [k for k in after if k not in lanes] or after
            fresh = [k for k in fresh if longest * longest * self.bend[k] <= 8.0 * SWING] or fresh
            lanes.append(fresh[min(int(uniform(key, len(lanes), 0) * len(fresh)), len(fresh) - 1)])
            way += float(self.length[lanes[-1]])
        return lanes
