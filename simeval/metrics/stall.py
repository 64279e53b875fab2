"""Standing still."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading
from simeval.metrics.registry import event_source, metric
from simeval.metrics.spans import spans

__all__ = ["stall_events", "stall_time"]

STANDING = 0.1  # [m/s] at or below it the ego stands
LONG_S = 3.0  # [s] standing for less is part of driving


def _stands(episode: Episode) -> list[tuple[int, int]]:
    return spans(np.abs(episode.ego_motion.speed) <= STANDING)


@metric("stall_time_s", unit="s", better="lower")
def stall_time(episode: Episode) -> Reading:
    """Longest time for which the ego stands without a break."""
    found = _stands(episode)
    if not found:
        return Reading(0.0)
    first, last = max(found, key=lambda s: (s[1] - s[0], -s[0]))
    return Reading((last - first) * episode.dt, step=first)


@event_source("stall", defined_by="stall_time_s", value="for", detail=("until_s",))
def stall_events(episode: Episode) -> list[Event]:
    """A stretch of at least 3 s in which the ego stands; the value is how long."""
    return [
        event_at(
            episode, "stall", first, value=(last - first) * episode.dt, limit=LONG_S, unit="s", last=last
        )
        for first, last in _stands(episode)
        if (last - first) * episode.dt >= LONG_S
    ]
