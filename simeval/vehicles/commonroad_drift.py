"""CommonRoad's single track for drifting (STD): magic-formula tyres and spinning wheels.

Reference point is the centre of gravity. Source: Althoff & Würsching, CommonRoad: Vehicle Models, TU Munich
(2020). Around 0.2 m/s it fades into the kinematic model. The wheels are stiff (several hundred
1/s): with explicit steps of 0.01 s the wheel speeds are chaotic, and the same holds for the peer.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.commonroad_kinematic import kinematic_extras, ks_cog_rates, possible_inputs
from simeval.vehicles.commonroad_parameters import CommonRoadVehicle
from simeval.vehicles.magic_formula import tyre_force

__all__ = ["std_rates"]

GRAVITY = 9.81  # [m/s^2]
FADE_SPEED, FADE_WIDTH = 0.2, 0.05  # [m/s]
LEAST_SPEED = 0.1  # slips are taken at this speed or above [m/s]
WHEEL_TIME = 0.02  # the wheels' time constant in the kinematic model [s]


@kernel
def _wheel_rate(wheel: float, along: float, braking: float, driving: float, p: CommonRoadVehicle) -> float:
    """Angular acceleration of an axle's wheels; none when they would turn backwards."""
    if wheel < 0.0:
        return 0.0
    return 1.0 / p.wheel_inertia * (-p.wheel_radius * along + braking + driving)


@kernel
def _ground_speeds(
    steering: float, speed: float, yaw_rate: float, slip: float, p: CommonRoadVehicle
) -> tuple[float, float]:
    """Speeds over ground of front and rear wheels along their planes, never negative."""
    forward = speed * math.cos(slip)
    across = speed * math.sin(slip) + p.front * yaw_rate
    return max(0.0, forward * math.cos(steering) + across * math.sin(steering)), max(0.0, forward)


@kernel
def _slip_angles(
    steering: float, speed: float, yaw_rate: float, slip: float, p: CommonRoadVehicle
) -> tuple[float, float]:
    """Of the front and the rear tyres; zero at a crawl and in reverse."""
    if speed <= LEAST_SPEED:
        return 0.0, 0.0
    across, forward = speed * math.sin(slip), speed * math.cos(slip)
    front = math.atan((across + yaw_rate * p.front) / forward) - steering
    return front, math.atan((across - yaw_rate * p.rear) / forward)


@kernel
def std_rates(
    steering: float, speed: float, heading: float, yaw_rate: float, slip: float,
    front_wheel: float, rear_wheel: float, steering_rate: float, acceleration: float, p: CommonRoadVehicle,
) -> tuple[float, float, float, float, float, float, float, float, float]:  # fmt: skip
    """Derivatives of (x, y, steering, speed, heading, yaw rate, slip angle, two wheel speeds [rad/s])."""
    rate, gain = possible_inputs(steering, speed, steering_rate, acceleration, p)
    a, b, m, radius = p.front, p.rear, p.mass, p.wheel_radius
    front_ground, rear_ground = _ground_speeds(steering, speed, yaw_rate, slip, p)
    front_angle, rear_angle = _slip_angles(steering, speed, yaw_rate, slip, p)
    fx, fy = tyre_force(
        1.0 - radius * front_wheel / max(front_ground, LEAST_SPEED), front_angle,
        m * (-gain * p.cog_height + GRAVITY * b) / (b + a), p.tyre,
    )  # fmt: skip
    rx, ry = tyre_force(
        1.0 - radius * rear_wheel / max(rear_ground, LEAST_SPEED), rear_angle,
        m * (gain * p.cog_height + GRAVITY * a) / (b + a), p.tyre,
    )  # fmt: skip
    brake, drive = min(m * radius * gain, 0.0), max(m * radius * gain, 0.0)
    cs, ss, cd, sd = math.cos(slip), math.sin(slip), math.cos(steering - slip), math.sin(steering - slip)
    speed_gain = 1.0 / m * (-fy * sd + ry * ss + rx * cs + fx * cd)
    yaw_gain = 1.0 / p.yaw_inertia * (fy * math.cos(steering) * a - ry * b + fx * math.sin(steering) * a)
    slip_rate = 0.0
    if speed > LEAST_SPEED:
        slip_rate = -yaw_rate + 1.0 / (m * speed) * (fy * cd + ry * cs - rx * ss + fx * sd)
    front_gain = _wheel_rate(front_wheel, fx, p.front_braking * brake, p.front_drive * drive, p)
    rear_gain = _wheel_rate(
        rear_wheel, rx, (1.0 - p.front_braking) * brake, (1.0 - p.front_drive) * drive, p
    )  # fmt: skip
    w = 0.5 * (math.tanh((speed - FADE_SPEED) / FADE_WIDTH) + 1.0)
    k = 1.0 - w
    _, _, _, _, turn = ks_cog_rates(steering, speed, heading, rate, gain, p)
    calm_yaw, calm_slip = kinematic_extras(steering, speed, slip, rate, gain, p)
    calm_front = 1.0 / WHEEL_TIME * (front_ground / radius - max(front_wheel, 0.0))
    calm_rear = 1.0 / WHEEL_TIME * (rear_ground / radius - max(rear_wheel, 0.0))
    along = slip + heading
    return (
        speed * math.cos(along), speed * math.sin(along), rate, w * speed_gain + k * gain,
        w * yaw_rate + k * turn, w * yaw_gain + k * calm_yaw, w * slip_rate + k * calm_slip,
        w * front_gain + k * calm_front, w * rear_gain + k * calm_rear,
    )  # fmt: skip
