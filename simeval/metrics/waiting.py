"""Why the ego stands: a red light, somebody ahead, somebody who crosses, or nothing that can be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans
from simeval.metrics.stall import STANDING
from simeval.metrics.way_ahead import CROSSES, Way, bodies_on, next_crossing, signal_ahead, way_of
from simeval.scenario import SignalState

__all__ = ["Wait", "unexplained_wait", "wait_events", "waits"]

LOOK_S = 0.5  # [s] between two looks
LEAST_S = 3.0  # [s] shorter waits are part of driving
LEAD_M = 20.0  # [m] farther ahead nobody is in the way of one who stands
SIGNAL_M = 15.0
CROSS_M = 30.0
COMING_S = 5.0  # [s] before it stands: who crosses then is whom it stops for
CROSS_S, FREE_S = 15.0, 6.5  # [s] a gap of 6.5 s is enough to drive through (HCM: 4.1 to 7.1 s by manoeuvre)
MEETS = math.radians(120.0)
FACING_M = 25.0
REASONS = ("red", "parked", "queue", "mutual", "crossing", "free", "green", "nothing")
NO_REASON = ("free", "green", "nothing")


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A stretch of standing for one reason; `agent` is who it is for, -1 nobody."""

    first: int
    last: int
    reason: str
    agent: int
    from_start: bool
    to_end: bool


@shared
def waits(episode: Episode) -> list[Wait]:
    """Stretches of at least 3 s with one reason, in time order.

    After somebody crossed, also while the ego slowed down, standing for nothing counts as `free`: the ego
    goes on giving way to nobody.
    """
    found: list[Wait] = []
    step = max(1, round(LOOK_S / episode.dt))
    for first, last in spans(np.abs(episode.ego_motion.speed) <= STANDING):
        if (last - first) * episode.dt < LEAST_S:
            continue
        looks = list(range(first, last + 1, step))
        seen = [_reason(episode, k) for k in looks]
        gave_way = first > 0 and _stopped_for_crossing(episode, first)
        for i, (reason, agent) in enumerate(seen):
            gave_way = gave_way or reason == "crossing"
            if reason == "nothing" and gave_way:
                seen[i] = ("free", agent)
        found += _stretches(episode, first, last, looks, seen)
    return found


def _stopped_for_crossing(episode: Episode, first: int) -> bool:
    """Whether somebody came across the way ahead while the ego slowed down to stand from `first` on."""
    speed = episode.ego_motion.speed[: first + 1]
    slowing = np.diff(speed) < 0.0
    back = int(np.flatnonzero(~slowing)[-1]) + 1 if not slowing.all() else 0
    begin = max(back, first - round(COMING_S / episode.dt))
    way, within = way_of(episode, begin), (first - begin) * episode.dt
    braking_way = float(np.abs(speed[begin:]).sum()) * episode.dt
    return next_crossing(episode, way, begin, within_s=within, reach=braking_way + CROSS_M) is not None


def _stretches(
    episode: Episode, first: int, last: int, looks: list[int], seen: list[tuple[str, int]]
) -> list[Wait]:
    found = []
    for reason in REASONS:
        for i, j in spans(np.array([r == reason for r, _ in seen]), bridge=2):
            begin = looks[i]
            end = last if j == len(looks) - 1 else looks[j + 1]
            if (end - begin) * episode.dt >= LEAST_S:
                found.append(
                    Wait(
                        first=begin, last=end, reason=reason, agent=seen[i][1],
                        from_start=first * episode.dt <= LOOK_S,
                        to_end=end >= episode.num_steps - 1 - round(LOOK_S / episode.dt),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda w: w.first)


def _reason(episode: Episode, step: int) -> tuple[str, int]:
    """Why somebody could stand here now, and for whom."""
    way = way_of(episode, step)
    signal = signal_ahead(episode, way, step, SIGNAL_M)
    if signal is not None and signal[0] in (SignalState.RED, SignalState.YELLOW):
        return "red", -1
    ahead = bodies_on(episode, way, step, LEAD_M)
    if ahead:
        lead = ahead[0]
        if not _moved_until(episode, lead.agent, step):
            return "parked", lead.agent
        return ("mutual" if abs(lead.turned) > MEETS else "queue"), lead.agent
    crossing = next_crossing(episode, way, step, within_s=CROSS_S, reach=CROSS_M)
    if crossing is not None:
        return ("crossing" if crossing[0] <= FREE_S else "free"), crossing[1]
    facing = _facing(episode, way, step)
    if facing >= 0:
        return "mutual", facing
    green = signal is not None and signal[0] is SignalState.GREEN
    return ("green" if green else "nothing"), -1


def _moved_until(episode: Episode, agent: int, step: int) -> bool:
    there = episode.trace.states.valid[: step + 1, agent]
    return bool((there & (np.abs(episode.speeds[: step + 1, agent]) > 0.5)).any())


def _facing(episode: Episode, way: Way, step: int) -> int:
    """A vehicle that stands, has driven, and whose straight way on leads across the ego's; -1: none."""
    states, xy = episode.trace.states, episode.ego_xy[step]
    for agent in range(len(episode.trace.agents)):
        there = states.valid[step, agent] and agent != episode.ego
        if not there or abs(episode.speeds[step, agent]) > STANDING or not _moved_until(episode, agent, step):
            continue
        if not episode.trace.agents.kind_of(agent).is_vehicle:
            continue
        place, heading = states.xy[step, agent], float(states.heading[step, agent])
        if math.hypot(*(place - xy)) > FACING_M:
            continue
        forward = np.array([math.cos(heading), math.sin(heading)])
        s, d = way.places(place + np.linspace(0.0, FACING_M, 26)[:, None] * forward)
        meets = np.flatnonzero((np.abs(d) < 1.0) & (s > 0.0) & (s < CROSS_M))
        # Who stands behind the ego and looks the same way faces nobody.
        if len(meets) and math.cos(way.direction(float(s[meets[0]])) - heading) < math.cos(CROSSES):
            return agent
    return -1


@metric("unexplained_wait_s", unit="s", better="lower", version=2)
def unexplained_wait(episode: Episode) -> Reading:
    """Longest time for which the ego stands although nothing that can be seen keeps it."""
    found = [w for w in waits(episode) if w.reason in NO_REASON]
    if not found:
        return Reading(0.0)
    longest = max(found, key=lambda w: (w.last - w.first, -w.first))
    return Reading((longest.last - longest.first) * episode.dt, step=longest.first)


@event_source(
    "wait",
    defined_by="unexplained_wait_s",
    value="for",
    detail=("from_start", "to_end", "until_s"),
    version=3,
)
def wait_events(episode: Episode) -> list[Event]:
    """A stretch of standing for one reason, which is its kind; the value is how long."""
    return [
        event_at(
            episode, "wait", w.first, kind=w.reason, agent=w.agent, value=(w.last - w.first) * episode.dt,
            limit=LEAST_S, unit="s", last=w.last, detail={"from_start": w.from_start, "to_end": w.to_end},
        )
        for w in waits(episode)
    ]  # fmt: skip
