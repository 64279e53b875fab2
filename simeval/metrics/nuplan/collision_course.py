"""nuPlan's time to collision at each step, for the tracks that it considers.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/time_to_collision_within_bound.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel
from simeval.metrics.nuplan.collisions import NuplanCollision
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.tracks import NuplanTracks
from simeval.safety.collision_type import BEHIND_ANGLE, nuplan_relative_angle
from simeval.safety.ttc import NUPLAN_HORIZON, NUPLAN_STEP, NUPLAN_STOPPED

__all__ = ["relevant", "times_to_collision"]

AHEAD_ANGLE = math.radians(30.0)
ALIGNED = 1e-12  # cosines nearer to 1 than this may come out above it


def relevant(
    ego: NuplanEgo,
    tracks: NuplanTracks,
    found: Sequence[NuplanCollision],
    wide: Bool[Array, "t"],
    *,
    horizon: float = NUPLAN_HORIZON,
) -> Bool[Array, "t b"]:
    """Which boxes are looked at: those ahead, and at steps where `wide` holds all that are not behind.

    A track vanishes with its first contact.
    """
    angle = _angles(ego, tracks, _in_reach(ego, tracks, horizon))
    chosen = (angle < AHEAD_ANGLE) | (wide[:, None] & ~(angle > BEHIND_ANGLE))  # NaN: neither
    there = tracks.valid.copy()
    for contact in found:
        there[contact.step :, tracks.track == contact.track] = False
    return np.asarray(chosen & there)


def _in_reach(ego: NuplanEgo, tracks: NuplanTracks, horizon: float) -> Bool[Array, "t b"]:
    """Boxes that the ego could touch within the horizon: of the others it does not matter where they are."""
    away = tracks.xy - ego.xy[:, None]
    reach = 0.5 * (math.hypot(ego.length, ego.width) + np.hypot(tracks.length, tracks.width)) + 1e-6
    own = ego.speed * np.array([np.cos(ego.heading), np.sin(ego.heading)])
    its = tracks.speed * np.array([np.cos(tracks.heading), np.sin(tracks.heading)])
    reach = reach + horizon * np.hypot(*(its - own[:, :, None]))
    return np.asarray(tracks.valid & ((away**2).sum(axis=2) <= reach**2))


def _angles(ego: NuplanEgo, tracks: NuplanTracks, exact: Bool[Array, "t b"]) -> Float[Array, "t b"]:
    """Angle from the heading to each box's centre, seen from the rear axle [rad].

    By an arccos that is not clamped: exactly ahead or behind it can be NaN. There the last bit decides, so
    the few pairs concerned are computed one by one, in nuPlan's own form, where `exact` says so.
    """
    away = tracks.xy - ego.rear_xy[:, None]
    c, s = np.cos(ego.heading)[:, None], np.sin(ego.heading)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (c * away[..., 0] + s * away[..., 1]) / np.hypot(away[..., 0], away[..., 1])
        angle = np.arccos(cosine)
    for t, b in np.argwhere(exact & ~(np.abs(cosine) < 1.0 - ALIGNED)).tolist():
        angle[t, b] = nuplan_relative_angle(float(ego.heading[t]), ego.rear_xy[t], tracks.xy[t, b])
    return np.asarray(angle)


def times_to_collision(
    ego: NuplanEgo, tracks: NuplanTracks, looked_at: Bool[Array, "t b"],
    blamed: Sequence[NuplanCollision], *, horizon: float = NUPLAN_HORIZON,
) -> Float[Array, "t"]:  # fmt: skip
    """Time to collision at each step [s]: 0.1, 0.2 ... below the horizon, inf without one.

    0 at the step of a collision by the ego's fault; inf while the ego is at or below 0.005 m/s. Speeds are
    applied along the headings.
    """
    times = np.arange(NUPLAN_STEP, horizon, NUPLAN_STEP)
    out = np.full(ego.num_steps, np.inf)
    own = np.column_stack([ego.xy, np.cos(ego.heading), np.sin(ego.heading), ego.speed])
    its = np.concatenate(
        [tracks.xy, np.cos(tracks.heading)[..., None], np.sin(tracks.heading)[..., None],
         tracks.speed[..., None]], axis=2,
    )  # fmt: skip
    half = 0.5 * np.column_stack([tracks.length, tracks.width])
    _search(own, 0.5 * ego.length, 0.5 * ego.width, its, half, looked_at, times, out)
    for contact in blamed:
        out[contact.step] = 0.0
    return out


@kernel
def _search(
    own: Array, half_length: float, half_width: float, its: Array, half: Array,
    looked_at: Array, times: Array, out: Array,
) -> None:  # fmt: skip
    radius = math.sqrt(half_length * half_length + half_width * half_width)
    for t in range(len(own)):
        e = own[t]
        if e[4] <= NUPLAN_STOPPED:
            continue
        for b in range(len(half)):
            if not looked_at[t, b]:
                continue
            q, reach = its[t, b], radius + math.sqrt(half[b, 0] * half[b, 0] + half[b, 1] * half[b, 1])
            dx, dy = q[0] - e[0], q[1] - e[1]
            vx, vy = q[4] * q[2] - e[4] * e[2], q[4] * q[3] - e[4] * e[3]
            for k in range(len(times)):
                if times[k] >= out[t]:
                    break
                x, y = dx + times[k] * vx, dy + times[k] * vy
                if x * x + y * y > reach * reach:
                    continue
                if touch_between(
                    x, y, e[2], e[3], half_length, half_width, q[2], q[3], half[b, 0], half[b, 1]
                ):
                    out[t] = times[k]
                    break
