"""Keeping the lane: how far off its middle, and how often over its lines."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import Line
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest
from simeval.metrics.lanes import lane_lines
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans

__all__ = ["lane_invasion_events", "lane_invasions", "max_lane_offset", "time_over_lane_line"]

OVER = 0.1  # [m] as far as a corner may be beyond a line unnoticed
NO_LANE = "the ego is in no lane outside junctions"
NO_LINES = "the map does not say where the lines of the ego's lanes are"


@shared
def _offsets(episode: Episode) -> Float[Array, "t"]:
    """Distance of the centre from the middle of its lane [m]; NaN in junctions and in no lane."""
    lanes, out = episode.scenario.map.lanes, np.full(episode.num_steps, np.nan)
    lines = lane_lines(episode.scenario.map)
    for lane in np.unique(episode.lane).tolist():
        if lane >= 0 and not lanes.is_connector[lane]:
            at = episode.lane == lane
            out[at] = np.abs(lines.line("centre", lane).project(episode.ego_xy[at])[1])
    return out


@shared
def _beyond(episode: Episode) -> Float[Array, "t"]:
    """How far the outermost corner is beyond a line of the lane [m], left or right; NaN where unknown."""
    lanes, out = episode.scenario.map.lanes, np.full(episode.num_steps, np.nan)
    corners, lines = episode.ego_corners[:, 0], lane_lines(episode.scenario.map)
    for lane in np.unique(episode.lane).tolist():
        if lane < 0 or lanes.is_connector[lane]:
            continue
        if len(lanes.left[lane]) >= 2 and len(lanes.right[lane]) >= 2:
            at, left, right = episode.lane == lane, lines.line("left", lane), lines.line("right", lane)
            over = [_past(left, corners[at], 1.0), _past(right, corners[at], -1.0)]
            out[at] = np.max(over, axis=0)
    return out


def _past(line: Line, corners: Array, sign: float) -> Array:
    """Largest offset to one side of a line; a corner before its beginning or past its end does not count."""
    s, d = line.project(corners.reshape(-1, 2))
    beside = (s > 0.0) & (s < line.s[-1])
    return np.asarray(np.where(beside, sign * d, -np.inf).reshape(-1, 4).max(axis=1))


@metric("max_lane_offset_m", unit="m", better="lower")
def max_lane_offset(episode: Episode) -> Reading:
    """Largest distance of the ego's centre from the middle of the lane it is in, outside junctions."""
    return largest(_offsets(episode), otherwise=NO_LANE)


@metric("time_over_lane_line_s", unit="s", better="lower")
def time_over_lane_line(episode: Episode) -> Reading:
    """Time with a corner of the ego beyond a line of its lane, outside junctions."""
    beyond = _beyond(episode)
    if np.isnan(beyond).all():
        return undefined(NO_LINES)
    over = beyond > OVER
    return Reading(float(over.sum()) * episode.dt, step=int(np.argmax(over)) if over.any() else None)


@metric("lane_invasions", unit="1", better="lower")
def lane_invasions(episode: Episode) -> Reading:
    """How often the ego crosses a line of its lane, outside junctions; a lane change is one."""
    if np.isnan(_beyond(episode)).all():
        return undefined(NO_LINES)
    found = spans(_beyond(episode) > OVER, bridge=2)
    return Reading(float(len(found)), step=found[0][0] if found else None)


@event_source("lane_invasion", defined_by="lane_invasions", value="by", detail=("until_s",))
def lane_invasion_events(episode: Episode) -> list[Event]:
    """A stretch with a corner beyond a line of the lane, outside junctions; the value is the most."""
    beyond = _beyond(episode)
    return [
        event_at(
            episode, "lane_invasion", first, value=float(np.nanmax(beyond[first : last + 1])), limit=OVER,
            unit="m", last=last,
        )
        for first, last in spans(beyond > OVER, bridge=2)
    ]  # fmt: skip
