"""Poses of the bodies of an agent: the first is the agent's pose, each next hangs on its coupling."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["body_pose"]


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
    before = body - 1
    angle = hitch[body - agent - 1]
    c, s = math.cos(angle), math.sin(angle)
    cos = pose[before, 2] * c + pose[before, 3] * s
    sin = pose[before, 3] * c - pose[before, 2] * s
    joint_x = pose[before, 0] + rear[before] * pose[before, 2]
    joint_y = pose[before, 1] + rear[before] * pose[before, 3]
    pose[body, 0] = joint_x - front[body] * cos
    pose[body, 1] = joint_y - front[body] * sin
    pose[body, 2], pose[body, 3] = cos, sin
