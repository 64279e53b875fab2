"""Poses of the bodies of an agent: the first is the agent's pose, each next hangs on its coupling."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["body_pose", "coupled_pose"]


@kernel
def coupled_pose(
    x: float, y: float, c: float, s: float, rear: float, front: float, angle: float
) -> tuple[float, float, float, float]:
    """(x, y, cos, sin) of a pulled body from that of the body before, their couplings and the hitch angle."""
    ca, sa = math.cos(angle), math.sin(angle)
    cos, sin = c * ca + s * sa, s * ca - c * sa
    return x + rear * c - front * cos, y + rear * s - front * sin, cos, sin


@kernel
def body_pose(
    offsets: Array, front: Array, rear: Array, hitch: Array,
    agent: int, body: int, x: float, y: float, heading: float, pose: Array,
) -> None:  # fmt: skip
    """Writes (x, y, cos, sin) of one body into `pose[body]`; bodies of an agent must be asked in order.

    `hitch` holds one angle for each pulled body [rad]: the heading of the body before minus its own.
    Pulled bodies are counted over all agents: body b of agent a is number b - a - 1 of them.
    """
    if body == offsets[agent]:
        pose[body, 0], pose[body, 1] = x, y
        pose[body, 2], pose[body, 3] = math.cos(heading), math.sin(heading)
        return
    p = pose[body - 1]
    pose[body, 0], pose[body, 1], pose[body, 2], pose[body, 3] = coupled_pose(
        p[0], p[1], p[2], p[3], rear[body - 1], front[body], hitch[body - agent - 1]
    )
