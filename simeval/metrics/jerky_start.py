"""Pulling away with a jerk."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.stall import STANDING

__all__ = ["jerky_start_events", "max_start_jerk"]

ROUGH = 8.0  # [m/s^3] nuPlan's bound on the amount of jerk
WITHIN_S = 2.0
NO_START = "the ego does not pull away"


@shared
def _starts(episode: Episode) -> list[tuple[int, int, float]]:
    """Last step of standing, step of the largest jerk in the two seconds after it, that jerk."""
    stands = np.abs(episode.ego_motion.speed) <= STANDING
    found = []
    for k in np.flatnonzero(stands[:-1] & ~stands[1:]).tolist():
        jerk = np.abs(episode.ego_motion.jerk[k : k + round(WITHIN_S / episode.dt) + 1])
        if not np.isnan(jerk).all():
            worst = int(np.nanargmax(jerk))
            found.append((k, k + worst, float(jerk[worst])))
    return found


@metric("max_start_jerk_mps3", unit="m/s^3", better="lower")
def max_start_jerk(episode: Episode) -> Reading:
    """Largest amount of jerk in the two seconds after standing."""
    found = _starts(episode)
    if not found:
        return undefined(NO_START)
    worst = max(found, key=lambda s: s[2])
    return Reading(worst[2], step=worst[1])


@event_source("jerky_start", defined_by="max_start_jerk_mps3", value="at")
def jerky_start_events(episode: Episode) -> list[Event]:
    """Pulling away with a jerk above 8 m/s^3; the value is the jerk."""
    return [
        event_at(episode, "jerky_start", step, value=jerk, limit=ROUGH, unit="m/s^3")
        for _, step, jerk in _starts(episode)
        if jerk > ROUGH
    ]
