"""Motion that a policy asked for and no vehicle can do."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans
from simeval.scenario import Driver

__all__ = ["infeasible_events", "infeasible_time"]

TYRES = 12.0  # [m/s^2] no road vehicle brakes, speeds up or turns harder
STEERS = 0.9  # [rad] beyond every road wheel's stop
SLIDES = math.radians(25.0)  # between heading and motion
SLIDES_FROM = 2.0  # [m/s]
LOGGED = "the ego is a recorded one: what is impossible there is noise"


@shared
def _by_kind(episode: Episode) -> dict[str, Bool[Array, "t"]]:
    motion, heading = episode.ego_motion, episode.ego_heading
    velocity = episode.trace.states.velocity[:, episode.ego]
    pace = np.hypot(velocity[:, 0], velocity[:, 1])
    sideways = np.abs(velocity[:, 1] * np.cos(heading) - velocity[:, 0] * np.sin(heading))
    asked = np.abs(episode.trace.command)
    with np.errstate(invalid="ignore"):
        return {
            "acceleration": np.abs(motion.along) > TYRES,
            "turn": np.abs(motion.across) > TYRES,
            "sideways": (pace > SLIDES_FROM) & (sideways > np.sin(SLIDES) * pace),
            "command": (asked[:, 0] > TYRES) | (asked[:, 1] > STEERS),
        }


@metric("infeasible_time_s", unit="s", better="lower")
def infeasible_time(episode: Episode) -> Reading:
    """Time in which the ego moves, or is commanded to move, as no road vehicle can."""
    if int(episode.trace.driver[episode.ego]) == Driver.LOG:
        return undefined(LOGGED)
    bad = np.any(list(_by_kind(episode).values()), axis=0)
    return Reading(float(bad.sum()) * episode.dt, step=int(np.argmax(bad)) if bad.any() else None)


@event_source("infeasible", defined_by="infeasible_time_s", value="at", detail=("until_s",))
def infeasible_events(episode: Episode) -> list[Event]:
    """A stretch of impossible motion or commands, by kind; the value is the speed at its beginning."""
    if int(episode.trace.driver[episode.ego]) == Driver.LOG:
        return []
    return [
        event_at(
            episode, "infeasible", first, kind=kind, value=float(episode.ego_motion.speed[first]), unit="m/s",
            last=last,
        )
        for kind, mask in _by_kind(episode).items()
        for first, last in spans(mask, bridge=2)
    ]  # fmt: skip
