"""Waymax's other dynamics: the next pose as a displacement, in the global or the vehicle's frame.

Source: waymax/dynamics/delta.py and state_dynamics.py at commit 48b33d7. The forward steps neither limit
the displacement nor wrap the yaw, the inverses do both; velocity is the displacement over the step. The
third of them, where the action is the next state itself, needs no code here: see
`simeval.vehicles.direct_state`.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.waymax_bicycle import wrapped

__all__ = ["delta_global_action", "delta_global_step", "delta_local_action", "delta_local_step"]

MAX_DISPLACEMENT = 6.0  # [m] in one step


@kernel
def delta_global_step(
    x: float, y: float, yaw: float, dx: float, dy: float, turn: float, dt: float
) -> tuple[float, float, float, float, float]:
    """State (x, y, yaw, vx, vy) after a displacement [m] and a turn [rad] in the global frame."""
    return x + dx, y + dy, yaw + turn, dx / dt, dy / dt


@kernel
def delta_local_step(
    x: float, y: float, yaw: float, ahead: float, left: float, turn: float, dt: float
) -> tuple[float, float, float, float, float]:
    """State (x, y, yaw, vx, vy) after a displacement [m] in the vehicle's frame and a turn [rad]."""
    c, s = math.cos(yaw), math.sin(yaw)
    return delta_global_step(x, y, yaw, ahead * c - left * s, ahead * s + left * c, turn, dt)


@kernel
def _limited(displacement: float) -> float:
    return min(max(displacement, -MAX_DISPLACEMENT), MAX_DISPLACEMENT)


@kernel
def delta_global_action(
    x: float, y: float, yaw: float, next_x: float, next_y: float, next_yaw: float
) -> tuple[float, float, float]:
    """Displacement in the global frame, limited along each axis, and turn between two poses."""
    return _limited(next_x - x), _limited(next_y - y), wrapped(next_yaw - yaw)


@kernel
def delta_local_action(
    x: float, y: float, yaw: float, next_x: float, next_y: float, next_yaw: float
) -> tuple[float, float, float]:
    """Displacement in the vehicle's frame and turn between two poses.

    It is limited along the axes of both frames, one after the other, as in the peer.
    """
    dx, dy, turn = delta_global_action(x, y, yaw, next_x, next_y, next_yaw)
    c, s = math.cos(yaw), math.sin(yaw)
    return _limited(dx * c + dy * s), _limited(dy * c - dx * s), turn
