"""CommonRoad's dynamic single track with linear tyres and load transfer (ST), at the centre of gravity.

Source: Althoff & Würsching, CommonRoad: Vehicle Models, TU Munich (2020). Below 0.1 m/s the
kinematic model takes over, abruptly; `simeval.vehicles.single_track` is the model without that edge.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.commonroad_kinematic import kinematic_extras, ks_cog_rates, possible_inputs
from simeval.vehicles.commonroad_parameters import CommonRoadVehicle

__all__ = ["st_rates"]

GRAVITY = 9.81  # [m/s^2]
KINEMATIC_BELOW = 0.1  # [m/s]


@kernel
def st_rates(
    steering: float, speed: float, heading: float, yaw_rate: float, slip: float,
    steering_rate: float, acceleration: float, p: CommonRoadVehicle,
) -> tuple[float, float, float, float, float, float, float]:  # fmt: skip
    """Derivatives of (x, y, steering, speed, heading, yaw rate, slip angle)."""
    rate, gain = possible_inputs(steering, speed, steering_rate, acceleration, p)
    if math.fabs(speed) < KINEMATIC_BELOW:
        dx, dy, _, _, turn = ks_cog_rates(steering, speed, heading, rate, gain, p)
        yaw_gain, slip_rate = kinematic_extras(steering, speed, slip, rate, gain, p)
        return dx, dy, rate, gain, turn, yaw_gain, slip_rate
    mu, a, b, m, inertia = p.tyre.p_dy1, p.front, p.rear, p.mass, p.yaw_inertia
    stiffness = -p.tyre.p_ky1 / mu
    # load per unit of mass and wheelbase on each axle, shifted by the acceleration
    load_front = GRAVITY * b - gain * p.cog_height
    load_rear = GRAVITY * a + gain * p.cog_height
    front, rear = stiffness * load_front, stiffness * load_rear
    per_turn = mu * m / (inertia * (b + a))
    yaw_gain = (
        -mu * m / (speed * inertia * (b + a))
        * (a * a * stiffness * load_front + b * b * stiffness * load_rear) * yaw_rate
        + per_turn * (b * stiffness * load_rear - a * stiffness * load_front) * slip
        + per_turn * a * stiffness * load_front * steering
    )  # fmt: skip
    slip_rate = (
        (mu / (speed * speed * (b + a)) * (rear * b - front * a) - 1.0) * yaw_rate
        - mu / (speed * (b + a)) * (rear + front) * slip
        + mu / (speed * (b + a)) * front * steering
    )
    along = slip + heading
    return speed * math.cos(along), speed * math.sin(along), rate, gain, yaw_rate, yaw_gain, slip_rate
