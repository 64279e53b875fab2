"""Others that come into the ego's way from the side."""

from __future__ import annotations

import numpy as np

from simeval.geometry import project
from simeval.metrics.contact_situation import lane_line
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.leading import lead_of
from simeval.metrics.records import Event, Reading
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared

__all__ = ["cut_in_events", "cut_ins"]

BACK_S = 2.0
ASIDE = 0.8  # [m] moved across the ego's lane in that time
CLOSE_S, CLOSE_M = 2.5, 10.0  # nearer than this it matters


@shared
def _found(episode: Episode) -> list[tuple[int, int, float]]:
    """Step, agent and gap of each cut-in; one an agent and entry."""
    lead, found = lead_of(episode), []
    for k in np.flatnonzero(lead.agent[1:] != lead.agent[:-1]).tolist():
        agent, gap = int(lead.agent[k + 1]), float(lead.gap[k + 1])
        speed = float(episode.ego_motion.speed[k + 1])
        if agent >= 0 and gap < max(CLOSE_M, CLOSE_S * speed) and _moved_in(episode, agent, k + 1):
            found.append((k + 1, agent, gap))
    return found


def _moved_in(episode: Episode, agent: int, step: int) -> bool:
    states = episode.trace.states
    there = np.flatnonzero(states.valid[: step + 1, agent])
    before = max(int(there[0]), step - round(BACK_S / episode.dt))
    line = lane_line(episode, before)
    other = np.abs(project(line, np.ascontiguousarray(states.xy[[before, step], agent]))[1])
    own = np.abs(project(line, episode.ego_xy[[before, step]])[1])
    return bool(other[0] - other[1] > ASIDE and own[1] - own[0] < ASIDE)


@metric("cut_ins", unit="1", better="none")
def cut_ins(episode: Episode) -> Reading:
    """How often another road user comes from the side into the ego's way, a short way ahead."""
    found = _found(episode)
    if not found:
        return Reading(0.0)
    return Reading(float(len(found)), step=found[0][0], agent=episode.name(found[0][1]))


@event_source("cut_in", defined_by="cut_ins", value="gap")
def cut_in_events(episode: Episode) -> list[Event]:
    """Another road user comes into the ego's way from the side; the value is the gap then."""
    return [
        event_at(episode, "cut_in", step, agent=agent, value=gap, unit="m")
        for step, agent, gap in _found(episode)
    ]
