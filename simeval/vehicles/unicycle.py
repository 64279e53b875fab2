"""Unicycle: turns on the spot, moves where it looks. For pedestrians and small robots.

Source: Siegwart, Nourbakhsh & Scaramuzza, Introduction to Autonomous Mobile Robots, 2nd ed., 3.2; the path
within a step is the circular arc of its mean speed, so with constant speed and yaw rate every step is exact
and otherwise the error of a whole run shrinks with dt^2.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["unicycle_step"]


@kernel
def unicycle_step(
    x: float, y: float, heading: float, speed: float, acceleration: float, yaw_rate: float, dt: float
) -> tuple[float, float, float, float]:
    """State (x, y, heading, speed) after dt, both inputs held. One that brakes to zero stands still and
    goes on turning; from standing, a negative acceleration makes it step back."""
    new_speed = speed + acceleration * dt
    distance = 0.5 * (speed + new_speed) * dt
    if speed * new_speed < 0.0:
        distance, new_speed = -0.5 * speed * speed / acceleration, 0.0
    half = 0.5 * yaw_rate * dt
    chord = distance * (math.sin(half) / half if math.fabs(half) > 1e-9 else 1.0)
    x += chord * math.cos(heading + half)
    y += chord * math.sin(heading + half)
    return x, y, heading + 2.0 * half, new_speed
