"""Centre lines of roads: straights and arcs with exact normals, so that parallels are exact too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array

__all__ = ["Line", "locate", "points_at"]

STRAIGHT_STEP = 2.0  # distance of points on a straight, at most [m]
ARC_STEP = 1.0  # the same on an arc [m] ...
ARC_TURN = math.radians(2.5)  # ... and the turn between two of its points [rad]


@dataclass(frozen=True, eq=False)
class Line:
    """A smooth line; every parallel of it has its points at the same places along."""

    xy: Float[Array, "n 2"]  # [m]
    heading: Float[Array, "n"]  # [rad]

    @staticmethod
    def start(x: float, y: float, heading: float) -> Line:
        """A line of one point."""
        return Line(np.array([[x, y]], dtype=np.float64), np.array([heading], dtype=np.float64))

    @cached_property
    def normal(self) -> Float[Array, "n 2"]:
        """Unit vectors to the left."""
        return np.stack([-np.sin(self.heading), np.cos(self.heading)], axis=1)

    def straight(self, length: float) -> Line:
        """Continued straight on by `length` [m]."""
        along = np.linspace(0.0, length, max(1, math.ceil(length / STRAIGHT_STEP - 1e-9)) + 1)[1:]
        h = self.heading[-1]
        xy = self.xy[-1] + along[:, None] * np.array([math.cos(h), math.sin(h)])
        return Line(np.concatenate([self.xy, xy]), np.concatenate([self.heading, np.full(len(along), h)]))

    def arc(self, radius: float, angle: float) -> Line:
        """Continued on a circle of `radius` [m], turning by `angle` [rad], positive to the left."""
        step = min(ARC_STEP / radius, ARC_TURN)
        turned = np.linspace(0.0, angle, max(1, math.ceil(abs(angle) / step - 1e-9)) + 1)[1:]
        heading = self.heading[-1] + turned
        side = math.copysign(radius, angle)
        centre = self.xy[-1] + side * self.normal[-1]
        xy = centre - side * np.stack([-np.sin(heading), np.cos(heading)], axis=1)
        return Line(np.concatenate([self.xy, xy]), np.concatenate([self.heading, heading]))

    def end(self) -> Line:
        """The last point as the start of the next line."""
        return Line(self.xy[-1:], self.heading[-1:])

    def reversed(self) -> Line:
        """The same line in the other direction."""
        return Line(self.xy[::-1].copy(), self.heading[::-1] + math.pi)

    def parallel(self, offset: float) -> Float[Array, "n 2"]:
        """Points `offset` [m] to the left."""
        return self.xy + offset * self.normal

    def shifted(self, offset: float) -> Line:
        """The parallel line `offset` [m] to the left."""
        return Line(self.parallel(offset), self.heading)

    def strip(self, right: float, left: float) -> Float[Array, "k 2"]:
        """The polygon between two parallels, counter-clockwise; offsets to the left, right < left [m]."""
        return np.concatenate([self.parallel(right), self.parallel(left)[::-1]])

    def quarter_turned(self, quarters: int) -> Line:
        """The line turned about the origin by quarter circles, without rounding."""
        return Line(turned(self.xy, quarters), self.heading + quarters * (math.pi / 2))


def turned(xy: Array, quarters: int) -> Float[Array, "n 2"]:
    """Points turned counter-clockwise about the origin by quarter circles, without rounding."""
    result = np.asarray(xy, dtype=np.float64)
    for _ in range(quarters % 4):
        result = np.stack([-result[:, 1], result[:, 0]], axis=1)
    return result


def locate(xy: Float[Array, "n 2"], point: Float[Array, "2"]) -> tuple[float, float]:
    """Arc length of the nearest point of a polyline, and the distance to it, left positive [m]."""
    line = shapely.LineString(xy)
    s = float(line.project(shapely.Point(point)))
    at, heading = points_at(xy, np.array([s]))
    away = np.asarray(point, dtype=np.float64) - at[0]
    side = math.cos(heading[0]) * away[1] - math.sin(heading[0]) * away[0]
    return s, math.copysign(float(np.hypot(away[0], away[1])), side)


def points_at(
    xy: Float[Array, "n 2"], at: Float[Array, "k"]
) -> tuple[Float[Array, "k 2"], Float[Array, "k"]]:
    """Points at arc lengths and the direction there [rad], interpolated within and clamped at the ends.

    The direction turns steadily from the middle of one segment to the middle of the next: on a densely
    sampled arc it is that of the arc.
    """
    steps = np.diff(xy, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    s = np.concatenate([np.zeros(1), np.cumsum(lengths)])
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    points = np.stack([np.interp(at, s, xy[:, 0]), np.interp(at, s, xy[:, 1])], axis=1)
    return points, np.interp(at, 0.5 * (s[1:] + s[:-1]), heading)
