"""What a hard brake of the ego was for."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.leading import lead_of
from simeval.metrics.speed_severity import route_curvature
from simeval.metrics.way_ahead import next_crossing, signal_ahead, way_of
from simeval.scenario import SignalState

__all__ = ["brake_cause"]

SOON_S = 4.0  # [s] a conflict that is farther off needs no hard brake
CLOSE_S = 1.0  # [s] headway below which a leader is reason enough
CURVE = 3.0  # [m/s^2] that the present speed would ask for in a bend ahead
ANYHOW_M = 10.0
HOPE = 2.0  # [m/s^2] braking with which a stop line is reached comfortably
GENTLE = 1.5  # [m/s^2] that for which braking so is enough asks for no hard brake


def brake_cause(episode: Episode, first: int, last: int) -> str:
    """The nearest reason for braking between two steps: signal, contact, leader, crossing, bend, none."""
    begin = max(0, first - round(0.5 / episode.dt))
    if _signal(episode, begin):
        return "signal"
    if _contact(episode, begin, last):
        return "contact"
    if _leader(episode, begin, last):
        return "leader"
    way, speed = way_of(episode, begin), float(episode.ego_motion.speed[begin])
    if next_crossing(episode, way, begin, within_s=SOON_S, reach=max(ANYHOW_M, SOON_S * speed)) is not None:
        return "crossing"
    route = episode.scenario.route
    if route is not None and way.from_route:
        s = episode.route_s[begin] + np.arange(0.0, max(ANYHOW_M, SOON_S * speed), 2.0)
        if (speed**2 * np.abs(route_curvature(np.asarray(route.xy, dtype=np.float64), s))).max() > CURVE:
            return "bend"
    return "none"


def _signal(episode: Episode, step: int) -> bool:
    speed = float(episode.ego_motion.speed[step])
    ahead = signal_ahead(episode, way_of(episode, step), step, max(ANYHOW_M, 0.5 * speed**2 / HOPE))
    return ahead is not None and ahead[0] in (SignalState.RED, SignalState.YELLOW)


def _contact(episode: Episode, begin: int, last: int) -> bool:
    """Whether somebody would be hit soon, and gentle braking is not enough to avoid it."""
    rows, states = slice(begin, last + 1), episode.trace.states
    forward = np.stack([np.cos(episode.ego_heading[rows]), np.sin(episode.ego_heading[rows])], axis=-1)
    along = (states.velocity[rows] * forward[:, None]).sum(axis=-1)
    closing = episode.ego_motion.speed[rows, None] - along
    ttc = episode.neighbours.ttc_of[rows]
    return bool(((ttc < SOON_S) & (closing > 2.0 * GENTLE * ttc)).any())


def _leader(episode: Episode, begin: int, last: int) -> bool:
    """Whether a leader is close, or soon will be, and gentle braking does not keep the gap to it."""
    lead, speed = lead_of(episode), episode.ego_motion.speed[begin : last + 1]
    gap, closing = lead.gap[begin : last + 1], speed - lead.speed[begin : last + 1]
    near = gap < CLOSE_S * np.maximum(speed, 1.0)
    soon = (closing > 0.5) & (gap < SOON_S * closing)
    asked = np.maximum(closing, 0.0) ** 2 / (2.0 * np.maximum(gap, 0.5))
    asked += np.maximum(-lead.acceleration[begin : last + 1], 0.0)
    return bool(((near | soon) & (asked > GENTLE)).any())
