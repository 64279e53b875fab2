"""Staying with the route: how far beside it, and exits that were missed."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.scenario import Source

__all__ = ["max_route_deviation", "missed_exits"]


@metric("max_route_deviation_m", unit="m", better="lower")
def max_route_deviation(episode: Episode) -> Reading:
    """Largest distance of the ego's centre from its route."""
    return largest(np.abs(episode.route_d), otherwise="the scenario has no route")


@metric("missed_exits", unit="1", better="lower")
def missed_exits(episode: Episode) -> Reading:
    """How often the ego goes on into a lane that is not of the route where the route goes on elsewhere."""
    lanes, used = episode.scenario.map.lanes, episode.route_lanes
    if not used.any():
        return undefined("the scenario's route names no lanes")
    if episode.scenario.map.topology is Source.ABSENT:
        return undefined("the map does not say which lane follows which")
    named = {lanes.section[i] for i in np.flatnonzero(used) if lanes.section[i]}
    beside = used | np.array([s in named for s in lanes.section], dtype=np.bool_)
    onward = {int(j) for i in np.flatnonzero(beside) for j in lanes.successors[int(i)]}
    seen = episode.lane[episode.lane >= 0]
    steps = np.flatnonzero(episode.lane >= 0)
    found = [
        int(steps[k])
        for k in range(1, len(seen))
        if beside[seen[k - 1]]
        and not beside[seen[k]]
        and int(seen[k]) in onward
        and any(beside[j] for j in lanes.successors[int(seen[k - 1])])
    ]
    return Reading(float(len(found)), step=found[0] if found else None)
