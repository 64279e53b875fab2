"""The nearest other road user and the most urgent one at every step, over all bodies."""

from __future__ import annotations

import math
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
    """One value a step; NaN and -1 where there is no other road user, or none on a collision course."""

    gap: Float[Array, "t"]  # to the nearest body of another agent [m]
    gap_agent: Int[Array, "t"]
    ttc: Float[Array, "t"]  # smallest of all agents [s], within HORIZON
    ttc_agent: Int[Array, "t"]
    num_others: Int[Array, "t"]  # bodies of others that are there


@kernel
def _scan(
    pose: Array, velocity: Array, valid: Array, half: Array, agent: Array, first: int, last: int,
    horizon: float, out: Array, who: Array,
) -> None:  # fmt: skip
    """Ego bodies are first:last. `out` holds gap and TTC, `who` their agents and the number of others."""
    num_bodies = len(agent)
    for t in range(len(pose)):
        gap, urgent = math.inf, math.inf
        who[t, 0], who[t, 1], who[t, 2] = -1, -1, 0
        for j in range(num_bodies):
            if not valid[t, first] or not valid[t, j] or first <= j < last:
                continue
            who[t, 2] += 1
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
                if apart <= math.sqrt(vx * vx + vy * vy) * min(horizon, urgent):
                    until = swept_ttc(dx, dy, vx, vy, p[2], p[3], a1, b1, q[2], q[3], a2, b2, horizon)
                    if until < urgent:
                        urgent, who[t, 1] = until, agent[j]
        out[t, 0] = math.nan if math.isinf(gap) else gap
        out[t, 1] = math.nan if math.isinf(urgent) else urgent


def neighbours(tracks: BodyTracks, ego: int, horizon: float = HORIZON) -> Neighbours:
    """Gaps and times to collision between the ego's bodies and all bodies of all other agents."""
    steps = len(tracks.pose)
    out, who = np.zeros((steps, 2)), np.zeros((steps, 3), dtype=np.int64)
    own = tracks.of(ego)
    _scan(
        tracks.pose, tracks.velocity, tracks.valid, tracks.half, tracks.agent, own.start, own.stop,
        horizon, out, who,
    )  # fmt: skip
    return Neighbours(
        gap=out[:, 0], gap_agent=who[:, 0], ttc=out[:, 1], ttc_agent=who[:, 1], num_others=who[:, 2]
    )
