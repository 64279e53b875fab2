"""Which boxes a simulated vehicle touches: what NAVSIM's collisions and its time to collision rest on."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry import touches
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.tracks import NuplanTracks

__all__ = ["touching"]


def touching(
    ego: NuplanEgo, xy: Float[Array, "t 2"], tracks: NuplanTracks, look: int = 0
) -> Bool[Array, "t b"]:
    """Which boxes the ego touches at its first t steps if its centre is at `xy` [m], and each box where it is
    `look` steps later."""
    there = slice(look, look + len(xy))
    reach = 0.5 * (math.hypot(ego.length, ego.width) + np.hypot(tracks.length, tracks.width)) + 1e-6
    away = tracks.xy[there] - xy[:, None]
    near = tracks.valid[there] & (np.hypot(away[..., 0], away[..., 1]) <= reach)
    steps, boxes = np.nonzero(near)
    if len(steps):
        pairs = np.empty((len(steps), 10))
        pairs[:, :2], pairs[:, 2], pairs[:, 3:5] = xy[steps], ego.heading[steps], (ego.length, ego.width)
        pairs[:, 5:7], pairs[:, 7] = tracks.xy[there][steps, boxes], tracks.heading[there][steps, boxes]
        pairs[:, 8], pairs[:, 9] = tracks.length[boxes], tracks.width[boxes]
        near[steps, boxes] = touches(pairs)
    return np.asarray(near)
