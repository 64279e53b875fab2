"""Driving somewhere else than the route leads."""

from __future__ import annotations

import numpy as np

from simeval.geometry import arc_lengths
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.spans import spans

__all__ = ["off_route_events", "off_route_way"]

AWAY = 6.0  # [m] from the route: nearly two lanes
NO_ROUTE = "the scenario has no route"


def _stretches(episode: Episode) -> list[tuple[int, int]]:
    route = episode.scenario.route
    if route is None or np.isnan(episode.route_s).all():
        return []
    before_end = episode.route_s < float(arc_lengths(np.asarray(route.xy, dtype=np.float64))[-1]) - 0.1
    return spans((np.abs(episode.route_d) > AWAY) & before_end, bridge=3)


@metric("off_route_way_m", unit="m", better="lower")
def off_route_way(episode: Episode) -> Reading:
    """Way that the ego drives more than 6 m beside its route."""
    if episode.scenario.route is None or np.isnan(episode.route_s).all():
        return undefined(NO_ROUTE)
    found, speed = _stretches(episode), np.abs(episode.ego_motion.speed)
    way = sum(float(speed[i : j + 1].sum()) * episode.dt for i, j in found)
    return Reading(way, step=found[0][0] if found else None)


@event_source("off_route", defined_by="off_route_way_m", value="by", detail=("until_s",))
def off_route_events(episode: Episode) -> list[Event]:
    """A stretch more than 6 m beside the route; the value is the largest distance."""
    return [
        event_at(
            episode, "off_route", i, value=float(np.abs(episode.route_d[i : j + 1]).max()), limit=AWAY,
            unit="m", last=j,
        )
        for i, j in _stretches(episode)
    ]  # fmt: skip
