"""Leaving the road."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric, series
from simeval.metrics.road_exit import EXIT, road_exit
from simeval.metrics.spans import spans
from simeval.scenario import Source

__all__ = ["max_distance_off_road", "off_road_events", "time_off_road"]

ABSENT = "the map does not say where the road is"
INFERRED = "the road is inferred from lanes"
TOLERANCE = 0.01  # [m] road edges are simplified to this


def _note(episode: Episode) -> str | None:
    return INFERRED if episode.road.source is Source.INFERRED else None


@metric("max_distance_off_road_m", unit="m", better="lower")
def max_distance_off_road(episode: Episode) -> Reading:
    """Largest distance of a corner of the ego beyond the edge of the road."""
    return largest(episode.outside, otherwise=ABSENT, floor=0.0, note=_note(episode))


@metric("time_off_road_s", unit="s", better="lower")
def time_off_road(episode: Episode) -> Reading:
    """Time with a corner of the ego beyond the edge of the road."""
    if np.isnan(episode.outside).all():
        return undefined(ABSENT)
    out = episode.outside > TOLERANCE
    step = int(np.argmax(out)) if out.any() else None
    return Reading(float(out.sum()) * episode.dt, step=step, note=_note(episode))


@event_source(
    "off_road", defined_by="max_distance_off_road_m", value="by", detail=("inferred", *EXIT, "until_s"),
    version=3,
)  # fmt: skip
def off_road_events(episode: Episode) -> list[Event]:
    """A stretch with a corner beyond the edge of the road; the value is its largest distance."""
    return [
        event_at(
            episode, "off_road", first, value=float(np.nanmax(episode.outside[first : last + 1])),
            limit=0.0, unit="m", last=last,
            detail={"inferred": episode.road.source is Source.INFERRED, **road_exit(episode, first, last)},
        )
        for first, last in spans(episode.outside > TOLERANCE)
    ]  # fmt: skip


@series("distance_off_road_m")
def distance_off_road(episode: Episode) -> Float[Array, "t"]:
    """Distance of the outermost corner beyond the edge, 0 on the road."""
    return np.maximum(episode.outside, 0.0)
