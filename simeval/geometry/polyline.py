"""Polylines: arc length, projection, the point at an arc length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel

__all__ = ["Line", "arc_lengths", "point_at", "project", "project_near", "segment_at"]


@inlined_kernel
def segment_at(s: Array, first: int, last: int, hint: int, at: float) -> int:
    """Index i with `s[i] <= at < s[i + 1]`, first <= i <= last - 2, walking from `hint`.

    `s[first:last]` are the ascending arc lengths of one polyline's points.
    """
    i = min(max(hint, first), last - 2)
    while i > first and s[i] > at:
        i -= 1
    while i < last - 2 and s[i + 1] <= at:
        i += 1
    return i


@kernel
def project_near(
    s: Array, x: Array, y: Array, first: int, last: int, around: float, window: float, px: float, py: float
) -> tuple[float, float, int]:
    """Nearest point of a polyline to (px, py), among segments within `window` [m] of arc length `around`.

    Returns (arc length, signed offset with left positive, segment).
    """
    best, best_s, best_d, best_i = math.inf, s[first], 0.0, first
    for i in range(first, last - 1):
        if s[i + 1] < around - window or s[i] > around + window:
            continue
        ex, ey, step = x[i + 1] - x[i], y[i + 1] - y[i], s[i + 1] - s[i]
        if step <= 0.0:
            continue
        rx, ry = px - x[i], py - y[i]
        t = min(max((rx * ex + ry * ey) / (step * step), 0.0), 1.0)
        ox, oy = rx - t * ex, ry - t * ey
        d2 = ox * ox + oy * oy
        if d2 < best:
            side = ex * ry - ey * rx
            best, best_i = d2, i
            best_s = s[i] + t * step
            best_d = math.copysign(math.sqrt(d2), side)
    return best_s, best_d, best_i


@kernel
def _project_all(s: Array, x: Array, y: Array, points: Array, out_s: Array, out_d: Array) -> None:
    for k in range(len(points)):
        at, off, _ = project_near(s, x, y, 0, len(s), 0.0, math.inf, points[k, 0], points[k, 1])
        out_s[k] = at
        out_d[k] = off


@kernel
def _add_up(x: Array, y: Array, s: Array) -> None:
    for i in range(1, len(s)):
        dx, dy = x[i] - x[i - 1], y[i] - y[i - 1]
        s[i] = s[i - 1] + math.sqrt(dx * dx + dy * dy)


def arc_lengths(xy: Float[Array, "n 2"]) -> Float[Array, "n"]:
    """Arc length at each point, from 0 [m]."""
    return Line.of(xy).s


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A polyline with its arc lengths, for lines that are looked at more than once."""

    s: Float[Array, "n"]  # [m]
    x: Float[Array, "n"]
    y: Float[Array, "n"]

    @staticmethod
    def of(xy: Float[Array, "n 2"]) -> Line:
        """The line through these points."""
        x, y = np.array(xy, dtype=np.float64).T.copy()
        s = np.zeros(max(1, len(x)))
        _add_up(x, y, s)
        return Line(s=s, x=x, y=y)

    def project(self, points: Float[Array, "k 2"]) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
        """Arc length [m] and signed offset [m], left positive, of the nearest point of the line.

        Beyond an end the arc length is that of the end and the offset is the distance to it.
        """
        wanted = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, 2)
        s, d = np.zeros(len(wanted)), np.zeros(len(wanted))
        _project_all(self.s, self.x, self.y, wanted, s, d)
        return s, d

    def direction(self, at: float) -> float:
        """Direction of the segment at an arc length [rad]; beyond an end that of the last segment there."""
        i = min(max(int(self.s.searchsorted(at, side="right")) - 1, 0), len(self.s) - 2)
        return math.atan2(self.y[i + 1] - self.y[i], self.x[i + 1] - self.x[i])


def project(
    xy: Float[Array, "n 2"], points: Float[Array, "k 2"]
) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
    """The same of a line that is looked at once; see `Line.project`."""
    return Line.of(xy).project(points)


def point_at(xy: Float[Array, "n 2"], at: Float[Array, "k"]) -> tuple[Float[Array, "k 2"], Float[Array, "k"]]:
    """Points at the arc lengths `at` and the direction of their segment [rad]; ends are extended straight."""
    line, at = np.asarray(xy, dtype=np.float64), np.asarray(at, dtype=np.float64)
    s = arc_lengths(line)
    i = np.clip(np.searchsorted(s, at, side="right") - 1, 0, len(s) - 2)
    step = line[i + 1] - line[i]
    heading = np.arctan2(step[:, 1], step[:, 0])
    along = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return line[i] + (at - s[i])[:, None] * along, heading
