"""nuPlan's collisions: the first contact with each track, its type, whose fault it is, and the score.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/no_ego_at_fault_collisions.py and
metrics/utils/collision_utils.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry import touches
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.tracks import NuplanKind, NuplanTracks
from simeval.safety.collision_type import CollisionType, collision_types, delta_v

__all__ = ["ALLOWED", "NuplanCollision", "at_fault", "collision_score", "collisions"]

ALLOWED = {NuplanKind.VULNERABLE: 0, NuplanKind.VEHICLE: 0, NuplanKind.OBJECT: 1}
"""How many collisions of a group leave some of the score: one object leaves half of it."""


@dataclass(frozen=True, kw_only=True)
class NuplanCollision:
    """First contact with one track; later ones with it do not count."""

    step: int
    box: int  # which box of the tracks
    track: int
    kind: NuplanKind
    type: CollisionType  # from the states at `step`
    delta_v: float  # [m/s]


def collisions(ego: NuplanEgo, tracks: NuplanTracks) -> list[NuplanCollision]:
    """First contacts in order of time, then of the tracks."""
    found: dict[int, NuplanCollision] = {}
    steps, boxes = np.nonzero(_near(ego, tracks))
    touching = touches(np.column_stack([_ego_boxes(ego)[steps], _boxes(tracks, steps, boxes)]))
    for step, box in zip(steps[touching].tolist(), boxes[touching].tolist(), strict=True):
        track = int(tracks.track[box])
        if track not in found:
            found[track] = _classified(ego, tracks, step, box)
    return list(found.values())


def at_fault(found: Iterable[NuplanCollision], one_lane: Bool[Array, "t"]) -> list[NuplanCollision]:
    """Those that are the ego's fault: into what stands, with the front, or sideways while not in one lane."""
    blamed = (CollisionType.STOPPED_TRACK, CollisionType.ACTIVE_FRONT)
    return [
        c
        for c in found
        if c.type in blamed or (c.type is CollisionType.ACTIVE_LATERAL and not one_lane[c.step])
    ]


def collision_score(blamed: Iterable[NuplanCollision]) -> float:
    """Product over the groups of max(0, 1 - n / (allowed + 1)): one object 0.5, two or anyone else 0."""
    kinds = [c.kind for c in blamed]
    score = 1.0
    for kind, allowed in ALLOWED.items():
        score *= max(0.0, 1.0 - kinds.count(kind) / (allowed + 1))
    return score


def _near(ego: NuplanEgo, tracks: NuplanTracks) -> Bool[Array, "t b"]:
    """Centres nearer than the two half diagonals together, strictly: nuPlan's check before the exact one."""
    reach = 0.5 * (np.hypot(ego.length, ego.width) + np.hypot(tracks.length, tracks.width))
    away = tracks.xy - ego.xy[:, None]
    return np.asarray(tracks.valid & (np.hypot(away[..., 0], away[..., 1]) < reach))


def _ego_boxes(ego: NuplanEgo) -> Float[Array, "t 5"]:
    size = np.broadcast_to([ego.length, ego.width], (ego.num_steps, 2))
    return np.column_stack([ego.xy, ego.heading, size])


def _boxes(tracks: NuplanTracks, steps: Array, boxes: Array) -> Float[Array, "k 5"]:
    return np.column_stack(
        [tracks.xy[steps, boxes], tracks.heading[steps, boxes], tracks.length[boxes], tracks.width[boxes]]
    )


def _classified(ego: NuplanEgo, tracks: NuplanTracks, step: int, box: int) -> NuplanCollision:
    speed, its_speed = float(ego.speed[step]), float(tracks.speed[step, box])
    own = [*_ego_boxes(ego)[step], -ego.rear_to_centre, speed]
    its = [*_boxes(tracks, np.array([step]), np.array([box]))[0], its_speed, float(tracks.moves[box])]
    kind = CollisionType(int(collision_types(np.array([own]), np.array([its]))[0]))
    heading = float(tracks.heading[step, box])
    return NuplanCollision(
        step=step, box=box, track=int(tracks.track[box]), kind=tracks.kinds[int(tracks.track[box])],
        type=kind, delta_v=delta_v(speed, float(ego.heading[step]), its_speed, heading),
    )  # fmt: skip
