"""Hard braking, of the ego and of the road users it has to do with."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.brake_causes import brake_cause
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.extremes import largest
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric, series
from simeval.metrics.spans import spans
from simeval.metrics.time_to_collision import LOW_TTC

__all__ = ["HARD_BRAKE", "hard_brake_events", "hard_brakes", "max_decel"]

HARD_BRAKE = 4.05  # [m/s^2] beyond it passengers are thrown forward; nuPlan's comfort bound
SHORTEST_S = 0.15  # [s] a single sample may be noise of a log
TYRES = 12.0  # [m/s^2] no road vehicle brakes harder: the recorded velocities do not fit the motion
TOO_SHORT = "the episode is too short for an acceleration"
DOUBTFUL = "more than tyres can hold: the recorded velocities are noisy"


def _stretches(along: Float[Array, "t"], dt: float) -> list[tuple[int, int]]:
    return spans(along < -HARD_BRAKE, shortest=max(1, round(SHORTEST_S / dt + 0.49)), bridge=2)


@metric("max_decel_mps2", unit="m/s^2", better="lower")
def max_decel(episode: Episode) -> Reading:
    """Largest deceleration of the box centre along the heading."""
    speed = episode.ego_motion.speed
    # Braking lowers the magnitude of the speed: in reverse that is an acceleration forwards.
    rate = -episode.ego_motion.along * np.where(speed < -0.1, -1.0, 1.0)
    doubtful = bool((rate[~np.isnan(rate)] > TYRES).any())
    return largest(rate, otherwise=TOO_SHORT, floor=0.0, note=DOUBTFUL if doubtful else None)


@metric("hard_brakes", unit="1", better="lower")
def hard_brakes(episode: Episode) -> Reading:
    """How often the ego brakes harder than 4.05 m/s^2."""
    if np.isnan(episode.ego_motion.along).all():
        return undefined(TOO_SHORT)
    found = _stretches(episode.ego_motion.along, episode.dt)
    return Reading(float(len(found)), step=found[0][0] if found else None)


@event_source(
    "hard_brake", defined_by="hard_brakes", value="at", detail=("speed_mps", "cause", "until_s"), version=4
)
def hard_brake_events(episode: Episode) -> list[Event]:
    """A stretch of hard braking, by the ego (kind ego) or a road user it comes close to (kind other)."""
    found = _of(episode, episode.ego)
    low = (episode.neighbours.ttc_of < LOW_TTC).any(axis=0)
    for agent in sorted({*np.flatnonzero(low).tolist(), *(c.agent for c in episode.contacts)}):
        found += _of(episode, agent)
    return found


def _of(episode: Episode, agent: int) -> list[Event]:
    is_ego = agent == episode.ego
    motion = episode.ego_motion if is_ego else episode.motion(agent)
    return [
        event_at(
            episode, "hard_brake", first, kind="ego" if is_ego else "other", agent=-1 if is_ego else agent,
            value=float(-np.nanmin(motion.along[first : last + 1])), limit=HARD_BRAKE, unit="m/s^2",
            place=tuple(episode.trace.states.xy[first, agent].tolist()), last=last,
            detail={
                "speed_mps": float(motion.speed[first]),
                "cause": brake_cause(episode, first, last) if is_ego else None,
            },
        )
        for first, last in _stretches(motion.along, episode.dt)
    ]  # fmt: skip


@series("acceleration_mps2")
def acceleration_series(episode: Episode) -> Float[Array, "t"]:
    """Acceleration of the box centre along the heading."""
    return episode.ego_motion.along
