"""Who is ahead of the ego on its own path, how far, and what that demands of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.kinematics import difference
from simeval.metrics.shared import shared

__all__ = ["REACH", "Lead", "driven_path", "lead_of"]

REACH = 100.0  # [m] ahead of the front; beyond the last driven point the path goes straight on
COARSE = 1.0  # [m] points of the driven path are at least this far apart
MOST_TURNED = math.cos(math.radians(60.0))  # who drives another way is crossing or oncoming, not ahead
STANDS = 0.5  # [m/s] slower ones are in the way whatever their heading


@dataclass(frozen=True, kw_only=True, eq=False)
class Lead:
    """The next road user on the path at each step t; NaN and -1 where nobody is within REACH."""

    gap: Float[Array, "t"]  # from the ego's front along its path [m]
    agent: Int[Array, "t"]
    speed: Float[Array, "t"]  # of the leader along the path [m/s]
    acceleration: Float[Array, "t"]  # of the leader along the path [m/s^2]


def driven_path(xy: Float[Array, "t 2"], heading: Float[Array, "t"]) -> tuple[Array, Array]:
    """Points of the driven way with REACH added straight ahead, and the arc length of each step on it."""
    steps = np.sqrt((np.diff(xy, axis=0) ** 2).sum(axis=1))
    driven = np.concatenate([np.zeros(1), np.cumsum(steps)])
    marks = np.floor(driven / COARSE)
    keep = np.concatenate([[True], marks[1:] > np.maximum.accumulate(marks)[:-1]])
    keep[-1] = True
    points, at = xy[keep], driven[keep]
    if len(points) > 1 and at[-1] - at[-2] < 0.5 * COARSE:  # a stub would give the end a direction of noise
        points, at = np.delete(points, -2, axis=0), np.delete(at, -2)
    ahead = points[-1] + 2.0 * REACH * np.array([math.cos(heading[-1]), math.sin(heading[-1])])
    line = np.concatenate([points, ahead[None]])
    s = arc_lengths(line)
    return np.column_stack([line, s]), np.interp(driven, at, s[:-1])


@kernel
def strip_entry(
    px: float, py: float, ex: float, ey: float, length: float, half: float,
    x: float, y: float, c: float, s: float, a: float, b: float, low: float,
) -> float:  # fmt: skip
    """Least distance along a straight strip, from `low` on, at which a box lies in it; inf where none does.

    The strip begins at (px, py), runs along the unit vector (ex, ey) and reaches `half` to both sides. Its
    sides cut the box: the least distance is that of a corner inside, or of an edge at one of the sides.
    """
    dx, dy, cc, ss = x - px, y - py, c * ex + s * ey, s * ex - c * ey
    mid, off = dx * ex + dy * ey, dy * ex - dx * ey
    best, most = math.inf, -math.inf
    for k in range(4):
        a1, b1 = (a if k < 2 else -a), (b if k in (0, 3) else -b)
        n = (k + 1) % 4
        a2, b2 = (a if n < 2 else -a), (b if n in (0, 3) else -b)
        u1, v1 = mid + a1 * cc - b1 * ss, off + a1 * ss + b1 * cc
        u2, v2 = mid + a2 * cc - b2 * ss, off + a2 * ss + b2 * cc
        if math.fabs(v1) <= half:
            best, most = min(best, u1), max(most, u1)
        for side in (-half, half):
            if (v1 - side) * (v2 - side) < 0.0:
                u = u1 + (side - v1) / (v2 - v1) * (u2 - u1)
                best, most = min(best, u), max(most, u)
    if best > length or most < low:
        return math.inf
    return max(best, low)


@kernel
def _scan(
    path: Array, at: Array, pose: Array, velocity: Array, rate: Array, valid: Array, half: Array,
    agent: Array, order: Array, first: int, last: int, out: Array, who: Array,
) -> None:  # fmt: skip
    a0, b0, start = half[first, 0], half[first, 1], 0
    for t in range(len(pose)):
        front = at[t] + a0
        while start < len(path) - 2 and path[start + 1, 2] <= front:
            start += 1
        while start > 0 and path[start, 2] > front:
            start -= 1
        best, best_j, best_i = front + REACH, -1, -1
        for k in range(len(order)):
            j = order[k]
            if not valid[t, j] or not valid[t, first] or first <= j < last:
                continue
            x, y, c, s = pose[t, j, 0], pose[t, j, 1], pose[t, j, 2], pose[t, j, 3]
            radius = math.sqrt(half[j, 0] * half[j, 0] + half[j, 1] * half[j, 1])
            wide = radius + b0
            ox, oy = x - pose[t, first, 0], y - pose[t, first, 1]
            if ox * ox + oy * oy > (REACH + a0 + radius) ** 2:
                continue
            vx, vy = velocity[t, j, 0], velocity[t, j, 1]
            stands = vx * vx + vy * vy < STANDS * STANDS
            for i in range(start, len(path) - 1):
                p = path[i]
                if p[2] >= best:
                    break
                length = path[i + 1, 2] - p[2]
                if length <= 0.0:
                    continue
                ex, ey = (path[i + 1, 0] - p[0]) / length, (path[i + 1, 1] - p[1]) / length
                along = (x - p[0]) * ex + (y - p[1]) * ey
                if along < -radius or along > length + radius:
                    continue
                if math.fabs((y - p[1]) * ex - (x - p[0]) * ey) > wide:
                    continue
                if not stands and c * ex + s * ey < MOST_TURNED:
                    continue
                low = max(0.0, front - p[2])
                u = strip_entry(p[0], p[1], ex, ey, length, b0, x, y, c, s, half[j, 0], half[j, 1], low)
                if p[2] + u < best:
                    best, best_j, best_i = p[2] + u, j, i
                    break
        who[t] = -1
        out[t, 0], out[t, 1], out[t, 2] = math.nan, math.nan, math.nan
        if best_j >= 0:
            length = path[best_i + 1, 2] - path[best_i, 2]
            ex = (path[best_i + 1, 0] - path[best_i, 0]) / length
            ey = (path[best_i + 1, 1] - path[best_i, 1]) / length
            who[t] = agent[best_j]
            out[t, 0] = best - front
            out[t, 1] = velocity[t, best_j, 0] * ex + velocity[t, best_j, 1] * ey
            out[t, 2] = rate[t, best_j, 0] * ex + rate[t, best_j, 1] * ey


@shared
def lead_of(episode: Episode) -> Lead:
    """The leader at each step: the nearest body in the strip that the ego's first body will sweep.

    The strip is as wide as the ego and follows the way it drives in this episode, then goes straight on.
    """
    tracks, own = episode.bodies, episode.bodies.of(episode.ego)
    path, at = driven_path(episode.ego_xy, episode.ego_heading)
    steps, bodies = tracks.valid.shape
    there = np.where(tracks.valid[:, :, None], tracks.velocity, np.nan).reshape(steps, -1)
    rate = np.nan_to_num(difference(there, episode.dt)).reshape(steps, bodies, 2)
    out, who = np.zeros((steps, 3)), np.zeros(steps, dtype=np.int64)
    _scan(
        path, at, tracks.pose, tracks.velocity, rate, tracks.valid, tracks.half, tracks.agent,
        episode.bodies_by_id, own.start, own.stop, out, who,
    )  # fmt: skip
    return Lead(gap=out[:, 0], agent=who, speed=out[:, 1], acceleration=out[:, 2])
