"""The nearest other road user and the most urgent one at every step, over all bodies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry.boxes import gap_between
from simeval.kernel import kernel
from simeval.metrics.poses import BodyTracks
from simeval.safety.ttc import swept_ttc

__all__ = ["HORIZON", "Neighbours", "neighbours"]

HORIZON = 5.0  # [s] how far ahead TTC looks; what is farther off in time is not a conflict


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours:
    """Other road users at each step t; NaN and -1 where there is none, or none on a collision course.

    Where several agents are equally near or urgent, the first by id is named.
    """

    gap: Float[Array, "t"]  # to the nearest body of another agent [m]
    gap_agent: Int[Array, "t"]
    ttc: Float[Array, "t"]  # smallest of all agents [s], within HORIZON
    ttc_agent: Int[Array, "t"]
    ttc_of: Float[Array, "t a"]  # with each agent [s]
    num_others: Int[Array, "t"]  # bodies of others that are there


@kernel
def _scan(
    pose: Array, velocity: Array, valid: Array, half: Array, agent: Array, order: Array,
    first: int, last: int, horizon: float, gaps: Array, times: Array, who: Array,
) -> None:  # fmt: skip
    """Ego bodies are first:last. `who` gets the nearest agent and the number of bodies of others."""
    for t in range(len(pose)):
        gap = math.inf
        who[t, 0], who[t, 1] = -1, 0
        for k in range(len(order)):
            j = order[k]
            if not valid[t, first] or not valid[t, j] or first <= j < last:
                continue
            who[t, 1] += 1
            q, a2, b2 = pose[t, j], half[j, 0], half[j, 1]
            for i in range(first, last):
                p, a1, b1 = pose[t, i], half[i, 0], half[i, 1]
                dx, dy = q[0] - p[0], q[1] - p[1]
                vx, vy = velocity[t, j, 0] - velocity[t, i, 0], velocity[t, j, 1] - velocity[t, i, 1]
                # Circles first: nearly all bodies are far apart, and the box tests cost many times as much.
                reach = math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2)
                apart = math.sqrt(dx * dx + dy * dy) - reach - 1e-6
                if apart < gap:
                    d = gap_between(dx, dy, p[2], p[3], a1, b1, q[2], q[3], a2, b2)
                    if d < gap:
                        gap, who[t, 0] = d, agent[j]
                if apart <= math.sqrt(vx * vx + vy * vy) * horizon:
                    until = swept_ttc(dx, dy, vx, vy, p[2], p[3], a1, b1, q[2], q[3], a2, b2, horizon)
                    times[t, agent[j]] = min(times[t, agent[j]], until)
        gaps[t] = math.nan if math.isinf(gap) else gap


def neighbours(tracks: BodyTracks, ids: Sequence[str], ego: int, horizon: float = HORIZON) -> Neighbours:
    """Gaps and times to collision between the ego's bodies and all bodies of all other agents."""
    steps, own = len(tracks.pose), tracks.of(ego)
    by_id, order = sorted(range(len(ids)), key=ids.__getitem__), tracks.by_id(ids)
    gaps, who = np.zeros(steps), np.zeros((steps, 2), dtype=np.int64)
    times = np.full((steps, len(ids)), np.inf)
    _scan(
        tracks.pose, tracks.velocity, tracks.valid, tracks.half, tracks.agent, order,
        own.start, own.stop, horizon, gaps, times, who,
    )  # fmt: skip
    urgent = np.asarray(by_id)[times[:, by_id].argmin(axis=1)]
    least = times[np.arange(steps), urgent]
    return Neighbours(
        gap=gaps, gap_agent=who[:, 0], ttc=np.where(np.isinf(least), np.nan, least),
        ttc_agent=np.where(np.isinf(least), -1, urgent), ttc_of=np.where(np.isinf(times), np.nan, times),
        num_others=who[:, 1],
    )  # fmt: skip
