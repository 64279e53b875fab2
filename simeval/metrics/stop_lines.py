"""Stop lines without a signal: whether the ego stands before them, and what gaps it takes behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.metrics.shared import shared
from simeval.safety.ttc import swept_ttc
from simeval.scenario import AreaKind

__all__ = ["min_accepted_gap", "right_of_way_violations", "stop_line_events", "stop_lines_run"]

STANDS = 0.3  # [m/s] as slow as drivers are who "stop"
BEFORE = 6.0  # [m] before the line within which one may stand
SIGNALLED = 8.0  # [m] a line so near to a signal's stop point is the signal's
SWEEP, HORIZON = 5.0, 8.0  # [s] of the ego's way that others are asked about, how soon they would be there
FORCED = 3.0  # [s] who would be there sooner has to brake
CROSSING = math.cos(math.radians(30.0))
NO_LINES = "the map has no outlines of stop lines without a signal"


@dataclass(frozen=True, kw_only=True)
class _Pass:
    """The front of the ego has passed a stop line at this step; it had stood before it or not."""

    step: int
    stood: bool


@shared
def _lines(episode: Episode) -> list[shapely.Polygon]:
    """Stop lines that no signal belongs to; signs that are only points do not say whom they stop."""
    stops = shapely.points(episode.scenario.signals.stop_xy)
    shapes = [shapely.Polygon(a) for a in episode.scenario.map.areas_of(AreaKind.STOP) if len(a) >= 3]
    return [s for s in shapes if not (shapely.distance(s, stops) < SIGNALLED).any()]


@shared
def _passes(episode: Episode) -> list[_Pass]:
    half = float(episode.bodies.half[episode.bodies.of(episode.ego).start, 0])
    heading = episode.ego_heading
    front = episode.ego_xy + half * np.column_stack([np.cos(heading), np.sin(heading)])
    if episode.num_steps < 2:
        return []
    ways = shapely.linestrings(np.stack([front[:-1], front[1:]], axis=1))
    speed, found = np.asarray(episode.ego_motion.speed), []
    for line in _lines(episode):
        crossed = np.flatnonzero(shapely.intersects(ways, line)) + 1
        crossed = crossed[speed[crossed] > STANDS]  # who rolls back or stands on it has not passed
        if not len(crossed):
            continue
        step = int(crossed[-1])
        near = np.hypot(*(front[: step + 1] - front[step]).T) <= BEFORE
        found.append(_Pass(step=step, stood=bool((np.abs(speed[: step + 1][near]) <= STANDS).any())))
    return sorted(found, key=lambda p: p.step)


@metric("stop_lines_run", unit="1", better="lower")
def stop_lines_run(episode: Episode) -> Reading:
    """Stop lines without a signal that the ego passes without having stood before them."""
    if not _lines(episode):
        return undefined(NO_LINES)
    run = [p.step for p in _passes(episode) if not p.stood]
    return Reading(float(len(run)), step=run[0] if run else None)


@event_source("stop_line", defined_by="stop_lines_run", value="at", detail=("stood",))
def stop_line_events(episode: Episode) -> list[Event]:
    """The front of the ego passes a stop line without a signal, kind stood or run; the value is its speed."""
    return [
        event_at(
            episode, "stop_line", p.step, kind="stood" if p.stood else "run", unit="m/s",
            value=float(episode.ego_motion.speed[p.step]), detail={"stood": p.stood},
        )
        for p in _passes(episode)
    ]  # fmt: skip


@kernel
def _arrivals(
    pose: Array, velocity: Array, valid: Array, half: Array, agent: Array,
    own: int, last_own: int, step: int, until: int, out: Array,
) -> None:  # fmt: skip
    """For each agent the time until, going straight on, it would be where the ego is at steps step..until."""
    for j in range(len(half)):
        if own <= j < last_own or not valid[step, j]:
            continue
        q, vx, vy = pose[step, j], velocity[step, j, 0], velocity[step, j, 1]
        if vx * vx + vy * vy < 0.25:
            continue
        for t in range(step, until):
            p = pose[t, own]
            if math.fabs(p[2] * q[2] + p[3] * q[3]) > CROSSING:
                continue
            for i in range(own, last_own):
                p = pose[t, i]
                time = swept_ttc(
                    q[0] - p[0], q[1] - p[1], vx, vy, p[2], p[3], half[i, 0], half[i, 1],
                    q[2], q[3], half[j, 0], half[j, 1], HORIZON,
                )  # fmt: skip
                out[agent[j]] = min(out[agent[j]], time)


@shared
def _gaps(episode: Episode) -> list[tuple[float, int, int]]:
    """Gap [s], step and agent of everybody who comes across behind a stop line that the ego passes."""
    tracks, own = episode.bodies, episode.bodies.of(episode.ego)
    found = []
    for p in _passes(episode):
        out = np.full(len(episode.trace.agents), np.inf)
        until = min(episode.num_steps, p.step + round(SWEEP / episode.dt) + 1)
        _arrivals(
            tracks.pose, tracks.velocity, tracks.valid, tracks.half, tracks.agent, own.start, own.stop,
            p.step, until, out,
        )  # fmt: skip
        found += [(float(out[a]), p.step, int(a)) for a in np.flatnonzero(out <= HORIZON)]
    return sorted(found)


@metric("min_accepted_gap_s", unit="s", better="higher")
def min_accepted_gap(episode: Episode) -> Reading:
    """Least time in which somebody coming across would be on the ego's way when it passes a stop line."""
    if not _lines(episode):
        return undefined(NO_LINES)
    if not _gaps(episode):
        return undefined("the ego passes no stop line, or nobody comes across within 8 s")
    gap, step, agent = _gaps(episode)[0]
    return Reading(gap, step=step, agent=episode.name(agent))


@metric("right_of_way_violations", unit="1", better="lower")
def right_of_way_violations(episode: Episode) -> Reading:
    """Road users coming across within 3 s whom the ego does not let pass at a stop line."""
    if not _lines(episode):
        return undefined(NO_LINES)
    forced = [g for g in _gaps(episode) if g[0] < FORCED]
    if not forced:
        return Reading(0.0)
    return Reading(float(len(forced)), step=forced[0][1], agent=episode.name(forced[0][2]))
