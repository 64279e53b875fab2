"""Paths of points of the ego's bodies, and how far other points of it pass beside them."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.geometry.polyline import project_near
from simeval.kernel import kernel
from simeval.metrics.episode import Episode

__all__ = ["NO_TRAILER", "beside_path", "is_towing", "point_of", "total_length"]

NO_TRAILER = "the ego pulls nothing"
STILL = 1e-3  # [m] points of a path nearer than this are one


def is_towing(episode: Episode) -> bool:
    """Whether the ego has more than one body."""
    own = episode.bodies.of(episode.ego)
    return bool(own.stop - own.start > 1)


def total_length(episode: Episode) -> float:
    """Lengths of all bodies of the ego together [m]: no point of it is farther from another one."""
    own = episode.bodies.of(episode.ego)
    return float(2.0 * episode.bodies.half[own, 0].sum())


def point_of(episode: Episode, body: int, along: float, left: float = 0.0) -> Float[Array, "t 2"]:
    """Path of a point of one body, so far ahead of and to the left of its centre [m]."""
    pose = episode.bodies.pose[:, body]
    x = pose[:, 0] + along * pose[:, 2] - left * pose[:, 3]
    return np.column_stack([x, pose[:, 1] + along * pose[:, 3] + left * pose[:, 2]])


@kernel
def _beside(
    s: Array, x: Array, y: Array, at: Array, points: Array, reach: float, least: float, out: Array
) -> None:
    for t in range(len(points)):
        place, off, _ = project_near(
            s, x, y, 0, len(s), at[t] - 0.5 * reach, 0.5 * reach + 2.0, points[t, 0], points[t, 1]
        )
        out[t] = off if least < place < s[len(s) - 1] - 1e-9 else math.nan


def beside_path(
    path: Float[Array, "t 2"], points: Float[Array, "t 2"], reach: float, heading: float | None = None
) -> Float[Array, "t"]:
    """Offset of a point from the path that another point takes, left of it positive [m], at each step.

    Only the path within `reach` before and 2 m after the other point's place at that step counts. Where the
    path has not been yet the result is NaN; with a `heading` it came straight along that to its beginning.
    """
    steps = np.hypot(*np.diff(path, axis=0).T)
    driven = np.concatenate([[0.0], np.cumsum(steps)])
    keep = np.concatenate([[True], np.diff(np.floor(driven / STILL)) > 0])
    out = np.full(len(path), np.nan)
    if keep.sum() < 2:
        return out
    way = np.diff(path[keep][:2], axis=0)[0] if heading is None else [math.cos(heading), math.sin(heading)]
    back = path[0] - reach * np.asarray(way) / math.hypot(*way)
    line = np.concatenate([back[None], path[keep]])
    s = arc_lengths(line)
    at = np.interp(driven, driven[keep], s[1:])
    x, y = np.ascontiguousarray(line[:, 0]), np.ascontiguousarray(line[:, 1])
    least = s[1] if heading is None else 0.0
    _beside(s, x, y, at, np.ascontiguousarray(points), reach, least, out)
    return out
