"""CommonRoad's kinematic single tracks: rear axle (KS), centre of gravity (KS_COG), with trailer (KST).

Source: Althoff & Würsching, CommonRoad: Vehicle Models, TU Munich (2020). Inputs are the steering rate and
the acceleration; what the vehicle cannot do is cut off inside the derivative. Order of operations is that
of commonroad-vehicle-models 3.0.2, so that results agree to the last bits.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.commonroad_parameters import CommonRoadVehicle

__all__ = ["kinematic_extras", "ks_cog_rates", "ks_rates", "kst_hitch_rate", "possible_inputs"]


@kernel
def possible_inputs(
    steering: float, speed: float, steering_rate: float, acceleration: float, p: CommonRoadVehicle
) -> tuple[float, float]:
    """Steering rate and acceleration that angle, speed and the engine's power leave of those asked for."""
    rate = min(max(steering_rate, p.min_steering_rate), p.max_steering_rate)
    if (steering <= p.min_steering and rate <= 0.0) or (steering >= p.max_steering and rate >= 0.0):
        rate = 0.0
    strongest = p.max_acceleration
    if speed > p.switch_speed:
        strongest = p.max_acceleration * p.switch_speed / speed
    if (speed <= p.min_speed and acceleration <= 0.0) or (speed >= p.max_speed and acceleration >= 0.0):
        return rate, 0.0
    return rate, min(max(acceleration, -p.max_acceleration), strongest)


@kernel
def ks_rates(
    steering: float, speed: float, heading: float, steering_rate: float, acceleration: float,
    p: CommonRoadVehicle,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Derivatives of (x, y, steering, speed, heading) of the rear axle."""
    rate, gain = possible_inputs(steering, speed, steering_rate, acceleration, p)
    turn = speed / (p.front + p.rear) * math.tan(steering)
    return speed * math.cos(heading), speed * math.sin(heading), rate, gain, turn


@kernel
def ks_cog_rates(
    steering: float, speed: float, heading: float, rate: float, gain: float, p: CommonRoadVehicle
) -> tuple[float, float, float, float, float]:
    """Derivatives of (x, y, steering, speed, heading) of the centre of gravity, from possible inputs."""
    wheelbase = p.front + p.rear
    slip = math.atan(math.tan(steering) * p.rear / wheelbase)
    turn = speed * math.cos(slip) * math.tan(steering) / wheelbase
    return speed * math.cos(slip + heading), speed * math.sin(slip + heading), rate, gain, turn


@kernel
def kinematic_extras(
    steering: float, speed: float, slip: float, rate: float, gain: float, p: CommonRoadVehicle
) -> tuple[float, float]:
    """Derivatives of yaw rate and slip angle while the dynamic models drive kinematically.

    The denominator of the slip rate has tan^2 where differentiating the slip angle gives tan: as in the
    peer. It matters below walking pace only.
    """
    wheelbase, cos2, tan = p.front + p.rear, math.cos(steering) ** 2, math.tan(steering)
    squared = tan * tan * p.rear / wheelbase
    slip_rate = p.rear * rate / (wheelbase * cos2 * (1.0 + squared * squared))
    pushed = gain * math.cos(slip) * tan - speed * math.sin(slip) * slip_rate * tan
    return 1.0 / wheelbase * (pushed + speed * math.cos(slip) * rate / cos2), slip_rate


@kernel
def kst_hitch_rate(steering: float, speed: float, hitch: float, p: CommonRoadVehicle) -> float:
    """Derivative of the hitch angle: heading of the trailer minus heading of the truck, coupled above the
    rear axle. Beyond a right angle it is frozen; the peer also clamps the state it was given."""
    if math.fabs(hitch) > math.pi / 2.0:
        return 0.0
    return -speed * (math.sin(hitch) / p.trailer_wheelbase + math.tan(steering) / (p.front + p.rear))
