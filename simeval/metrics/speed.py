"""Speed against the limit of the lane."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric, series
from simeval.metrics.spans import spans

__all__ = ["max_overspeed", "overspeed_events", "overspeed_time"]

UNKNOWN = "no speed limit is known where the ego drives"
TOLERANCE = 0.5  # [m/s] less than this above the limit is not an event


def _over(episode: Episode) -> Float[Array, "t"]:
    return np.asarray(episode.ego_motion.speed - episode.speed_limit)


@metric("max_overspeed_mps", unit="m/s", better="lower")
def max_overspeed(episode: Episode) -> Reading:
    """Largest speed above the limit of the lane the ego is in."""
    return largest(_over(episode), otherwise=UNKNOWN, floor=0.0)


@metric("overspeed_time_s", unit="s", better="lower")
def overspeed_time(episode: Episode) -> Reading:
    """Time spent more than 0.5 m/s above the limit."""
    over = _over(episode)
    if np.isnan(over).all():
        return undefined(UNKNOWN)
    fast = over > TOLERANCE
    return Reading(float(fast.sum()) * episode.dt, step=int(np.argmax(fast)) if fast.any() else None)


@event_source(
    "overspeed", defined_by="max_overspeed_mps", value="over the limit by", detail=("limit_mps", "until_s")
)
def overspeed_events(episode: Episode) -> list[Event]:
    """A stretch more than 0.5 m/s above the limit; the value is the largest excess."""
    over, found = _over(episode), []
    for first, last in spans(over > TOLERANCE, bridge=2):
        worst = first + int(np.nanargmax(over[first : last + 1]))
        limit = {"limit_mps": float(episode.speed_limit[worst])}
        found.append(
            event_at(
                episode, "overspeed", first, value=float(over[worst]), limit=TOLERANCE, unit="m/s",
                last=last, detail=dict(limit),
            )
        )  # fmt: skip
    return found


@series("speed_mps")
def speed_series(episode: Episode) -> Float[Array, "t"]:
    """Speed of the ego along its heading."""
    return episode.ego_motion.speed


@series("speed_limit_mps")
def limit_series(episode: Episode) -> Float[Array, "t"]:
    """Limit of the lane the ego is in."""
    return episode.speed_limit
