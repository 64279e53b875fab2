"""Changes of lane by the ego."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.lanes import lane_lines
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared

__all__ = ["lane_change_events", "lane_changes"]

BEGINS = 0.4  # [m] as far off the middle a change has begun
NO_LANES = "the map has no lanes"


@shared
def _found(episode: Episode) -> list[tuple[int, int, str]]:
    """First step off the middle of the old lane, step in the new one, and the side."""
    lanes, lane, found = episode.scenario.map.lanes, episode.lane, []
    for k in np.flatnonzero((lane[1:] != lane[:-1]) & (lane[1:] >= 0) & (lane[:-1] >= 0)).tolist():
        old, new = int(lane[k]), int(lane[k + 1])
        if new in lanes.successors[old] or old in lanes.successors[new]:
            continue
        d = lane_lines(episode.scenario.map).line("centre", old).project(episode.ego_xy[: k + 2])[1]
        if abs(float(d[-1])) < 1.0:  # lanes that overlap in a junction
            continue
        near = np.flatnonzero(np.abs(d) < BEGINS)
        found.append((int(near[-1]) if len(near) else k + 1, k + 1, "left" if d[-1] > 0.0 else "right"))
    return found


@metric("lane_changes", unit="1", better="none")
def lane_changes(episode: Episode) -> Reading:
    """How often the ego changes into a lane beside its own."""
    if not len(episode.scenario.map.lanes):
        return undefined(NO_LANES)
    found = _found(episode)
    return Reading(float(len(found)), step=found[0][0] if found else None)


@event_source("lane_change", defined_by="lane_changes", value="", detail=("until_s",))
def lane_change_events(episode: Episode) -> list[Event]:
    """A change into a lane beside, kind left or right, from leaving the middle of the old lane on."""
    return [
        event_at(episode, "lane_change", first, kind=side, last=last) for first, last, side in _found(episode)
    ]
