"""Follows named lanes of a map: straight on, along a route, with lane changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.authoring.lines import locate, points_at
from simeval.authoring.where import Where
from simeval.scenario import AreaKind, RoadMap

__all__ = ["Network", "lateral_shift"]

BLEND_STEP = 1.0  # distance of points on a lane change [m]


@dataclass(frozen=True, eq=False)
class Network:
    """A map, asked by lane name."""

    map: RoadMap

    @cached_property
    def drivable(self) -> shapely.Geometry:
        """The drivable area as one shape."""
        return shapely.unary_union([shapely.Polygon(p) for p in self.map.areas_of(AreaKind.DRIVABLE)])

    def lane(self, name: str, where: Where) -> int:
        """Index of a lane.

        Raises:
            InputError: listing the lanes there are.
        """
        if name not in self.map.lanes.index:
            raise where.unknown("lane", name, self.map.lanes.ids)
        return self.map.lanes.index[name]

    def centre(self, lane: int) -> Float[Array, "n 2"]:
        """Centre line of a lane."""
        return self.map.lanes.centre[lane]

    def length(self, lane: int) -> float:
        """Length of a lane's centre line [m]."""
        return float(shapely.LineString(self.centre(lane)).length)

    def limit(self, lane: int) -> float:
        """Speed limit of a lane [m/s]."""
        return float(self.map.lanes.speed_limit[lane])

    def place(self, lane: int, s: float, offset: float = 0.0) -> tuple[Float[Array, "2"], float]:
        """The point at an arc length of a lane, moved `offset` to the left, and the direction there."""
        points, heading = points_at(self.centre(lane), np.array([s]))
        h = float(heading[0])
        return points[0] + offset * np.array([-np.sin(h), np.cos(h)]), h

    def straight_on(self, lane: int) -> list[int]:
        """The lane and those that follow when one never turns more than needed."""
        lanes = [lane]
        while (after := self.map.lanes.successors[lanes[-1]]).size:
            best = min((int(k) for k in after), key=self._turn)
            if best in lanes:
                break
            lanes.append(best)
        return lanes

    def _turn(self, lane: int) -> float:
        """How much the direction changes along a lane [rad]."""
        steps = np.diff(self.centre(lane), axis=0)
        heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        return abs(float(heading[-1] - heading[0]))

    def are_beside(self, a: int, b: int) -> bool:
        """Whether one can change from lane a to lane b."""
        lanes = self.map.lanes
        return b >= 0 and b in (int(lanes.left_neighbour[a]), int(lanes.right_neighbour[a]))

    def route(self, names: Sequence[str], where: Where) -> list[int]:
        """The lanes of a route.

        Raises:
            InputError: an unknown lane, or one that does not follow the one before.
        """
        lanes = [self.lane(name, where / i) for i, name in enumerate(names)]
        for i, (a, b) in enumerate(pairwise(lanes)):
            if b not in self.map.lanes.successors[a] and not self.are_beside(a, b):
                after = [self.map.lanes.ids[k] for k in self.map.lanes.successors[a]]
                raise (where / (i + 1)).error(
                    f"lane {names[i + 1]!r} neither follows nor lies beside {names[i]!r}.",
                    f"Lanes that follow: {', '.join(after) or 'none'}.",
                )
        return lanes

    def line(
        self, lanes: Sequence[int], change_at: Sequence[float], over: float, where: Where
    ) -> Float[Array, "n 2"]:
        """Centre lines joined, from the beginning of the first lane to the end of the last.

        Where the route goes from a lane to its neighbour it crosses over smoothly along `over` [m],
        beginning at an arc length of the lane that is left; without one, around its middle.
        """
        changes = [(a, b) for a, b in pairwise(lanes) if self.are_beside(a, b)]
        if change_at and len(change_at) != len(changes):
            raise (where / "change_at_s_m").error(
                f"has {len(change_at)} entries, but the route changes lanes {len(changes)} times.",
                "Write one for each change, or none.",
            )
        begins = iter(change_at or [0.5 * max(self.length(a) - over, 0.0) for a, _ in changes])
        done, part = np.zeros((0, 2)), self.centre(lanes[0])
        for a, b in pairwise(lanes):
            if self.are_beside(a, b):
                part = self._crossed_over(part, a, b, next(begins), over, where)
            else:
                done, part = np.concatenate([done, part[:-1]]), self.centre(b)
        return np.concatenate([done, part])

    def _crossed_over(
        self, part: Array, a: int, b: int, begin: float, over: float, where: Where
    ) -> Float[Array, "n 2"]:
        if begin + over > self.length(a) + 1e-9:
            raise (where / "change_at_s_m").error(
                f"a lane change of {over} m that begins at {begin} m does not fit on lane "
                f"{self.map.lanes.ids[a]!r} of {self.length(a):.1f} m.",
                "Begin earlier or shorten 'change_over_m'.",
            )
        before, after = shapely.LineString(self.centre(a)), shapely.LineString(self.centre(b))
        kept = part[shapely.line_locate_point(before, shapely.points(part)) < begin - 1e-9]
        s = np.linspace(begin, begin + over, max(2, int(np.ceil(over / BLEND_STEP)) + 1))
        own, _ = points_at(self.centre(a), s)
        far = shapely.line_locate_point(after, shapely.points(own))
        other, _ = points_at(self.centre(b), far)
        t = ((s - begin) / over)[:, None]
        blend = t**3 * (10.0 - 15.0 * t + 6.0 * t**2)  # smooth to the second derivative at both ends
        rest = shapely.line_locate_point(after, shapely.points(self.centre(b))) > far[-1] + 1e-9
        return np.concatenate([kept, own + blend * (other - own), self.centre(b)[rest]])

    def across(self, lane: int, s: float, from_left: bool, margin: float) -> Float[Array, "2 2"] | None:
        """A way over the road at right angles to a lane, `margin` [m] longer at both ends."""
        point, heading = self.place(lane, s)
        side = np.array([-np.sin(heading), np.cos(heading)]) * (-1.0 if from_left else 1.0)
        reach = shapely.LineString([point - 1e3 * side, point + 1e3 * side]).intersection(self.drivable)
        pieces = [p for p in getattr(reach, "geoms", [reach]) if p.distance(shapely.Point(point)) < 1e-6]
        if not pieces:
            return None
        ends = np.asarray(pieces[0].coords)[[0, -1]]
        ends = ends[np.argsort((ends - point) @ side)]
        return np.stack([ends[0] - margin * side, ends[1] + margin * side])


def lateral_shift(network: Network, path: Array, lane: int, start: Array) -> float | None:
    """How far a lane's centre line lies to the left of a path near `start`; None if it is not beside."""
    centre = network.centre(lane)
    s, off = locate(centre, start)
    if not 0.0 < s < network.length(lane):
        return None
    _, own = locate(path, start)
    return own - off
