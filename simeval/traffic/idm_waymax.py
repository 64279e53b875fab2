"""Waymax's IDM sim agent, quirks included, for comparison with that benchmark.

It looks along a few points and drives at the first one where its box would overlap another's: gaps are
those of centres, in steps of the points, and end with the last of them. Written from the definitions that
its authors published and from its results; checked on straight logs only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.traffic.waymax_sight import MOST_POINTS, waymax_lead, waymax_look_ahead, waymax_on_log

__all__ = [
    "WaymaxIdm",
    "waymax_acceleration",
    "waymax_idm_step",
    "waymax_speed",
]


class WaymaxIdm(NamedTuple):
    """Parameters with the peer's defaults; the exponent is 4."""

    desired_speed: float = 30.0  # [m/s]
    min_gap: float = 2.0  # [m]
    headway: float = 2.0  # [s]
    max_acceleration: float = 2.0  # [m/s^2]
    comfortable_braking: float = 4.0  # [m/s^2]


@kernel
def waymax_acceleration(speed: float, distance: float, lead_speed: float, p: WaymaxIdm) -> float:
    """Acceleration [m/s^2], without any limit on braking; `distance` is inf without a leader.

    A distance of exactly 0 (overlap where it stands) counts as 0.1 m.
    """
    ratio = speed / p.desired_speed
    free = 1.0 - ratio * ratio * ratio * ratio
    if distance == math.inf:
        return p.max_acceleration * free
    root = 2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking)
    desired_gap = p.min_gap + max(0.0, speed * p.headway + speed * (speed - lead_speed) / root)
    near = desired_gap / (distance if distance != 0.0 else 0.1)
    return p.max_acceleration * (free - near * near)


@kernel
def waymax_speed(speed: float, acceleration: float, dt: float) -> float:
    """Speed after dt, never backwards [m/s]."""
    return max(0.0, speed + acceleration * dt)


@kernel
def _step(
    boxes: Array, speed: Array, valid: Array, logs: Array, along: bool, dt: float, p: WaymaxIdm,
    points: Array, out: Array,
) -> None:  # fmt: skip
    for i in range(len(boxes)):
        if not valid[i]:
            continue
        x, y, h = boxes[i, 0], boxes[i, 1], boxes[i, 2]
        count = waymax_look_ahead(x, y, h, logs[i], along, points)
        distance, lead = waymax_lead(points, count, i, boxes, valid)
        out[i, 0] = waymax_acceleration(speed[i], distance, speed[lead] if lead >= 0 else 0.0, p)
        out[i, 1] = waymax_speed(speed[i], out[i, 0], dt)
        way = 0.5 * (speed[i] + out[i, 1]) * dt
        pose = waymax_on_log(x + way * math.cos(h), y + way * math.sin(h), logs[i])
        out[i, 2], out[i, 3], out[i, 4] = pose


def waymax_idm_step(
    boxes: Float[Array, "n 5"],
    speed: Float[Array, "n"],
    valid: Bool[Array, "n"],
    logs: Float[Array, "n t 3"],
    dt: float,
    p: WaymaxIdm,
    *,
    along_log: bool = False,
) -> Float[Array, "n 5"]:
    """Acceleration, new speed and new pose of n agents, all from the same present state.

    Args:
        boxes: x, y, heading, length, width of each [m, rad].
        speed: along the heading [m/s].
        valid: rows that are there; others are neither seen nor moved (their result is zero).
        logs: recorded poses of each, on which it stays.
        dt: [s].
        p: the drivers, all alike.
        along_log: look along the log instead of straight ahead.
    """
    tables = [np.ascontiguousarray(t, dtype=np.float64) for t in (boxes, speed)]
    path = np.ascontiguousarray(logs, dtype=np.float64)
    there = np.ascontiguousarray(valid, dtype=np.bool_)
    points, out = np.zeros((MOST_POINTS, 3)), np.zeros((len(there), 5))
    _step(tables[0], tables[1], there, path, bool(along_log), float(dt), p, points, out)
    return out
