"""Steering to and fro."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared

__all__ = ["steering_oscillation_events", "steering_reversals"]

SWING = 1.0  # [m/s^2] sideways from one turning point to the next; less is keeping the lane
WITHIN_S = 5.0
MANY = 6  # a double change of lanes has four
TOO_SHORT = "the episode is too short for a turn"


@shared
def _turning_points(episode: Episode) -> list[int]:
    """Steps at which speed times yaw rate turns round, swings below `SWING` passed over."""
    if episode.num_steps < 3:
        return []
    wave = episode.ego_motion.speed * np.gradient(np.unwrap(episode.ego_heading), episode.dt)
    found: list[int] = []
    low = high = 0
    rising = 0
    for k, value in enumerate(wave.tolist()):
        low = k if value < wave[low] else low
        high = k if value > wave[high] else high
        if rising >= 0 and wave[high] - value >= SWING:
            found += [high] if rising else []
            rising, low = -1, k
        elif rising <= 0 and value - wave[low] >= SWING:
            found += [low] if rising else []
            rising, high = 1, k
    return found


def _most(points: list[int], dt: float) -> tuple[int, int | None]:
    """Most turning points within five seconds, and the first of them."""
    best, where = 0, None
    for i, begin in enumerate(points):
        count = sum(1 for p in points[i:] if (p - begin) * dt <= WITHIN_S)
        if count > best:
            best, where = count, begin
    return best, where


@metric("steering_reversals", unit="1", better="lower")
def steering_reversals(episode: Episode) -> Reading:
    """How often within five seconds the ego steers the other way."""
    if episode.num_steps < 3:
        return undefined(TOO_SHORT)
    count, step = _most(_turning_points(episode), episode.dt)
    return Reading(float(count), step=step)


@event_source("steering_oscillation", defined_by="steering_reversals", value="reversals", detail=("until_s",))
def steering_oscillation_events(episode: Episode) -> list[Event]:
    """Steering the other way six times or more within five seconds; the value is how often in all."""
    points = _turning_points(episode)
    within = round(WITHIN_S / episode.dt)
    wild = sorted(
        {
            p
            for i, b in enumerate(points)
            if len(g := [p for p in points[i:] if p - b <= within]) >= MANY
            for p in g
        }
    )
    groups: list[list[int]] = []
    for p in wild:
        if groups and p - groups[-1][-1] <= within:
            groups[-1].append(p)
        else:
            groups.append([p])
    return [
        event_at(
            episode,
            "steering_oscillation",
            g[0],
            value=float(len(g)),
            limit=float(MANY),
            unit="1",
            last=g[-1],
        )
        for g in groups
    ]
