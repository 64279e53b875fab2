"""How a contact came about: who turned, who moved aside, who stood, who could not react."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import project, wrap_angle
from simeval.metrics.contact_list import EgoContact
from simeval.metrics.episode import Episode
from simeval.metrics.lanes import lane_at_each_step
from simeval.scenario import Driver

__all__ = ["SITUATION", "lane_line", "situation"]

BACK_S = 5.0  # [s] before a contact that are looked at
TURN, STEADY = math.radians(30.0), math.radians(10.0)
SETTLED = 10.0  # [m] driven steadily since a turn: it is over and explains nothing
REVERSES_S = 0.5
REVERSES = -0.2  # [m/s]
STANDS = 0.3  # [m/s]
SAME, AGAINST = math.radians(45.0), math.radians(135.0)
ONWARD = 150.0  # [m] of lanes that follow the one the ego was in

SITUATION = (
    "relation", "approach", "ego_turned_deg", "other_turned_deg", "ego_aside_m", "other_aside_m",
    "ego_reverses", "other_stood_s", "other_moved", "other_driver", "ego_wrong_side",
)  # fmt: skip


def situation(episode: Episode, contact: EgoContact) -> dict[str, str | float | bool | None]:
    """Facts of the five seconds before a contact, for `SITUATION`.

    `relation` compares the headings of the touching bodies at the contact, `approach` those of both road
    users five seconds before, or since a turn that was over: same (within 45 degrees), oncoming (beyond
    135), crossing. `aside` is how far each moved across the ego's lane towards the other.
    """
    k, agent, states = contact.step, contact.agent, episode.trace.states
    tracks = episode.bodies
    there = np.flatnonzero(states.valid[: k + 1, agent])
    first = max(int(there[0]), k - round(BACK_S / episode.dt))
    ends = [
        _turn_ends(states.xy[first : k + 1, a], states.heading[first : k + 1, a])
        for a in (episode.ego, agent)
    ]
    first += max(ends) if min(ends) >= 0 else 0
    own = tracks.heading(tracks.of(episode.ego).start + contact.ego_body)
    other = tracks.heading(tracks.of(agent).start + contact.body)
    heading = states.heading[:, agent]
    speed = np.hypot(*states.velocity[:, agent].T)
    slow = speed[: k + 1] <= STANDS
    moved = np.flatnonzero(~slow & states.valid[: k + 1, agent])
    stood = k - (int(moved[-1]) + 1 if len(moved) else int(there[0]))
    ego_aside, other_aside = _aside(episode, agent, first, k)
    back = max(0, k - round(REVERSES_S / episode.dt))
    return {
        "relation": _relation(float(other[k] - own[k])),
        "approach": _relation(float(heading[first] - episode.ego_heading[first])),
        "ego_turned_deg": _turned(episode.ego_heading[first : k + 1]),
        "other_turned_deg": _turned(heading[first : k + 1]),
        "ego_aside_m": ego_aside,
        "other_aside_m": other_aside,
        "ego_reverses": bool(np.nanmin(episode.ego_motion.speed[back : k + 1]) < REVERSES),
        "other_stood_s": max(0.0, stood * episode.dt),
        "other_moved": bool(len(moved)),
        "other_driver": Driver(int(episode.trace.driver[agent])).name.lower(),
        "ego_wrong_side": _wrong_side(episode, k),
    }


def _turn_ends(xy: Float[Array, "t 2"], heading: Float[Array, "t"]) -> int:
    """The row from which on somebody drove about as at the end: 0 without a turn, -1 if it still turns."""
    likeness = np.cos(heading - heading[-1])
    if likeness.min() >= math.cos(TURN):
        return 0
    since = int(np.flatnonzero(likeness < math.cos(STEADY))[-1]) + 1
    return since if float(np.hypot(*np.diff(xy[since:], axis=0).T).sum()) >= SETTLED else -1


def _relation(angle: float) -> str:
    size = abs(wrap_angle(angle))
    return "same" if size <= SAME else "oncoming" if size >= AGAINST else "crossing"


def _turned(heading: Float[Array, "t"]) -> float:
    """Change of heading, left positive [deg]."""
    way = np.unwrap(heading)
    return float(np.degrees(way[-1] - way[0]))


def _aside(episode: Episode, agent: int, first: int, last: int) -> tuple[float, float]:
    """How far the ego and the other moved towards each other across the ego's lane [m]."""
    line = lane_line(episode, first)
    rows = [first, last]
    own = project(line, episode.ego_xy[rows])[1]
    other = project(line, np.ascontiguousarray(episode.trace.states.xy[rows, agent]))[1]
    apart = other - own
    side = math.copysign(1.0, apart[0] if abs(apart[0]) > 0.3 else apart[1])
    return float(side * (own[1] - own[0])), float(-side * (other[1] - other[0]))


def lane_line(episode: Episode, step: int) -> Float[Array, "n 2"]:
    """Centre line of the lane the ego is in at a step and of those that follow; else straight on."""
    lanes, lane = episode.scenario.map.lanes, int(episode.lane[step])
    if lane < 0:
        heading = float(episode.ego_heading[step])
        ahead = ONWARD * np.array([math.cos(heading), math.sin(heading)])
        return np.stack([episode.ego_xy[step] - ahead, episode.ego_xy[step] + ahead])
    parts, length, seen = [lanes.centre[lane]], 0.0, {lane}
    while length < ONWARD:
        onward = [
            int(n) for n in lanes.successors[lane] if int(n) not in seen and len(lanes.centre[int(n)]) > 1
        ]
        if not onward:
            break
        lane = next((n for n in onward if episode.route_lanes[n]), onward[0])
        seen.add(lane)
        parts.append(lanes.centre[lane][1:])
        length += float(np.sqrt((np.diff(lanes.centre[lane], axis=0) ** 2).sum(axis=1)).sum())
    return np.ascontiguousarray(np.concatenate(parts), dtype=np.float64)


def _wrong_side(episode: Episode, step: int) -> bool | None:
    """Whether the nearest lane runs against the ego; None without a lane near."""
    with_it, against = (_offset(episode, step, turn) for turn in (0.0, math.pi))
    return None if with_it == against == math.inf else against < with_it


def _offset(episode: Episode, step: int, turn: float) -> float:
    """Distance to the nearest centre line that runs within 60 degrees of the turned heading [m]; or inf."""
    lanes, xy = episode.scenario.map.lanes, episode.ego_xy[step : step + 1]
    heading = episode.ego_heading[step : step + 1] + turn
    nobody = np.zeros(len(lanes), dtype=np.bool_)
    lane = int(lane_at_each_step(episode.scenario.map, nobody, xy, heading)[0])
    return math.inf if lane < 0 else abs(float(project(lanes.centre[lane], xy)[1][0]))
