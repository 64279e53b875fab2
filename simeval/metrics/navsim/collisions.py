"""NAVSIM's contacts of a simulated plan, and the red lights it drives into.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_scorer.py and pdm_scorer_utils.py.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

from simeval.geometry import touches
from simeval.metrics.navsim.areas import EgoAreas
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.navsim.touching import touching
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.safety.collision_type import BEHIND_ANGLE, STOPPED_SPEED, CollisionType, nuplan_relative_angle

__all__ = ["collision_score", "crosses_red"]

OBJECT_SCORE = 0.5


def collision_score(ego: NuplanEgo, scene: NavsimScene, areas: EgoAreas) -> tuple[float, int | None, int]:
    """Score, first step of a contact by the ego's fault, and the track of it (-1: none).

    1 without, 0.5 for objects however many, 0 for a road user: the least of all contacts, not nuPlan's
    product. A track is looked at again at every step until a contact with it is not the ego's fault. Whether
    it stands is asked where it first appears, not at the contact.
    """
    score, first, who, forgiven = 1.0, None, -1, set[int]()
    for step, box in np.argwhere(touching(ego, ego.xy, scene.tracks)).tolist():
        track = int(scene.tracks.track[box])
        if track in forgiven:
            continue
        kind = _type(ego, scene, step, box)
        if kind in (CollisionType.STOPPED_TRACK, CollisionType.ACTIVE_FRONT) or (
            kind is CollisionType.ACTIVE_LATERAL and areas.wide[step]
        ):
            score = min(score, 0.0 if scene.tracks.moves[box] else OBJECT_SCORE)
            if first is None:
                first, who = step, track
        else:
            forgiven.add(track)
    return score, first, who


def crosses_red(ego: NuplanEgo, scene: NavsimScene) -> int | None:
    """First step at which the ego touches an area closed by a red light."""
    if not len(scene.red_areas) or not scene.is_red.any():
        return None
    for step in range(ego.num_steps):
        own = shapely.Polygon(ego.corners[step])
        if any(
            red and own.intersects(area)
            for red, area in zip(scene.is_red[step].tolist(), scene.red_shapes, strict=True)
        ):
            return step
    return None


def _type(ego: NuplanEgo, scene: NavsimScene, step: int, box: int) -> CollisionType:
    tracks, heading = scene.tracks, float(ego.heading[step])
    if ego.speed[step] <= STOPPED_SPEED:
        return CollisionType.STOPPED_EGO
    if not tracks.moves[box] or scene.first_speed[box] <= STOPPED_SPEED:
        return CollisionType.STOPPED_TRACK
    if nuplan_relative_angle(heading, ego.rear_xy[step], tracks.xy[step, box]) > BEHIND_ANGLE:  # NaN: no
        return CollisionType.ACTIVE_REAR
    front = ego.xy[step] + 0.5 * ego.length * np.array([math.cos(heading), math.sin(heading)])
    its = [*tracks.xy[step, box], tracks.heading[step, box], tracks.length[box], tracks.width[box]]
    hit = touches(np.array([[*front, heading, 0.0, ego.width, *its]]))[0]
    return CollisionType.ACTIVE_FRONT if hit else CollisionType.ACTIVE_LATERAL
