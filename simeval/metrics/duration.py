"""How long the episode lasted."""

from __future__ import annotations

from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading
from simeval.metrics.registry import metric

__all__ = ["duration"]


@metric("duration_s", unit="s", better="none")
def duration(episode: Episode) -> Reading:
    """Simulated time from the first recorded step to the last."""
    return Reading(episode.trace.duration)
