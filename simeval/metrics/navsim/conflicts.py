"""NAVSIM's time to collision of a simulated plan: a look at four moments of the next second.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_scorer.py.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array
from simeval.metrics.navsim.areas import EgoAreas
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.navsim.simulation import STEP
from simeval.metrics.navsim.touching import touching
from simeval.metrics.nuplan.collision_course import AHEAD_ANGLE
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.safety.collision_type import BEHIND_ANGLE, nuplan_relative_angle
from simeval.safety.ttc import NUPLAN_STOPPED

__all__ = ["LOOKS", "first_conflict"]

LOOKS = (0, 3, 6, 9)  # steps ahead


def first_conflict(ego: NuplanEgo, scene: NavsimScene, areas: EgoAreas) -> tuple[int | None, int]:
    """First step with a conflict, and the track of it (-1: none).

    At a step the ego goes on with its speed along its heading; the others are where they really are at the
    moment looked at. A conflict counts with who is ahead, or, in several lanes, off the road or with the rear
    axle in an intersection, with who is not behind. A track touched elsewhere is not looked at any more. The
    last 0.9 s of the plan are not looked at from.
    """
    ignored: set[int] = set()
    wide = areas.wide | areas.axle_crossing
    for step, look, box in np.argwhere(_meets(ego, scene)).tolist():
        track = int(scene.tracks.track[box])
        if track in ignored:
            continue
        place = scene.tracks.xy[step + LOOKS[look], box]
        angle = nuplan_relative_angle(float(ego.heading[step]), ego.rear_xy[step], place)
        if angle < AHEAD_ANGLE or (wide[step] and not angle > BEHIND_ANGLE):
            return step, track
        ignored.add(track)
    return None, -1


def _meets(ego: NuplanEgo, scene: NavsimScene) -> Bool[Array, "t k b"]:
    """Which boxes the ego touches, by step and moment looked at; none while it stands."""
    count = ego.num_steps - max(LOOKS)
    out = np.zeros((max(count, 0), len(LOOKS), len(scene.tracks.length)), dtype=np.bool_)
    if count <= 0:
        return out
    moving = ego.speed[:count] >= NUPLAN_STOPPED
    way = (ego.speed * np.stack([np.cos(ego.heading), np.sin(ego.heading)]))[:, :count].T
    for k, look in enumerate(LOOKS):
        out[:, k] = touching(ego, ego.xy[:count] + look * STEP * way, scene.tracks, look) & moving[:, None]
    return out
