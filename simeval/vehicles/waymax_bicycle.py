"""Waymax's invertible bicycle: acceleration and curvature to the next state, and back from two states.

Source: Gulino et al., Waymax, NeurIPS 2023, and waymax/dynamics/bicycle_model.py at commit
48b33d7, whose quirks are kept: the position moves with the old velocity vector, also when that slips; a
vehicle braked through zero gets a negative speed and the next step takes its amount. Reference point is
the box centre.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.kernel import kernel

__all__ = [
    "MAX_ACCELERATION", "MAX_CURVATURE", "is_infeasible", "waymax_action", "waymax_actions",
    "waymax_bicycle_step", "waymax_drive", "wrapped",
]  # fmt: skip

MAX_ACCELERATION = 6.0  # [m/s^2]
MAX_CURVATURE = 0.3  # [1/m]
CRAWL = 0.6  # [m/s] below it directions and curvatures say nothing
FEASIBLE_ACCELERATION, FEASIBLE_CURVATURE, SLACK = 10.4, 0.3, 1e-3


@kernel
def wrapped(angle: float) -> float:
    """The same direction in [-pi, pi)."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@kernel
def waymax_bicycle_step(
    x: float, y: float, yaw: float, vx: float, vy: float, acceleration: float, curvature: float, dt: float
) -> tuple[float, float, float, float, float]:
    """State (x, y, yaw, vx, vy) after dt; the action is cut to its limits."""
    a = min(max(acceleration, -MAX_ACCELERATION), MAX_ACCELERATION)
    k = min(max(curvature, -MAX_CURVATURE), MAX_CURVATURE)
    speed = math.sqrt(vx * vx + vy * vy)
    half = 0.5 * a * dt * dt
    x += vx * dt + half * math.cos(yaw)
    y += vy * dt + half * math.sin(yaw)
    yaw = wrapped(yaw + k * (speed * dt + half))
    speed += a * dt
    return x, y, yaw, speed * math.cos(yaw), speed * math.sin(yaw)


@kernel
def waymax_action(
    yaw: float, vx: float, vy: float, next_yaw: float, next_vx: float, next_vy: float, dt: float,
    use_recorded_yaw: bool,
) -> tuple[float, float]:  # fmt: skip
    """Acceleration and curvature that lead from one state to the next; not cut to limits.

    The new yaw is the direction of the new velocity, unless that is a crawl or `use_recorded_yaw`; the
    curvature is 0 when either speed is a crawl. A reversing vehicle therefore seems to turn by half a
    turn in a step.
    """
    speed, next_speed = math.sqrt(vx * vx + vy * vy), math.sqrt(next_vx * next_vx + next_vy * next_vy)
    acceleration = (next_speed - speed) / dt
    if not use_recorded_yaw and next_speed > CRAWL:
        next_yaw = math.atan2(next_vy, next_vx)
    if speed < CRAWL or next_speed < CRAWL:
        return acceleration, 0.0
    travelled = speed * dt + 0.5 * acceleration * dt * dt
    return acceleration, wrapped(next_yaw - yaw) / travelled


@kernel
def is_infeasible(acceleration: float, curvature: float) -> bool:
    """Whether Waymax's metric calls an action, as given by `waymax_action`, impossible."""
    return (
        math.fabs(acceleration) > FEASIBLE_ACCELERATION + SLACK
        or math.fabs(curvature) > FEASIBLE_CURVATURE + SLACK
    )


@kernel
def _drive(states: Array, actions: Array, dt: float) -> None:
    for t in range(len(actions)):
        s, n = states[t], states[t + 1]
        n[0], n[1], n[2], n[3], n[4] = waymax_bicycle_step(
            s[0], s[1], s[2], s[3], s[4], actions[t, 0], actions[t, 1], dt
        )


@kernel
def _actions(states: Array, dt: float, use_recorded_yaw: bool, actions: Array) -> None:
    for t in range(len(actions)):
        s, n = states[t], states[t + 1]
        actions[t, 0], actions[t, 1] = waymax_action(s[2], s[3], s[4], n[2], n[3], n[4], dt, use_recorded_yaw)


def waymax_drive(
    start: Float[Array, "5"], actions: Float[Array, "t 2"], dt: float = 0.1
) -> Float[Array, "t_plus_1 5"]:
    """States x, y, yaw, vx, vy [m, rad, m/s] under accelerations [m/s^2] and curvatures [1/m]."""
    commands = np.ascontiguousarray(actions, dtype=np.float64)
    if commands.ndim != 2 or commands.shape[1] != 2:
        raise UsageError("actions", f"expected shape [t, 2], got {list(commands.shape)}.")
    states = np.empty((len(commands) + 1, 5))
    states[0] = start
    _drive(states, commands, dt)
    return states


def waymax_actions(
    states: Float[Array, "t_plus_1 5"], dt: float = 0.1, *, use_recorded_yaw: bool = False,
    valid: Bool[Array, "t_plus_1"] | None = None,
) -> tuple[Float[Array, "t 2"], Bool[Array, "t"]]:  # fmt: skip
    """The action between each two successive states, before limits, and where both states are valid."""
    given = np.ascontiguousarray(states, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != 5 or not len(given):
        raise UsageError("states", f"expected shape [t, 5] with t >= 1, got {list(given.shape)}.")
    there = np.ones(len(given), dtype=bool) if valid is None else np.asarray(valid, dtype=bool)
    actions = np.empty((len(given) - 1, 2))
    _actions(given, dt, use_recorded_yaw, actions)
    return actions, there[1:] & there[:-1]
