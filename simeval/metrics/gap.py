"""Distance to the nearest other road user."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric, series

__all__ = ["min_gap"]


@metric("min_gap_m", unit="m", better="higher")
def min_gap(episode: Episode) -> Reading:
    """Smallest distance between the ego and any other road user, box to box."""
    near = episode.neighbours
    if np.isnan(near.gap).all():
        return undefined("there is no other road user")
    step = int(np.nanargmin(near.gap))
    return Reading(float(near.gap[step]), step=step, agent=episode.name(int(near.gap_agent[step])))


@series("min_gap_m")
def gap_series(episode: Episode) -> Float[Array, "t"]:
    """Distance to the nearest other road user at each step."""
    return episode.neighbours.gap
