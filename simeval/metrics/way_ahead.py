"""The way that the ego means to go, and who is on it or about to cross it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import Line, wrap_angle
from simeval.metrics.episode import Episode
from simeval.metrics.way_scan import bodies_in_strip, crossings_of_strip
from simeval.scenario import SignalState

__all__ = ["CROSSES", "Ahead", "Way", "bodies_on", "next_crossing", "signal_ahead", "way_of"]

OFF = 5.0  # [m] farther from the route, or turned away from it, the ego goes straight on in its heading
TURNED = math.radians(60.0)
REACH = 60.0  # [m] of the way that is looked at
HALF_LANE = 1.75  # [m] who reaches into this strip is in the way
CROSSES = math.radians(25.0)  # who drives along the way is ahead or behind, not crossing


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """The line ahead of the ego at one step; arc lengths count from its front."""

    line: Line
    start: float  # arc length of the ego's front on the line [m]
    from_route: bool

    def places(self, points: Float[Array, "k 2"]) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
        """How far ahead of the front points are, and how far to the left of the line [m]."""
        s, d = self.line.project(points)
        return s - self.start, d

    def direction(self, ahead: float) -> float:
        """Direction of the line this far ahead of the front [rad]."""
        return self.line.direction(self.start + ahead)


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Someone in the strip ahead of the ego."""

    agent: int
    gap: float  # from the ego's front [m]
    turned: float  # heading against the direction of the way there [rad]


def way_of(episode: Episode, step: int) -> Way:
    """The route from where the ego is, if it is on it; else straight on."""
    xy, heading = episode.ego_xy[step], float(episode.ego_heading[step])
    half = 0.5 * float(episode.trace.agents.length[episode.ego])
    route = episode.route_line
    if route is not None and abs(float(episode.route_d[step])) <= OFF:
        way = Way(line=route, start=float(episode.route_s[step]) + half, from_route=True)
        if abs(wrap_angle(way.direction(-half) - heading)) <= TURNED:
            return way
    ahead = xy + 2.0 * REACH * np.array([math.cos(heading), math.sin(heading)])
    return Way(line=Line.of(np.stack([xy, ahead])), start=half, from_route=False)


def bodies_on(episode: Episode, way: Way, step: int, reach: float, half: float = HALF_LANE) -> list[Ahead]:
    """Who reaches into the strip up to `reach` ahead of the front [m], nearest first."""
    tracks, found = episode.bodies, dict[int, Ahead]()
    gaps = np.full(len(tracks.agent), np.inf)
    bodies_in_strip(
        way.line.s, way.line.x, way.line.y, way.start, episode.ego, episode.ego_xy[step], tracks.pose[step],
        tracks.half, tracks.agent, tracks.valid[step], reach, half, gaps,
    )  # fmt: skip
    for body in np.flatnonzero(np.isfinite(gaps)).tolist():
        agent, gap = int(tracks.agent[body]), float(gaps[body])
        if agent not in found or gap < found[agent].gap:
            turned = float(wrap_angle(float(tracks.heading(body)[step]) - way.direction(gap)))
            found[agent] = Ahead(agent=agent, gap=gap, turned=turned)
    return sorted(found.values(), key=lambda a: (a.gap, episode.trace.agents.ids[a.agent]))


def next_crossing(
    episode: Episode, way: Way, step: int, *, within_s: float, reach: float
) -> tuple[float, int] | None:
    """Who comes across the way next, by what really happened: seconds until then, and the agent.

    Someone comes across who moves, was outside the strip and is in it later, turned from its direction.
    """
    last = min(episode.num_steps - 1, step + round(within_s / episode.dt))
    first = np.full(len(episode.trace.agents), -1, dtype=np.int64)
    ahead = np.zeros(len(first))
    states = episode.trace.states
    crossings_of_strip(
        way.line.s, way.line.x, way.line.y, way.start, episode.ego, step, last, reach,
        0.5 * episode.trace.agents.width + HALF_LANE, states.xy, episode.speeds, states.valid, first, ahead,
    )  # fmt: skip
    best: tuple[float, int] | None = None
    for agent in np.flatnonzero(first >= 0).tolist():
        entry, when = int(first[agent]), int(first[agent]) * episode.dt
        if best is None or when < best[0]:
            turned = way.direction(float(ahead[agent])) - float(states.heading[step + entry, agent])
            best = best if math.cos(turned) > math.cos(CROSSES) else (when, agent)
    return best


def signal_ahead(episode: Episode, way: Way, step: int, reach: float) -> tuple[SignalState, float] | None:
    """State of the next stop point on the way and its distance from the front [m]."""
    signals = episode.scenario.signals
    if not len(signals):
        return None
    s, d = way.places(signals.stop_xy)
    on = np.flatnonzero((np.abs(d) < 1.0) & (s > -0.5) & (s <= reach))
    if not len(on):
        return None
    k = int(on[np.argmin(s[on])])
    row = min(episode.trace.first_step + step, len(signals.state) - 1)
    return SignalState(int(signals.state[row, k])), float(s[k])
