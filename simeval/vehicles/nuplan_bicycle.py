"""nuPlan's kinematic bicycle, for comparison with results of that benchmark."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.plans import principal_angle

__all__ = ["nuplan_bicycle_step"]

ACCELERATION_LAG = 0.2  # [s]
STEERING_LAG = 0.05  # [s]
MAX_STEERING = math.pi / 3.0  # [rad]


@kernel
def nuplan_bicycle_step(
    x: float, y: float, heading: float, speed: float, acceleration: float, steering: float,
    wanted_acceleration: float, wanted_steering_rate: float, wheelbase: float, dt: float,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """State (x, y, heading, speed, acceleration, steering) of the rear axle after dt.

    Explicit Euler with the speed and angle of the beginning; implicit first-order lags. The angle is
    limited, the speed is not kept from becoming negative. Source: nuPlan devkit 1.2,
    planning/simulation/controller/motion_model/kinematic_bicycle.py.
    """
    acceleration += dt / (dt + ACCELERATION_LAG) * (wanted_acceleration - acceleration)
    change = dt / (dt + STEERING_LAG) * (dt * wanted_steering_rate)
    x += speed * math.cos(heading) * dt
    y += speed * math.sin(heading) * dt
    heading = principal_angle(heading + speed * math.tan(steering) / wheelbase * dt)
    steering = min(max(steering + change, -MAX_STEERING), MAX_STEERING)
    return x, y, heading, speed + acceleration * dt, acceleration, steering
