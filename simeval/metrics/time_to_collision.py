"""Time to collision with the most urgent other road user."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.neighbours import HORIZON
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric, series
from simeval.metrics.spans import spans

__all__ = ["LOW_TTC", "min_ttc", "time_ttc_low", "ttc_low_events"]

LOW_TTC = 1.5  # [s] a driver needs about this to see, decide and brake


@metric("min_ttc_s", unit="s", better="higher", version=2)
def min_ttc(episode: Episode) -> Reading:
    """Smallest time to collision, all road users keeping their velocity."""
    near = episode.neighbours
    if not near.num_others.any():
        return undefined("there is no other road user")
    if np.isnan(near.ttc).all():
        return undefined(f"no other road user is on a collision course within {HORIZON:g} s")
    step = int(np.nanargmin(near.ttc))
    return Reading(float(near.ttc[step]), step=step, agent=episode.name(int(near.ttc_agent[step])))


@metric("time_ttc_low_s", unit="s", better="lower", version=2)
def time_ttc_low(episode: Episode) -> Reading:
    """Time with a time to collision below 1.5 s."""
    low = episode.neighbours.ttc < LOW_TTC
    return Reading(float(low.sum()) * episode.dt, step=int(np.argmax(low)) if low.any() else None)


@event_source("ttc_low", defined_by="time_ttc_low_s", version=2, value="down to", detail=("until_s",))
def ttc_low_events(episode: Episode) -> list[Event]:
    """A stretch with a time to collision below 1.5 s with one road user; the value is the smallest."""
    near = episode.neighbours
    found = []
    low = near.ttc_of < LOW_TTC
    for agent in np.flatnonzero(low.any(axis=0)).tolist():
        for first, last in spans(low[:, agent]):
            value = float(np.nanmin(near.ttc_of[first : last + 1, agent]))
            found.append(
                event_at(
                    episode, "ttc_low", first, agent=agent, value=value, limit=LOW_TTC, unit="s", last=last
                )
            )
    return found


@series("ttc_s")
def ttc_series(episode: Episode) -> Float[Array, "t"]:
    """Smallest time to collision at each step."""
    return episode.neighbours.ttc
