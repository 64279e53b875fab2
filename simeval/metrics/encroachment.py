"""Post-encroachment time: how close in time two road users came to being in the same place, crossing."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.poses import BodyTracks
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.safety.ttc import swept_ttc

__all__ = ["LONGEST", "min_pet"]

LONGEST = 5.0  # [s] what is farther apart in time is no conflict
CROSSING = math.cos(math.radians(30.0))  # flatter angles are following or oncoming traffic, not crossing
ROUNDS = 18  # of halving a step


@kernel
def _piece(
    pose: Array, half: Array, i: int, j: int, t: int, n: int, begin: float, other: float, span: float
) -> bool:
    """Whether body i in [t + begin, + span] touches body j in [n + other, + span]; in steps."""
    p0, p1, q0, q1 = pose[t, i], pose[t + 1, i], pose[n, j], pose[n + 1, j]
    if math.fabs(p0[2] * q0[2] + p0[3] * q0[3]) > CROSSING:
        return False
    px, py, qx, qy = p1[0] - p0[0], p1[1] - p0[1], q1[0] - q0[0], q1[1] - q0[1]
    dx = q0[0] + other * qx - p0[0] - begin * px
    dy = q0[1] + other * qy - p0[1] - begin * py
    a1, b1, a2, b2 = half[i, 0], half[i, 1], half[j, 0], half[j, 1]
    reach = a1 + b1 + a2 + b2 + math.fabs(px) + math.fabs(py) + math.fabs(qx) + math.fabs(qy)
    if dx * dx + dy * dy > reach * reach:
        return False
    until = swept_ttc(dx, dy, qx - px, qy - py, p0[2], p0[3], a1, b1, q0[2], q0[3], a2, b2, span)
    return until <= span


@kernel
def _inside(pose: Array, valid: Array, box: Array, i: int, j: int) -> tuple[int, int]:
    """Steps [first, last) at which body i can be where body j ever is; one more to both sides."""
    first, last = len(pose), 0
    reach = box[i, 4]
    for t in range(len(pose)):
        n = min(t + 1, len(pose) - 1)  # the way to the next step can lead through a small box
        if not valid[t, i] or not valid[n, i]:
            continue
        x, y, u, v = pose[t, i, 0], pose[t, i, 1], pose[n, i, 0], pose[n, i, 1]
        if max(x, u) < box[j, 0] - reach or min(x, u) > box[j, 2] + reach:
            continue
        if max(y, v) < box[j, 1] - reach or min(y, v) > box[j, 3] + reach:
            continue
        first, last = min(first, t), t + 1
    return max(0, first - 1), min(len(pose), last + 1)


@kernel
def touch_step(
    pose: Array,
    valid: Array,
    half: Array,
    i: int,
    j: int,
    lag: float,
    first: int,
    last: int,
    low: int,
    high: int,
) -> int:
    """First step t at which body i touches the place that body j takes `lag` steps later (or earlier); -1.

    Only steps [first, last) of body i and [low, high) of body j are looked at.
    """
    whole = int(math.floor(lag))
    part = lag - whole
    for t in range(max(first, low - whole - 1), min(last - 1, high - whole)):
        n = t + whole
        if not valid[t, i] or not valid[t + 1, i]:
            continue
        there = low <= n < high - 1 and valid[n, j] and valid[n + 1, j]
        if there and _piece(pose, half, i, j, t, n, 0.0, part, 1.0 - part):
            return t
        there = part > 0.0 and low <= n + 1 < high - 1 and valid[n + 1, j] and valid[n + 2, j]
        if there and _piece(pose, half, i, j, t, n + 1, 1.0 - part, 0.0, part):
            return t
    return -1


@kernel
def _refined(
    pose: Array, valid: Array, half: Array, i: int, j: int, lag: int, sign: float,
    first: int, last: int, low: int, high: int,
) -> float:  # fmt: skip
    shorter, longer = float(lag - 1), float(lag)
    for _ in range(ROUNDS):
        middle = 0.5 * (shorter + longer)
        if touch_step(pose, valid, half, i, j, sign * middle, first, last, low, high) >= 0:
            longer = middle
        else:
            shorter = middle
    return longer


@kernel
def _scan(
    pose: Array, valid: Array, half: Array, box: Array, order: Array, first: int, last: int, longest: int,
    out: Array, who: Array,
) -> None:  # fmt: skip
    best = float(longest)
    who[0], who[1] = -1, -1
    for k in range(len(order)):
        j = order[k]
        if first <= j < last:
            continue
        for i in range(first, last):
            if box[i, 0] > box[j, 2] or box[j, 0] > box[i, 2]:
                continue
            if box[i, 1] > box[j, 3] or box[j, 1] > box[i, 3]:
                continue
            start, stop = _inside(pose, valid, box, i, j)
            low, high = _inside(pose, valid, box, j, i)
            if start >= stop or low >= high:
                continue
            lag, found = 0, False
            while lag < best and not found:
                for side in range(2 if lag else 1):
                    sign = 1.0 if side == 0 else -1.0
                    t = touch_step(pose, valid, half, i, j, sign * lag, start, stop, low, high)
                    if t < 0:
                        continue
                    found = True
                    exact = 0.0
                    if lag:
                        exact = _refined(pose, valid, half, i, j, lag, sign, start, stop, low, high)
                    if exact < best:
                        best, who[0], who[1] = exact, j, t
                lag += 1
    out[0] = best


def _boxes(tracks: BodyTracks) -> Float[Array, "b 5"]:
    """Low x, low y, high x, high y of where each body ever is, and its radius [m]."""
    there, places = tracks.valid[:, :, None], tracks.pose[:, :, :2]
    radius = np.sqrt((tracks.half**2).sum(axis=1))[:, None]
    low = np.where(there, places, np.inf).min(axis=0) - radius
    high = np.where(there, places, -np.inf).max(axis=0) + radius
    return np.concatenate([low, high, radius], axis=1)


@metric("min_pet_s", unit="s", better="higher")
def min_pet(episode: Episode) -> Reading:
    """Smallest time between the ego and a crossing road user being in the same place."""
    tracks = episode.bodies
    if not episode.neighbours.num_others.any():
        return undefined("there is no other road user")
    own = tracks.of(episode.ego)
    out, who = np.zeros(1), np.zeros(2, dtype=np.int64)
    longest = round(LONGEST / episode.dt)
    _scan(
        tracks.pose, tracks.valid, tracks.half, _boxes(tracks), episode.bodies_by_id, own.start, own.stop,
        longest, out, who,
    )  # fmt: skip
    if who[0] < 0:
        return undefined(f"nobody crosses the ego's way within {LONGEST:g} s")
    agent = int(tracks.agent[who[0]])
    return Reading(float(out[0]) * episode.dt, step=int(who[1]), agent=episode.name(agent))
