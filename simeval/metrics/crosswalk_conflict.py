"""Driving over a crosswalk in front of somebody who walks on it."""

from __future__ import annotations

import numpy as np
import shapely
from jaxtyping import Bool, Int

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
    people = np.flatnonzero(kinds == int(AgentKind.PEDESTRIAN))
    for outline in episode.scenario.map.areas_of(AreaKind.CROSSWALK) if len(people) else ():
        steps = _steps_on(episode, outline)
        if len(steps):
            hindered = _in_the_way(episode, outline, steps, people)
            found += [
                (int(steps[np.argmax(hindered[:, k])]), int(people[k]))
                for k in np.flatnonzero(hindered.any(axis=0)).tolist()
            ]
    return sorted(found)


def _steps_on(episode: Episode, outline: Array) -> Int[Array, "n"]:
    """Steps at which the ego drives on a crosswalk."""
    corners = episode.ego_corners[:, 0]
    near = np.abs(corners.mean(axis=1) - outline.mean(axis=0)).max(axis=1) < 40.0
    steps = np.flatnonzero(near & (episode.ego_motion.speed > DRIVES))
    if not len(steps):
        return steps
    area = shapely.Polygon(outline)
    shapely.prepare(area)
    return np.asarray(steps[shapely.intersects(area, shapely.polygons(corners[steps]))])


def _in_the_way(episode: Episode, outline: Array, steps: Array, people: Array) -> Bool[Array, "n p"]:
    """Which people are on the crosswalk and in the ego's way at which of the steps."""
    states, at = episode.trace.states, np.ix_(steps, people)
    places, area = states.xy[at], shapely.Polygon(outline)
    on = states.valid[at] & shapely.contains_xy(area, places[..., 0], places[..., 1])
    heading = episode.ego_heading[steps]
    left = np.stack([-np.sin(heading), np.cos(heading)], axis=1)[:, None]
    across = ((places - episode.ego_xy[steps][:, None]) * left).sum(axis=2)
    pace = (states.velocity[at] * left).sum(axis=2)
    half = 0.5 * float(episode.trace.agents.width[episode.ego])
    leaves = (np.abs(across) > half) & (pace * across > 0.0) & (np.abs(pace) > AWAY)
    return np.asarray(on & (np.abs(across) < NEAR) & ~leaves)


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
