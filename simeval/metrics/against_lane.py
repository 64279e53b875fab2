"""Driving on the side of the road that is for the others."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.lanes import lane_at_each_step, lane_lines
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans

__all__ = ["against_lane_events", "against_lane_way"]

LEAST_M = 5.0
MOVES = 0.5  # [m/s]
NO_LANES = "the map has no lanes"


@shared
def _against(episode: Episode) -> Bool[Array, "t"]:
    """Steps at which the nearest centre line, outside junctions, runs against the ego, which drives."""
    own, other = _offsets(episode, 0.0), _offsets(episode, math.pi)
    return np.asarray((other < own) & (episode.ego_motion.speed > MOVES))


def _offsets(episode: Episode, turn: float) -> Float[Array, "t"]:
    """Distance to the nearest centre line that runs within 60 degrees of the turned heading; inf: none."""
    lanes, xy = episode.scenario.map.lanes, episode.ego_xy
    nobody = np.zeros(len(lanes), dtype=np.bool_)
    lane = lane_at_each_step(episode.scenario.map, nobody, xy, episode.ego_heading + turn)
    out, lines = np.full(len(xy), np.inf), lane_lines(episode.scenario.map)
    for i in np.unique(lane[lane >= 0]).tolist():
        at = lane == i
        if turn == 0.0 or not lanes.is_connector[i]:
            out[at] = np.abs(lines.line("centre", i).project(xy[at])[1])
    return out


def _stretches(episode: Episode) -> list[tuple[int, int, float]]:
    found = []
    for first, last in spans(_against(episode), bridge=3):
        way = float(episode.ego_motion.speed[first : last + 1].sum()) * episode.dt
        if way >= LEAST_M:
            found.append((first, last, way))
    return found


@metric("against_lane_m", unit="m", better="lower")
def against_lane_way(episode: Episode) -> Reading:
    """Way that the ego drives in lanes of the other direction, stretches below 5 m left out."""
    if not len(episode.scenario.map.lanes):
        return undefined(NO_LANES)
    found = _stretches(episode)
    return Reading(float(sum(way for *_, way in found)), step=found[0][0] if found else None)


@event_source("against_lane", defined_by="against_lane_m", value="for", detail=("until_s",))
def against_lane_events(episode: Episode) -> list[Event]:
    """A stretch of 5 m or more in a lane of the other direction; the value is its length."""
    if not len(episode.scenario.map.lanes):
        return []
    return [
        event_at(episode, "against_lane", first, value=way, limit=LEAST_M, unit="m", last=last)
        for first, last, way in _stretches(episode)
    ]
