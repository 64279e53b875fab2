"""nuPlan's driving direction: how far the ego drives against its lane within one second.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/driving_direction_compliance.py.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import project
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.route import RouteObjects

__all__ = ["lane_progress", "windowed"]

WINDOW = 1.0  # [s]
LAST_BITS = 1e-9  # relative; far below the microsecond of a time stamp


def lane_progress(
    road_map: NuplanMap, xy: Float[Array, "t 2"], path: list[RouteObjects]
) -> Float[Array, "t"]:
    """Way along the lane of the centre at each step [m], negative against it.

    0 in no lane, and at the first two steps in another lane than before; of the lane it starts in only at
    the first. A step in no lane is skipped: back in the same lane the way in between counts at once. An arc
    length of exactly 0 counts as missing.
    """
    out = np.zeros(len(xy))
    lane = path[0][0] if path[0] else -1
    last: float | None = None
    places = _arc_lengths(road_map, xy, path)
    for t, objects in enumerate(path):
        if not objects:
            continue
        if objects[0] != lane:
            lane, last = objects[0], None
        else:
            out[t] = places[t] - last if last is not None and places[t] else 0.0
            last = float(places[t])
    return out


def windowed(progress: Float[Array, "t"], dt: float) -> Float[Array, "t"]:
    """Sum over each step and the int(1 s / dt) steps before it [m]: one sample more than a second has.

    nuPlan's time stamps are whole microseconds; the mean of ours may miss 0.1 s by its last bit.
    """
    steps = int(WINDOW / dt * (1.0 + LAST_BITS))
    total = np.concatenate([[0.0], np.cumsum(progress)])
    first = np.maximum(np.arange(len(progress)) - steps, 0)
    return np.asarray(total[1:] - total[first])


def _arc_lengths(road_map: NuplanMap, xy: Float[Array, "t 2"], path: list[RouteObjects]) -> Array:
    """Arc length of each point on the first of its route objects [m]; 0 in none."""
    first = np.array([objects[0] if objects else -1 for objects in path])
    out = np.zeros(len(xy))
    for i in np.unique(first[first >= 0]).tolist():
        out[first == i] = project(road_map.baseline[i], xy[first == i])[0]
    return out
