"""Kinematic single-track ("bicycle") model with first-order actuators, reference point: rear axle."""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel

__all__ = ["BicycleLimits", "bicycle_step"]


class BicycleLimits(NamedTuple):
    """What the actuators can do. Typical passenger cars; the lags are of the size of nuPlan's."""

    acceleration_lag: float = 0.2  # time constant of the drive line [s]
    steering_lag: float = 0.1  # time constant of the steering [s]
    max_acceleration: float = 5.0  # [m/s^2]
    max_braking: float = 9.0  # dry asphalt [m/s^2]
    max_steering: float = 0.7  # road-wheel angle [rad]
    max_steering_rate: float = 1.0  # [rad/s]


@kernel
def _lagged(value: float, wanted: float, lag: float, dt: float) -> tuple[float, float]:
    """First-order lag, solved exactly: the value after dt, and its mean over dt."""
    if lag <= 0.0:
        return wanted, wanted
    share = 1.0 - math.exp(-dt / lag)
    return value + (wanted - value) * share, wanted + (value - wanted) * share * lag / dt


@kernel
def bicycle_step(
    x: float, y: float, heading: float, speed: float, acceleration: float, steering: float,
    wanted_acceleration: float, wanted_steering: float, wheelbase: float, dt: float, limits: BicycleLimits,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """State (x, y, heading, speed, acceleration, steering) of the rear axle after dt.

    heading' = speed * tan(steering) / wheelbase (Rajamani, Vehicle Dynamics and Control, 2nd ed., 2.2,
    written for the rear axle). Actuators follow their commands with a first-order lag, solved exactly;
    steering within the step is its mean, so the position is that of a circular arc and the error of a
    whole run shrinks with dt^2. A vehicle that brakes to zero stands: it does not start to reverse.
    """
    wanted = min(max(wanted_acceleration, -limits.max_braking), limits.max_acceleration)
    new_acceleration, mean_acceleration = _lagged(acceleration, wanted, limits.acceleration_lag, dt)
    angle = min(max(wanted_steering, -limits.max_steering), limits.max_steering)
    new_steering, _ = _lagged(steering, angle, limits.steering_lag, dt)
    most = limits.max_steering_rate * dt
    new_steering = steering + min(max(new_steering - steering, -most), most)
    new_speed = speed + mean_acceleration * dt
    distance = 0.5 * (speed + new_speed) * dt
    if speed * new_speed < 0.0 or (speed == 0.0 and new_speed < 0.0):
        distance = -0.5 * speed * speed / mean_acceleration
        new_speed, new_acceleration = 0.0, 0.0
    turn = distance * math.tan(0.5 * (steering + new_steering)) / wheelbase
    half = 0.5 * turn
    chord = distance * (math.sin(half) / half if math.fabs(half) > 1e-9 else 1.0)
    x += chord * math.cos(heading + half)
    y += chord * math.sin(heading + half)
    return x, y, heading + turn, new_speed, new_acceleration, new_steering
