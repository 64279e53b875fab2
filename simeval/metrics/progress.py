"""How far the ego gets along its route."""

from __future__ import annotations

import numpy as np

from simeval.geometry import arc_lengths, project
from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric

__all__ = ["route_progress", "route_progress_ratio"]

NO_ROUTE = "the scenario has no route"
LEAST_WAY = 2.0  # [m] a goal nearer than this asks for no progress


@metric("route_progress_m", unit="m", better="higher")
def route_progress(episode: Episode) -> Reading:
    """Way along the route from the first recorded step to the last."""
    if np.isnan(episode.route_s).all():
        return undefined(NO_ROUTE)
    return Reading(float(episode.route_s[-1] - episode.route_s[0]))


@metric("route_progress_ratio", unit="1", better="higher")
def route_progress_ratio(episode: Episode) -> Reading:
    """Share of the way to the goal, along the route, that was driven; at least 0, at most 1."""
    route = episode.scenario.route
    if route is None or np.isnan(episode.route_s).all():
        return undefined(NO_ROUTE)
    end = float(arc_lengths(route.xy)[-1])
    if episode.scenario.goal is not None:
        end = float(project(route.xy, np.array([episode.scenario.goal]))[0][0])
    way = end - float(episode.route_s[0])
    if way < LEAST_WAY:
        return undefined(f"the goal is less than {LEAST_WAY:g} m ahead at the start")
    share = float(episode.route_s[-1] - episode.route_s[0]) / way
    return Reading(min(1.0, max(0.0, share)))
