"""Couplings: how far they are bent, and how much more they can be."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest, smallest
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans
from simeval.metrics.truck.paths import NO_TRAILER, is_towing
from simeval.scenario import Flag
from simeval.vehicles.choose import articulation_of, set_of

__all__ = ["hitch_angles", "jackknife_events", "jackknife_time", "max_hitch_angle", "min_jackknife_margin"]


@shared
def hitch_angles(episode: Episode) -> Float[Array, "t k"]:
    """Angle of each of the ego's couplings, from the front [rad]."""
    own = episode.bodies.of(episode.ego)
    first = own.start - episode.ego  # pulled bodies are counted over all agents
    return np.asarray(episode.trace.states.hitch[:, first : first + own.stop - own.start - 1])


@metric("max_hitch_angle_rad", unit="rad", better="lower", on_request=True)
def max_hitch_angle(episode: Episode) -> Reading:
    """Largest angle between two coupled bodies of the ego."""
    if not is_towing(episode):
        return undefined(NO_TRAILER)
    return largest(np.abs(hitch_angles(episode)).max(axis=1), otherwise=NO_TRAILER)


@metric("min_jackknife_margin_rad", unit="rad", better="higher", on_request=True)
def min_jackknife_margin(episode: Episode) -> Reading:
    """Least angle that was left until two coupled bodies of the ego touch."""
    if not is_towing(episode):
        return undefined(NO_TRAILER)
    agents, angles = episode.trace.agents, np.abs(hitch_angles(episode))
    vehicle = set_of(agents.kind_of(episode.ego), agents.bodies, episode.ego)
    limits = np.array([articulation_of(vehicle, k) for k in range(angles.shape[1])])
    return smallest((limits - angles).min(axis=1), otherwise=NO_TRAILER)


def _folded(episode: Episode) -> list[tuple[int, int]]:
    return spans((np.asarray(episode.trace.flags[:, episode.ego]) & int(Flag.JACKKNIFE)) > 0)


@metric("jackknife_time_s", unit="s", better="lower")
def jackknife_time(episode: Episode) -> Reading:
    """Time with a coupling of the ego bent as far as it goes."""
    if not is_towing(episode):
        return undefined(NO_TRAILER)
    found = _folded(episode)
    steps = sum(last - first + 1 for first, last in found)
    return Reading(steps * episode.dt, step=found[0][0] if found else None)


@event_source("jackknife", defined_by="jackknife_time_s", value="at", detail=("speed_mps", "until_s"))
def jackknife_events(episode: Episode) -> list[Event]:
    """A stretch with a coupling bent as far as it goes; the value is its angle."""
    if not is_towing(episode):
        return []
    angles = np.abs(hitch_angles(episode)).max(axis=1)
    return [
        event_at(
            episode, "jackknife", first, value=float(angles[first]), unit="rad", last=last,
            detail={"speed_mps": float(episode.ego_motion.speed[first])},
        )
        for first, last in _folded(episode)
    ]  # fmt: skip
