"""The way that the ego means to go, and who is on it or about to cross it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry import arc_lengths, project, wrap_angle
from simeval.metrics.episode import Episode
from simeval.scenario import SignalState

__all__ = ["Ahead", "Way", "bodies_on", "next_crossing", "signal_ahead", "way_of"]

OFF = 5.0  # [m] farther from the route, or turned away from it, the ego goes straight on in its heading
TURNED = math.radians(60.0)
REACH = 60.0  # [m] of the way that is looked at
HALF_LANE = 1.75  # [m] who reaches into this strip is in the way
SAMPLES = 9  # points along each side of a body
MOVES = 0.5  # [m/s]
CROSSES = math.radians(25.0)  # who drives along the way is ahead or behind, not crossing


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """The line ahead of the ego at one step; arc lengths count from its front."""

    xy: Float[Array, "n 2"]
    start: float  # arc length of the ego's front on the line [m]
    from_route: bool

    def places(self, points: Float[Array, "k 2"]) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
        """How far ahead of the front points are, and how far to the left of the line [m]."""
        s, d = project(self.xy, np.ascontiguousarray(points, dtype=np.float64))
        return s - self.start, d

    def direction(self, ahead: float) -> float:
        """Direction of the line this far ahead of the front [rad]."""
        s = arc_lengths(self.xy)
        i = int(np.clip(np.searchsorted(s, self.start + ahead, side="right") - 1, 0, len(s) - 2))
        edge = self.xy[i + 1] - self.xy[i]
        return float(np.arctan2(edge[1], edge[0]))


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
    route = episode.scenario.route
    if route is not None and len(route.xy) >= 2 and abs(float(episode.route_d[step])) <= OFF:
        way = Way(xy=np.asarray(route.xy, float), start=float(episode.route_s[step]) + half, from_route=True)
        if abs(wrap_angle(way.direction(-half) - heading)) <= TURNED:
            return way
    ahead = xy + 2.0 * REACH * np.array([math.cos(heading), math.sin(heading)])
    return Way(xy=np.stack([xy, ahead]), start=half, from_route=False)


def bodies_on(episode: Episode, way: Way, step: int, reach: float, half: float = HALF_LANE) -> list[Ahead]:
    """Who reaches into the strip up to `reach` ahead of the front [m], nearest first."""
    tracks, found = episode.bodies, dict[int, Ahead]()
    for body in np.flatnonzero(tracks.valid[step]).tolist():
        agent = int(tracks.agent[body])
        if agent == episode.ego:
            continue
        away = tracks.pose[step, body, :2] - episode.ego_xy[step]
        if math.hypot(*away) > reach + 15.0 + float(tracks.half[body, 0]):
            continue
        s, d = way.places(_outline(tracks.pose[step, body], tracks.half[body]))
        inside = (np.abs(d) <= half) & (s > 0.0) & (s <= reach)
        if inside.any():
            gap = float(s[inside].min())
            turned = float(wrap_angle(float(tracks.heading(body)[step]) - way.direction(gap)))
            if agent not in found or gap < found[agent].gap:
                found[agent] = Ahead(agent=agent, gap=gap, turned=turned)
    return sorted(found.values(), key=lambda a: (a.gap, episode.trace.agents.ids[a.agent]))


def _outline(pose: Array, half: Array) -> Float[Array, "k 2"]:
    """Points on both sides of a box."""
    along = np.linspace(-1.0, 1.0, SAMPLES) * half[0]
    u, v = np.concatenate([along, along]), np.repeat([half[1], -half[1]], SAMPLES)
    return np.stack([pose[0] + u * pose[2] - v * pose[3], pose[1] + u * pose[3] + v * pose[2]], axis=1)


def next_crossing(
    episode: Episode, way: Way, step: int, *, within_s: float, reach: float
) -> tuple[float, int] | None:
    """Who comes across the way next, by what really happened: seconds until then, and the agent.

    Someone comes across who moves, was outside the strip and is in it later, turned from its direction.
    """
    last = min(episode.num_steps - 1, step + round(within_s / episode.dt))
    best: tuple[float, int] | None = None
    for agent in range(len(episode.trace.agents)):
        when = None if agent == episode.ego else _crosses(episode, way, agent, step, last, reach)
        if when is not None and (best is None or when < best[0]):
            best = (when, agent)
    return best


def _crosses(episode: Episode, way: Way, agent: int, step: int, last: int, reach: float) -> float | None:
    """When someone comes into the strip across it [s from now]; None: not, or it drives along the way."""
    states, rows = episode.trace.states, slice(step, last + 1)
    there: Bool[Array, "t"] = states.valid[rows, agent]
    if not there[0] or not (np.abs(states.speed[rows, agent]) > MOVES).any():
        return None
    s, d = way.places(states.xy[rows, agent])
    half = 0.5 * float(episode.trace.agents.width[agent]) + HALF_LANE
    inside = there & (np.abs(d) < half) & (s > -1.0) & (s < reach)
    if not inside.any():
        return None
    first = int(np.argmax(inside))
    turned = way.direction(float(s[first])) - float(states.heading[step + first, agent])
    return None if math.cos(turned) > math.cos(CROSSES) else first * episode.dt


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
