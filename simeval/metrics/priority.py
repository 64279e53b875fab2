"""Who goes first where lanes meet in a junction."""

from __future__ import annotations

import math
import weakref
from itertools import product

import numpy as np
import shapely
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry import wrap_angle
from simeval.metrics.episode import Episode
from simeval.metrics.lanes import lane_at_each_step
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.safety.lane_rank import lane_ranks
from simeval.scenario import AgentKind, RoadMap, SignalState

__all__ = ["priority_violations"]

TAKES = 1.0  # [m] a front this near to the middle of the other one's lane is in its way
FORCED = 3.0  # [s] who would be there sooner after the ego has to brake
AROUND = 15.0  # [m] more than half a lorry: nobody farther from the ego's ways has a front in them
MOVES = 0.5  # [m/s] who is slower waits
FROM_RIGHT = (math.pi / 6.0, 5.0 * math.pi / 6.0)  # how far its direction is turned to the left of the ego's

_RANKS: weakref.WeakKeyDictionary[RoadMap, Array] = weakref.WeakKeyDictionary()


@shared
def _taken(episode: Episode) -> list[tuple[int, int]]:
    """Step and agent wherever the ego goes before somebody who goes first; one an agent."""
    connector = episode.scenario.map.lanes.is_connector
    own = [int(k) for k in np.unique(episode.lane) if k >= 0 and connector[k]]
    steps = {agent: _steps_taken(episode, agent, own) for agent in _nearby(episode, own)} if own else {}
    return sorted((min(found), agent) for agent, found in steps.items() if found)


def _steps_taken(episode: Episode, agent: int, own: list[int]) -> list[int]:
    """Steps at which the ego, in one of its own lanes, takes the turn of this agent."""
    centre, found = episode.scenario.map.lanes.centre, []
    its_lane, its_front = _lane_of(episode, agent), _front(episode, agent)
    for a, b in product(own, np.unique(its_lane[its_lane >= 0]).tolist()):
        if not _meet(episode, a, b):
            continue
        mine = _arrival(episode.lane == a, _front(episode, episode.ego), centre[b])
        its = _arrival(its_lane == b, its_front, centre[a])
        if 0 <= mine < its and _hurried(episode, agent, a, mine, its):
            turned = _turned(episode, agent, mine, its)
            found += [mine] if _gives_way(episode, a, b, mine, turned) else []
    return found


def _front(episode: Episode, agent: int) -> Float[Array, "t 2"]:
    states, half = episode.trace.states, 0.5 * float(episode.trace.agents.length[agent])
    h = states.heading[:, agent]
    return np.asarray(states.xy[:, agent] + half * np.stack([np.cos(h), np.sin(h)], axis=1))


def _nearby(episode: Episode, own: list[int]) -> list[int]:
    """Who drives and is at some time within the box around the ego's ways through the junction."""
    lines = np.concatenate([episode.scenario.map.lanes.centre[k] for k in own])
    states, agents = episode.trace.states, episode.trace.agents
    inside = (states.xy >= lines.min(axis=0) - AROUND) & (states.xy <= lines.max(axis=0) + AROUND)
    there = (inside.all(axis=2) & states.valid).any(axis=0)
    drives = (agents.kind <= AgentKind.MOTORCYCLE) | (agents.kind == AgentKind.CYCLIST)
    drives[episode.ego] = False
    return [int(a) for a in np.flatnonzero(there & drives)]


def _lane_of(episode: Episode, agent: int) -> Int[Array, "t"]:
    states, out = episode.trace.states, np.full(episode.num_steps, -1, dtype=np.int64)
    there, road = states.valid[:, agent], episode.scenario.map
    xy, heading = states.xy[there, agent], states.heading[there, agent]
    out[there] = lane_at_each_step(road, np.zeros(len(road.lanes), dtype=np.bool_), xy, heading)
    return out


def _meet(episode: Episode, a: int, b: int) -> bool:
    """Whether two lanes can cross or join: none follows the other, and they do not part from one place."""
    centre = episode.scenario.map.lanes.centre
    return not (
        a == b or math.dist(centre[a][0], centre[b][0]) <= TAKES
        or _follows(episode, a, b) or _follows(episode, b, a)
    )  # fmt: skip


def _follows(episode: Episode, a: int, b: int) -> bool:
    """Whether lane b is one of the next three after lane a."""
    ahead = {a}
    for _ in range(3):
        ahead = {int(k) for i in ahead for k in episode.scenario.map.lanes.successors[i]}
        if b in ahead:
            return True
    return False


def _arrival(on: Array, front: Array, line: Array) -> int:
    """First step on the lane with the front near the other lane's middle; -1: never."""
    steps = np.flatnonzero(on)
    near = shapely.distance(shapely.points(front[steps]), shapely.LineString(line)) <= TAKES
    return int(steps[near.argmax()]) if near.any() else -1


def _hurried(episode: Episode, agent: int, own: int, mine: int, its: int) -> bool:
    """Whether it would have arrived less than 3 s after the ego, at its speed when the ego drove in."""
    states, first = episode.trace.states, int((episode.lane == own).argmax())
    if not states.valid[first : its + 1, agent].all():
        return False
    way = float(np.hypot(*np.diff(states.xy[first : its + 1, agent], axis=0).T).sum())
    speed = float(episode.speeds[first, agent])
    return speed >= MOVES and way < speed * ((mine - first) * episode.dt + FORCED)


def _turned(episode: Episode, agent: int, first: int, last: int) -> float:
    return float(wrap_angle(float(episode.trace.states.heading[last, agent]) - episode.ego_heading[first]))


def _gives_way(episode: Episode, a: int, b: int, step: int, turned: float) -> bool:
    """Whether who is on lane a at this step has to let pass who comes on lane b."""
    if _is_red(episode, a, step) or _is_red(episode, b, step):
        return False
    road = episode.scenario.map
    if road not in _RANKS:
        _RANKS[road] = lane_ranks(road)
    own, other = _RANKS[road][[a, b]]
    if own != other:
        return bool(own < other)
    plain = (
        road.lanes.is_connector[b] and own > 0 and not np.isin([a, b], episode.scenario.signals.lane).any()
    )
    return bool(plain and FROM_RIGHT[0] < turned < FROM_RIGHT[1])


def _is_red(episode: Episode, lane: int, step: int) -> bool:
    signals = episode.scenario.signals
    row = min(episode.trace.first_step + step, len(signals.state) - 1)
    return (
        bool((signals.state[row][signals.lane == lane] == SignalState.RED).any()) if len(signals) else False
    )


@metric("priority_violations", unit="1", better="lower", on_request=True)
def priority_violations(episode: Episode) -> Reading:
    """Road users who go first where lanes meet in a junction, and before whom the ego goes."""
    lanes = episode.scenario.map.lanes
    through = episode.lane[episode.lane >= 0]
    if not lanes.is_connector[through].any():
        return undefined("the ego drives through no junction that the map has lanes for")
    found = _taken(episode)
    if not found:
        return Reading(0.0)
    return Reading(float(len(found)), step=found[0][0], agent=episode.name(found[0][1]))
