"""The kinematic vehicle of HighwayEnv, for comparison with results of that simulator.

Source: HighwayEnv 1.12.1 (commit 07b824f), highway_env/vehicle/kinematics.py, after Polack et al., The
Kinematic Bicycle Model, IEEE IV 2017. Kept as it is there: explicit Euler, half the box length as distance
to the axles, no wrapping, speeds beyond the limits decay instead of being cut, a crashed vehicle rolls out.
There the cut command replaces the given one and stays until a new one is given: to hold a command, feed
`highwayenv_command` its own result.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["highwayenv_command", "highwayenv_step"]

MAX_SPEED, MIN_SPEED = 40.0, -40.0  # [m/s]


@kernel
def highwayenv_command(
    speed: float, acceleration: float, steering: float, has_crashed: bool
) -> tuple[float, float]:
    """Acceleration and steering angle of the front wheels that are left of those asked for."""
    if has_crashed:
        steering, acceleration = 0.0, -1.0 * speed
    if speed > MAX_SPEED:
        acceleration = min(acceleration, MAX_SPEED - speed)
    elif speed < MIN_SPEED:
        acceleration = max(acceleration, MIN_SPEED - speed)
    return acceleration, steering


@kernel
def highwayenv_step(
    x: float, y: float, heading: float, speed: float, acceleration: float, steering: float,
    length: float, dt: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """State (x, y, heading, speed) of the centre of a box of this length after dt, for a possible command."""
    slip = math.atan(0.5 * math.tan(steering))
    x += speed * math.cos(heading + slip) * dt
    y += speed * math.sin(heading + slip) * dt
    heading += speed * math.sin(slip) / (length / 2.0) * dt
    return x, y, heading, speed + acceleration * dt
