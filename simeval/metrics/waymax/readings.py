"""Waymax's metrics as measurements of an episode: its values a step, drawn together over the steps."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.metrics.waymax.inputs import ego_log, paths_of, road_edges
from simeval.metrics.waymax.log import log_divergence
from simeval.metrics.waymax.overlap import ego_overlap
from simeval.metrics.waymax.paths import off_route, progression, wrong_way
from simeval.scenario import EdgeKind
from simeval.vehicles.waymax_bicycle import (
    FEASIBLE_ACCELERATION,
    FEASIBLE_CURVATURE,
    SLACK,
    waymax_actions,
)

__all__: list[str] = []

NO_LOG = "the scenario has no log of the ego to compare with"
NO_ROUTE = "the scenario has no route"
NO_EDGES = "the map does not say where the road is"
NOT_EDGES = "the map has no road edges; they are taken from its drivable areas or lanes"


@shared
def _divergence(episode: Episode) -> Float[Array, "t"]:
    log_xy, valid, known = ego_log(episode)
    return log_divergence(episode.ego_xy, log_xy, valid & (len(known) > 1))


@metric("waymax_log_divergence_m", unit="m", better="lower", on_request=True)
def waymax_log_divergence(episode: Episode) -> Reading:
    """Mean distance between the ego and its log at the same step."""
    away = _divergence(episode)
    if np.isnan(away).all():
        return undefined(NO_LOG)
    return Reading(float(np.nanmean(away)), step=int(np.nanargmax(away)))


@metric("waymax_overlap", unit="1", better="lower", on_request=True)
def waymax_overlap(episode: Episode) -> Reading:
    """1 if the ego overlaps another road user at any step; touching is not overlapping."""
    hit, agent = ego_overlap(episode.bodies, episode.ego)
    if not hit.any():
        return Reading(0.0)
    step = int(np.argmax(hit))
    return Reading(1.0, step=step, agent=episode.name(int(agent[step])))


@metric("waymax_offroad", unit="1", better="lower", on_request=True)
def waymax_offroad(episode: Episode) -> Reading:
    """1 if a corner of the ego is off the road at any step, by the nearest sampled point of an edge."""
    edges = road_edges(episode)
    if edges is None:
        return undefined(NO_EDGES)
    off = edges.is_offroad(episode.ego_corners).any(axis=1)
    given = episode.scenario.map.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN)
    step = int(np.argmax(off)) if off.any() else None
    return Reading(float(off.any()), step=step, note=None if given else NOT_EDGES)


@metric("waymax_kinematic_infeasibility", unit="1", better="lower", on_request=True)
def waymax_kinematic_infeasibility(episode: Episode) -> Reading:
    """1 if a step between two states asks for more than 10.4 m/s^2 or a curvature above 0.3 1/m."""
    if episode.num_steps < 2:
        return undefined("the episode has a single step")
    velocity = episode.trace.states.velocity[:, episode.ego]
    states = np.column_stack([episode.ego_xy, episode.ego_heading, velocity])
    actions, _ = waymax_actions(states, episode.dt)
    limits = np.array([FEASIBLE_ACCELERATION, FEASIBLE_CURVATURE]) + SLACK
    wrong = (np.abs(actions) > limits).any(axis=1)
    return Reading(float(wrong.any()), step=int(np.argmax(wrong)) + 1 if wrong.any() else None)


@metric("waymax_wrong_way_m", unit="m", better="lower", on_request=True)
def waymax_wrong_way(episode: Episode) -> Reading:
    """Largest distance of the ego from all paths, 0 below 3.5 m; headings are not looked at."""
    paths = paths_of(episode)
    if not len(paths.xy):
        return undefined("the scenario has neither a route nor lanes")
    return largest(wrong_way(paths, episode.ego_xy), otherwise="", floor=0.0)


@metric("waymax_off_route_m", unit="m", better="lower", on_request=True)
def waymax_off_route(episode: Episode) -> Reading:
    """Largest distance of the ego from its route where it counts as off it."""
    away = off_route(paths_of(episode), episode.ego_xy)
    return undefined(NO_ROUTE) if away is None else largest(away, otherwise="", floor=0.0)


@metric("waymax_progression", unit="1", better="higher", on_request=True)
def waymax_progression(episode: Episode) -> Reading:
    """Way along the route at the last step, as a share of the log's."""
    _, _, known = ego_log(episode)
    if len(known) < 2:
        return undefined(NO_LOG)
    share = progression(paths_of(episode), episode.ego_xy[-1], known[0], known[-1])
    return undefined(NO_ROUTE) if share is None else Reading(share)
