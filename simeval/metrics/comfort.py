"""Comfort by true accelerations of the box centre: jerk, lateral acceleration, swerves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest
from simeval.metrics.kinematics import difference
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans

__all__ = ["max_jerk", "max_lateral_accel", "max_lateral_jerk", "rms_jerk", "swerve_events", "swerves"]

SWERVE = 4.0  # [m/s^2] sideways; ordinary drivers stay below it
SHORTEST_S = 0.15  # [s] a single sample may be noise of a log
TOO_SHORT = "the episode is too short for an acceleration"


@metric("max_jerk_mps3", unit="m/s^3", better="lower")
def max_jerk(episode: Episode) -> Reading:
    """Largest rate, up or down, at which the acceleration along the heading changes."""
    return largest(np.abs(episode.ego_motion.jerk), otherwise=TOO_SHORT)


@metric("rms_jerk_mps3", unit="m/s^3", better="lower")
def rms_jerk(episode: Episode) -> Reading:
    """Root of the mean square of the jerk along the heading."""
    jerk = episode.ego_motion.jerk
    known = jerk[~np.isnan(jerk)]
    return Reading(float(np.sqrt((known**2).mean()))) if len(known) else undefined(TOO_SHORT)


@metric("max_lateral_accel_mps2", unit="m/s^2", better="lower")
def max_lateral_accel(episode: Episode) -> Reading:
    """Largest acceleration of the box centre across the heading, the centripetal part included."""
    return largest(np.abs(episode.ego_motion.across), otherwise=TOO_SHORT)


@shared
def _lateral_jerk(episode: Episode) -> Float[Array, "t"]:
    return difference(episode.ego_motion.across[:, None], episode.dt)[:, 0]


@metric("max_lateral_jerk_mps3", unit="m/s^3", better="lower")
def max_lateral_jerk(episode: Episode) -> Reading:
    """Largest rate, to either side, at which the acceleration across the heading changes."""
    return largest(np.abs(_lateral_jerk(episode)), otherwise=TOO_SHORT)


def _stretches(episode: Episode) -> list[tuple[int, int]]:
    shortest = max(1, round(SHORTEST_S / episode.dt + 0.49))
    return spans(np.abs(episode.ego_motion.across) > SWERVE, shortest=shortest, bridge=2)


@metric("swerves", unit="1", better="lower")
def swerves(episode: Episode) -> Reading:
    """How often the ego is pushed sideways by more than 4 m/s^2."""
    if np.isnan(episode.ego_motion.across).all():
        return undefined(TOO_SHORT)
    found = _stretches(episode)
    return Reading(float(len(found)), step=found[0][0] if found else None)


@event_source("swerve", defined_by="swerves", value="at", detail=("speed_mps", "until_s"))
def swerve_events(episode: Episode) -> list[Event]:
    """A stretch with more than 4 m/s^2 across the heading, kind left or right; the value is the largest."""
    across, found = episode.ego_motion.across, []
    for first, last in _stretches(episode):
        worst = first + int(np.nanargmax(np.abs(across[first : last + 1])))
        found.append(
            event_at(
                episode, "swerve", first, kind="left" if across[worst] > 0.0 else "right",
                value=float(abs(across[worst])), limit=SWERVE, unit="m/s^2", last=last,
                detail={"speed_mps": float(episode.ego_motion.speed[first])},
            )
        )  # fmt: skip
    return found
