"""Driving over a crosswalk in front of somebody who walks on it."""

from __future__ import annotations

import math

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.scenario import AgentKind, AreaKind

__all__ = ["crosswalk_conflict_events", "crosswalk_conflicts"]

DRIVES = 1.0  # [m/s] slower ones let people pass
NEAR = 5.0  # [m] across the ego's way; people farther off are not hindered
AWAY = 0.3  # [m/s] who walks away from the way has been let pass
UNKNOWN = "the map does not say where crosswalks are"


@shared
def _found(episode: Episode) -> list[tuple[int, int]]:
    """First step of each pair of crosswalk and pedestrian in the way, and the pedestrian."""
    kinds, found = episode.trace.agents.kind, []
    people = np.flatnonzero(kinds == int(AgentKind.PEDESTRIAN)).tolist()
    for outline in episode.scenario.map.areas_of(AreaKind.CROSSWALK) if people else ():
        on = _on(outline, episode.ego_corners[:, 0]) & (episode.ego_motion.speed > DRIVES)
        for agent in people:
            for k in np.flatnonzero(on).tolist():
                if _in_the_way(episode, outline, agent, k):
                    found.append((k, agent))
                    break
    return sorted(found)


def _on(outline: Array, corners: Array) -> Array:
    area = shapely.Polygon(outline)
    near = np.abs(corners.mean(axis=1) - outline.mean(axis=0)).max(axis=1) < 40.0
    boxes = shapely.polygons(corners)
    shapely.prepare(area)
    return np.asarray(near & shapely.intersects(area, boxes))


def _in_the_way(episode: Episode, outline: Array, agent: int, step: int) -> bool:
    states = episode.trace.states
    if not states.valid[step, agent]:
        return False
    place = states.xy[step, agent]
    if not shapely.Polygon(outline).contains(shapely.Point(place)):
        return False
    heading = float(episode.ego_heading[step])
    left = np.array([-math.sin(heading), math.cos(heading)])
    across = float((place - episode.ego_xy[step]) @ left)
    pace = float(states.velocity[step, agent] @ left)
    half = 0.5 * float(episode.trace.agents.width[episode.ego])
    leaves = abs(across) > half and pace * across > 0.0 and abs(pace) > AWAY
    return abs(across) < NEAR and not leaves


@metric("crosswalk_conflicts", unit="1", better="lower")
def crosswalk_conflicts(episode: Episode) -> Reading:
    """How often the ego drives over a crosswalk in front of somebody who walks on it."""
    if "crosswalks" in (*episode.scenario.missing, *episode.scenario.map.missing):
        return undefined(UNKNOWN)
    found = _found(episode)
    if not found:
        return Reading(0.0)
    return Reading(float(len(found)), step=found[0][0], agent=episode.name(found[0][1]))


@event_source("crosswalk_conflict", defined_by="crosswalk_conflicts", value="at")
def crosswalk_conflict_events(episode: Episode) -> list[Event]:
    """The ego drives over a crosswalk with somebody in its way on it; the value is the ego's speed."""
    return [
        event_at(
            episode, "crosswalk_conflict", step, agent=agent,
            value=float(episode.ego_motion.speed[step]), unit="m/s",
        )
        for step, agent in _found(episode)
    ]  # fmt: skip
