"""Driving backwards."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading
from simeval.metrics.registry import event_source, metric
from simeval.metrics.spans import spans

__all__ = ["reversal_events", "reversing_distance"]

BACK = -0.2  # [m/s] logs of standing cars jitter by less
LEAST_M = 0.3


def _stretches(episode: Episode) -> list[tuple[int, int, float]]:
    speed = np.nan_to_num(episode.ego_motion.speed)
    found = []
    for first, last in spans(speed < BACK, bridge=2):
        way = float(-speed[first : last + 1].sum()) * episode.dt
        if way >= LEAST_M:
            found.append((first, last, way))
    return found


@metric("reversing_distance_m", unit="m", better="lower")
def reversing_distance(episode: Episode) -> Reading:
    """Way that the ego drives backwards."""
    found = _stretches(episode)
    return Reading(float(sum(way for *_, way in found)), step=found[0][0] if found else None)


@event_source("reversal", defined_by="reversing_distance_m", value="by", detail=("until_s",))
def reversal_events(episode: Episode) -> list[Event]:
    """A stretch of driving backwards for 0.3 m or more; the value is its length."""
    return [
        event_at(episode, "reversal", first, value=way, limit=LEAST_M, unit="m", last=last)
        for first, last, way in _stretches(episode)
    ]
