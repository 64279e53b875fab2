"""Near misses, and how long and how deep time to collision was too low."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.time_to_collision import LOW_TTC

__all__ = ["near_miss_events", "near_misses", "ttc_integral"]

NEAR = 1.0  # [s] Hayward's threshold of a near miss


def _missed(episode: Episode) -> list[int]:
    touched = {c.agent for c in episode.contacts}
    low = (episode.neighbours.ttc_of < NEAR).any(axis=0)
    return [a for a in np.flatnonzero(low).tolist() if a not in touched]


@metric("near_misses", unit="1", better="lower", version=2)
def near_misses(episode: Episode) -> Reading:
    """Road users that the ego nearly collides with: TTC below 1 s, and no contact."""
    found = _missed(episode)
    if not found:
        return Reading(0.0)
    times = episode.neighbours.ttc_of[:, found]
    step, which = np.unravel_index(int(np.nanargmin(times)), times.shape)
    return Reading(float(len(found)), step=int(step), agent=episode.name(found[int(which)]))


@event_source("near_miss", defined_by="near_misses", version=2, value="down to", detail=("gap_m",))
def near_miss_events(episode: Episode) -> list[Event]:
    """The moment of the smallest TTC with each road user that is nearly hit; the value is that TTC."""
    near, found = episode.neighbours, []
    for agent in _missed(episode):
        step = int(np.nanargmin(near.ttc_of[:, agent]))
        found.append(
            event_at(
                episode, "near_miss", step, agent=agent, value=float(near.ttc_of[step, agent]), limit=NEAR,
                unit="s", detail={"gap_m": float(near.gap[step])},
            )
        )  # fmt: skip
    return found


@metric("ttc_integral_s2", unit="s^2", better="lower", version=2)
def ttc_integral(episode: Episode) -> Reading:
    """How far below 1.5 s the time to collision was, summed over time."""
    if not episode.neighbours.num_others.any():
        return undefined("there is no other road user")
    missing = np.nan_to_num(np.maximum(LOW_TTC - episode.neighbours.ttc, 0.0))
    step = int(np.argmax(missing)) if missing.any() else None
    return Reading(float(missing.sum()) * episode.dt, step=step)
