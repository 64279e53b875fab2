"""How urgent the worst moment was: last moments to brake and to steer, worst-time-to-collision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.neighbours import HORIZON
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.safety.collision_type import is_behind
from simeval.safety.last_moment import is_avoided, last_moment
from simeval.safety.ttc import swept_ttc
from simeval.safety.worst_case import WORST, least_time, worst_time
from simeval.scenario import AgentKind

__all__ = ["Urgency", "min_ttb", "min_ttr", "min_tts", "min_wttc", "urgency"]

SLOWEST = 0.5  # [m/s] a slower ego has nothing to brake
BRAKE, STEER, REACT, WORST_CASE = range(4)


@dataclass(frozen=True, kw_only=True, eq=False)
class Urgency:
    """Smallest value over the episode of each of TTB, TTS, TTR, WTTC [s]; inf where there is none."""

    least: Array
    step: Array
    body: Array


@kernel
def _better(kind: int, value: float, t: int, j: int, least: Array, where: Array) -> None:
    if value < least[kind]:
        least[kind] = value
        where[kind, 0], where[kind, 1] = t, j


@kernel
def _scan(
    pose: Array, velocity: Array, valid: Array, half: Array, axle: Array, growth: Array, order: Array,
    urgent: Array, first: int, last: int, horizon: float, least: Array, where: Array,
) -> None:  # fmt: skip
    """Only the smallest values are wanted: a pair that cannot beat them is left after one test."""
    for t in range(len(pose)):
        if not valid[t, first]:
            continue
        front = pose[t, first]
        rear_x, rear_y = front[0] + axle[first] * front[2], front[1] + axle[first] * front[3]
        for k in range(len(order)):
            j = order[k]
            if not valid[t, j] or first <= j < last:
                continue
            q, a2, b2 = pose[t, j], half[j, 0], half[j, 1]
            ux, uy = velocity[t, j, 0], velocity[t, j, 1]
            for i in range(first, last):
                p, a1, b1 = pose[t, i], half[i, 0], half[i, 1]
                dx, dy, wx, wy = q[0] - p[0], q[1] - p[1], velocity[t, i, 0], velocity[t, i, 1]
                vx, vy = ux - wx, uy - wy
                reach = math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2)
                centres, grown = math.sqrt(dx * dx + dy * dy), growth[i] + growth[j]
                if least_time(centres - reach, -(dx * vx + dy * vy) / centres, grown) < least[3]:
                    _better(3, worst_time(dx, dy, vx, vy, reach, grown), t, j, least, where)
                if not urgent[t, j] or wx * wx + wy * wy < SLOWEST * SLOWEST:
                    continue
                if is_behind(rear_x, rear_y, front[2], front[3], q[0], q[1]):
                    continue
                ttc = swept_ttc(dx, dy, vx, vy, p[2], p[3], a1, b1, q[2], q[3], a2, b2, horizon)
                if ttc > horizon:
                    continue
                brake = _last(0, ttc, least[0], dx, dy, wx, wy, ux, uy, p, a1, b1, q, a2, b2, horizon)
                _better(0, brake, t, j, least, where)
                goal = max(least[1], least[2])
                left = _last(1, ttc, goal, dx, dy, wx, wy, ux, uy, p, a1, b1, q, a2, b2, horizon)
                steer = left
                if left < goal:
                    right = _last(2, ttc, goal, dx, dy, wx, wy, ux, uy, p, a1, b1, q, a2, b2, horizon)
                    steer = max(left, right)
                _better(1, steer, t, j, least, where)
                if steer < least[2]:
                    brake = _last(0, ttc, least[2], dx, dy, wx, wy, ux, uy, p, a1, b1, q, a2, b2, horizon)
                    _better(2, max(brake, steer), t, j, least, where)


@kernel
def _last(
    how: int, ttc: float, least: float, dx: float, dy: float, wx: float, wy: float, ux: float, uy: float,
    p: Array, a1: float, b1: float, q: Array, a2: float, b2: float, horizon: float,
) -> float:  # fmt: skip
    """The last moment, or inf where it cannot be below `least`: one test instead of a search."""
    if least <= 0.0:
        return math.inf
    if least < ttc and is_avoided(
        how, least, dx, dy, wx, wy, ux, uy, p[2], p[3], a1, b1, q[2], q[3], a2, b2, horizon
    ):
        return math.inf
    return last_moment(how, ttc, dx, dy, wx, wy, ux, uy, p[2], p[3], a1, b1, q[2], q[3], a2, b2, horizon)


@shared
def urgency(episode: Episode) -> Urgency:
    """All four, in one pass over steps and bodies; of equal ones the earliest, then the first by id."""
    tracks, agents = episode.bodies, episode.trace.agents
    own = tracks.of(episode.ego)
    moves = agents.kind[tracks.agent] != int(AgentKind.STATIC)
    urgent = np.ascontiguousarray(~np.isnan(episode.neighbours.ttc_of)[:, tracks.agent])
    least, where = np.full(4, np.inf), np.full((4, 2), -1, dtype=np.int64)
    _scan(
        tracks.pose, tracks.velocity, tracks.valid, tracks.half, agents.bodies.axle,
        0.5 * WORST * moves, episode.bodies_by_id, urgent, own.start, own.stop, HORIZON, least, where,
    )  # fmt: skip
    return Urgency(least=least, step=where[:, 0], body=where[:, 1])


def _read(episode: Episode, kind: int, otherwise: str) -> Reading:
    found = urgency(episode)
    if not episode.neighbours.num_others.any():
        return undefined("there is no other road user")
    if math.isinf(found.least[kind]):
        return undefined(otherwise)
    agent = int(episode.bodies.agent[found.body[kind]])
    return Reading(float(found.least[kind]), step=int(found.step[kind]), agent=episode.name(agent))


COURSE = f"the moving ego is not on a collision course within {HORIZON:g} s with anybody not behind it"


@metric("min_ttb_s", unit="s", better="higher", version=2)
def min_ttb(episode: Episode) -> Reading:
    """Least time that was left to begin full braking."""
    return _read(episode, BRAKE, COURSE)


@metric("min_tts_s", unit="s", better="higher", version=2)
def min_tts(episode: Episode) -> Reading:
    """Least time that was left to begin to swerve."""
    return _read(episode, STEER, COURSE)


@metric("min_ttr_s", unit="s", better="higher", version=2)
def min_ttr(episode: Episode) -> Reading:
    """Least time that was left to react, by braking or by swerving."""
    return _read(episode, REACT, COURSE)


@metric("min_wttc_s", unit="s", better="higher", version=2)
def min_wttc(episode: Episode) -> Reading:
    """Least time in which the ego and another road user could have met if both had done the worst."""
    return _read(episode, WORST_CASE, "")
