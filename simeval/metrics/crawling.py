"""Driving far below the limit although the way is free."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.metrics.spans import spans
from simeval.metrics.speed import UNKNOWN
from simeval.metrics.speed_severity import curvature_of_route
from simeval.metrics.stall import STANDING
from simeval.metrics.way_ahead import bodies_on, next_crossing, signal_ahead, way_of

__all__ = ["crawl_events", "crawl_time"]

SHARE = 0.4  # of the speed that limit and bends allow
CURVE = 2.0  # [m/s^2] sideways: as fast as that through a bend is not slow
LEAST_S = 4.0
LOOK_S = 0.5
NEAR_M, NEAR_S = 12.0, 3.0  # a leader nearer than this keeps the ego back


@shared
def _crawls(episode: Episode) -> list[tuple[int, int]]:
    speed = episode.ego_motion.speed
    slow = (speed < SHARE * _allowed(episode)) & (speed > STANDING)
    every = max(1, round(LOOK_S / episode.dt))
    found = []
    for first, last in spans(slow, shortest=max(1, round(LEAST_S / episode.dt))):
        looks = range(first, last + 1, every)
        free = np.repeat([_free(episode, k) for k in looks], every)[: last - first + 1]
        found += [
            (first + i, first + j)
            for i, j in spans(free, shortest=round(LEAST_S / episode.dt), bridge=2 * every)
        ]
    return found


@shared
def _allowed(episode: Episode) -> Float[Array, "t"]:
    """Speed that the limit and the bends of the route allow [m/s]; NaN where no limit is ever known."""
    limit, curvature = _held(episode.speed_limit), curvature_of_route(episode)
    if curvature is None:
        return limit
    return np.minimum(limit, np.sqrt(CURVE / np.maximum(np.abs(curvature), 1e-6)))


def _held(limit: Float[Array, "t"]) -> Float[Array, "t"]:
    """The limit where one is known; elsewhere, as in junctions, the one before, or the first of all."""
    known = np.flatnonzero(~np.isnan(limit))
    if not len(known):
        return limit
    before = np.searchsorted(known, np.arange(len(limit)), side="right") - 1
    return np.asarray(limit[known[np.maximum(before, 0)]])


def _free(episode: Episode, step: int) -> bool:
    """Whether nobody keeps the ego back: no leader near, nobody about to cross, no red or yellow signal."""
    way, speed = way_of(episode, step), float(episode.ego_motion.speed[step])
    if bodies_on(episode, way, step, max(NEAR_M, NEAR_S * speed)):
        return False
    signal = signal_ahead(episode, way, step, 40.0)
    if signal is not None and signal[0].name in ("RED", "YELLOW", "UNKNOWN"):
        return False
    return next_crossing(episode, way, step, within_s=5.0, reach=40.0) is None


def _standing_up(episode: Episode, first: int, last: int) -> bool:
    """Whether a stretch is only braking or pulling away at an ordinary rate."""
    change = float(episode.ego_motion.speed[last] - episode.ego_motion.speed[first])
    return abs(change) / max((last - first) * episode.dt, episode.dt) > 0.75


def _kept(episode: Episode) -> list[tuple[int, int]]:
    return [(i, j) for i, j in _crawls(episode) if not _standing_up(episode, i, j)]


@metric("crawl_time_s", unit="s", better="lower", version=2)
def crawl_time(episode: Episode) -> Reading:
    """Time for which the ego drives far below what limit, bends and traffic allow."""
    if np.isnan(episode.speed_limit).all():
        return undefined(UNKNOWN)
    found = _kept(episode)
    total = math.fsum((j - i + 1) * episode.dt for i, j in found)
    return Reading(total, step=found[0][0] if found else None)


@event_source("crawl", defined_by="crawl_time_s", version=2, value="at", detail=("allowed_mps", "until_s"))
def crawl_events(episode: Episode) -> list[Event]:
    """A stretch of at least 4 s far below what is allowed; the value is the mean speed."""
    allowed = _allowed(episode)
    return [
        event_at(
            episode, "crawl", i, value=float(episode.ego_motion.speed[i : j + 1].mean()),
            limit=float(SHARE * np.nanmean(allowed[i : j + 1])), unit="m/s", last=j,
            detail={"allowed_mps": float(np.nanmean(allowed[i : j + 1]))},
        )
        for i, j in _kept(episode)
    ]  # fmt: skip
