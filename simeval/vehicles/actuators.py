"""A kinematic single track with all its limits: engine, brakes, steering and the road's friction.

It composes the kernels of `limits` and `air_brakes` around the model of `bicycle` (rear axle, heading' =
speed * tan(steering) / wheelbase). Within a step steering and acceleration act by their means, so the path
is a circular arc and the error of a whole run shrinks with dt^2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel
from simeval.vehicles.air_brakes import AirBrake, air_brake_step
from simeval.vehicles.limits import (
    limited_by_friction,
    limited_by_power,
    limited_curvature,
    limited_jerk,
    limited_steering,
)

__all__ = ["DriveLimits", "actuated_step", "longitudinal_step"]


class DriveLimits(NamedTuple):
    """What drive line, brakes and steering can do; see `simeval.vehicles.limits`."""

    max_acceleration: float  # [m/s^2]
    specific_power: float  # at the wheels [W/kg]
    max_braking: float  # fully developed, dry asphalt [m/s^2]
    max_steering: float  # road-wheel angle of the single track [rad]
    max_steering_rate: float  # [rad/s]
    max_jerk: float  # of the drive line [m/s^3]; brakes rise as `brake` says
    brake: AirBrake


@kernel
def longitudinal_step(
    speed: float, drive: float, braking: float, waited: float, wanted: float, lateral: float,
    friction: float, dt: float, p: DriveLimits,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Path [m] in the step, then speed, drive, braking and dead time passed after it.

    Everything is counted in the direction of travel, `speed` >= 0. `drive` and `braking` are the
    accelerations that engine and brakes give, both >= 0; `wanted` below zero asks for the brakes.
    """
    pull = limited_by_friction(
        limited_by_power(max(wanted, 0.0), speed, p.max_acceleration, p.specific_power), lateral, friction
    )
    new_drive = max(0.0, limited_jerk(drive, pull, p.max_jerk, dt))
    demand = limited_by_friction(min(max(-wanted, 0.0), p.max_braking), lateral, friction)
    # On a road that has just become slippery the brakes give no more than it takes.
    held = limited_by_friction(braking, lateral, friction)
    new_braking, waited, slowed = air_brake_step(held, waited, demand, dt, p.brake)
    acceleration = 0.5 * (drive + new_drive) - slowed
    new_speed = speed + acceleration * dt
    if new_speed < 0.0:
        return -0.5 * speed * speed / acceleration, 0.0, new_drive, new_braking, waited
    return 0.5 * (speed + new_speed) * dt, new_speed, new_drive, new_braking, waited


@kernel
def actuated_step(
    x: float, y: float, heading: float, speed: float, drive: float, braking: float, waited: float,
    steering: float, wanted_acceleration: float, wanted_steering: float, reverses: bool,
    wheelbase: float, friction: float, dt: float, p: DriveLimits,
) -> tuple[float, float, float, float, float, float, float, float, float]:  # fmt: skip
    """State (x, y, heading, speed, drive, braking, dead time passed, steering) after dt, and the path.

    Args:
        x, y, heading, speed: of the rear axle; speed and path are negative in reverse.
        drive, braking, waited, steering: of the actuators; start with 0.
        wanted_acceleration: along the heading [m/s^2]; in reverse gear a positive one brakes.
        wanted_steering: road-wheel angle [rad].
        reverses: the gear. A vehicle never moves against its gear: it stands.
        wheelbase: [m].
        friction: between tyres and road. Steering beyond it leaves the wheels where they are and widens
            the path; what cornering takes is not there for engine and brakes.
        dt: step [s].
        p: limits.
    """
    way = -1.0 if reverses else 1.0
    ahead = max(way * speed, 0.0)
    new_steering = limited_steering(steering, wanted_steering, p.max_steering, p.max_steering_rate, dt)
    wanted_bend = math.tan(0.5 * (steering + new_steering)) / wheelbase
    bend = limited_curvature(wanted_bend, ahead, friction)
    path, new_speed, new_drive, new_braking, waited = longitudinal_step(
        ahead, drive, braking, waited, way * wanted_acceleration, ahead * ahead * bend, friction, dt, p
    )
    distance = way * path
    half = 0.5 * distance * bend
    chord = distance * (math.sin(half) / half if math.fabs(half) > 1e-9 else 1.0)
    x += chord * math.cos(heading + half)
    y += chord * math.sin(heading + half)
    heading += 2.0 * half
    return x, y, heading, way * new_speed, new_drive, new_braking, waited, new_steering, distance
