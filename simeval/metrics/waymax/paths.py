"""Route metrics as in Waymax: all by the nearest sampled point of paths, none by headings.

Paths are those the vehicle could take; some of them are on its route.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["Paths", "off_route", "progression", "wrong_way"]

WRONG_WAY = 3.5  # [m] nearer to a path than this is not the wrong way
OFF_ROUTE = 5.0  # [m] farther from the route is off it ...
NEARER_ELSEWHERE = 2.0  # [m] ... and so is being nearer to another path by more than this


@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """The n valid points of all paths, path after path."""

    xy: Float[Array, "n 2"]  # [m]
    path: Int[Array, "n"]  # which path a point is of
    arc_length: Float[Array, "n"]  # along its path [m]
    on_route: Bool[Array, "n"]  # whether its path is on the route

    def distance(self, xy: Float[Array, "k 2"], which: Bool[Array, "n"]) -> Float[Array, "k"]:
        """Distance to the nearest of the chosen points [m]; inf without one."""
        out = np.zeros(len(xy))
        _nearest(np.ascontiguousarray(self.xy[which]), np.ascontiguousarray(xy, np.float64), out)
        return out


@kernel
def _nearest(points: Array, xy: Array, out: Array) -> None:
    for k in range(len(xy)):
        best = math.inf
        for i in range(len(points)):
            dx, dy = points[i, 0] - xy[k, 0], points[i, 1] - xy[k, 1]
            best = min(best, dx * dx + dy * dy)
        out[k] = math.sqrt(best)


def wrong_way(paths: Paths, xy: Float[Array, "k 2"]) -> Float[Array, "k"]:
    """Distance to the nearest path [m] where that is at least 3.5 m, else 0."""
    away = paths.distance(xy, np.ones(len(paths.on_route), dtype=np.bool_))
    return np.where(away < WRONG_WAY, 0.0, away)


def off_route(paths: Paths, xy: Float[Array, "k 2"]) -> Float[Array, "k"] | None:
    """Distance to the route [m] where that is more than 5 m or another path is nearer by 2 m, else 0.

    None when no path is on the route.
    """
    if not paths.on_route.any():
        return None
    on, off = paths.distance(xy, paths.on_route), paths.distance(xy, ~paths.on_route)
    return np.where((on > OFF_ROUTE) | (on - off > NEARER_ELSEWHERE), on, 0.0)


def progression(
    paths: Paths, xy: Float[Array, "2"], log_start: Float[Array, "2"], log_end: Float[Array, "2"]
) -> float | None:
    """Share of the logged way, along the on-route path nearest to `xy`; neither cut at 0 nor at 1.

    1 when the log does not move along that path; None when no path is on the route.
    """
    if not paths.on_route.any():
        return None
    now = _closest(paths, paths.on_route, xy)
    chosen = paths.path == paths.path[now]
    start, end = (float(paths.arc_length[_closest(paths, chosen, p)]) for p in (log_start, log_end))
    return 1.0 if start == end else float(paths.arc_length[now] - start) / (end - start)


def _closest(paths: Paths, which: Array, xy: Array) -> int:
    away = np.where(which, ((paths.xy - np.asarray(xy)) ** 2).sum(axis=1), np.inf)
    return int(np.argmin(away))
