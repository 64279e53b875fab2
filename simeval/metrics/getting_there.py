"""Getting there: when the goal is reached, how often the ego stands, how long it is blocked."""

from __future__ import annotations

import numpy as np

from simeval.geometry import project
from simeval.metrics.episode import Episode
from simeval.metrics.leading import lead_of
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.spans import spans
from simeval.metrics.stall import LONG_S, STANDING

__all__ = ["blocked_time", "stalls", "time_to_goal"]

BLOCKED = 8.0  # [m] who stands farther behind somebody is not held up by them


@metric("time_to_goal_s", unit="s", better="lower")
def time_to_goal(episode: Episode) -> Reading:
    """Time until the ego's centre has passed the goal, measured along the route."""
    goal, route = episode.scenario.goal, episode.scenario.route
    if goal is None or route is None or np.isnan(episode.route_s).all():
        return undefined("the scenario has no route or no goal")
    end = float(project(route.xy, np.array([goal]))[0][0])
    there = np.flatnonzero(episode.route_s >= end - 1e-6)
    if not len(there):
        return undefined("the goal is not reached")
    step = int(there[0])
    if step == 0:
        return Reading(0.0, step=0)
    before, after = episode.route_s[step - 1], episode.route_s[step]
    share = (end - before) / (after - before)
    return Reading((step - 1 + min(1.0, float(share))) * episode.dt, step=step)


@metric("stalls", unit="1", better="lower")
def stalls(episode: Episode) -> Reading:
    """How often the ego stands for at least 3 s."""
    found = spans(np.abs(episode.ego_motion.speed) <= STANDING)
    long = [first for first, last in found if (last - first) * episode.dt >= LONG_S]
    return Reading(float(len(long)), step=long[0] if long else None)


@metric("blocked_time_s", unit="s", better="none", version=2)
def blocked_time(episode: Episode) -> Reading:
    """Time the ego stands with somebody on its path less than 8 m ahead."""
    gap = lead_of(episode).gap
    held = (np.abs(episode.ego_motion.speed) <= STANDING) & (np.nan_to_num(gap, nan=np.inf) < BLOCKED)
    step = int(np.argmax(held)) if held.any() else None
    return Reading(float(held.sum()) * episode.dt, step=step)
