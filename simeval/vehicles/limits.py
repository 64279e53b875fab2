"""What actuators, engine and road allow: small kernels that compose, each cutting one wish.

None of them needs a vehicle table: pass the few numbers of the vehicle at hand.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = [
    "limited_braking", "limited_by_friction", "limited_by_power", "limited_change", "limited_curvature",
    "limited_jerk", "limited_steering",
]  # fmt: skip

GRAVITY = 9.81  # [m/s^2]


@kernel
def limited_change(value: float, wanted: float, fastest: float, dt: float) -> float:
    """What is reached after dt when the value may change by `fastest` a second."""
    most = fastest * dt
    return value + min(max(wanted - value, -most), most)


@kernel
def limited_steering(steering: float, wanted: float, largest: float, fastest: float, dt: float) -> float:
    """Road-wheel angle after dt [rad], within +-`largest` [rad] and at most `fastest` [rad/s]."""
    return limited_change(steering, min(max(wanted, -largest), largest), fastest, dt)


@kernel
def limited_jerk(acceleration: float, wanted: float, jerk: float, dt: float) -> float:
    """Acceleration after dt when it may change by `jerk` [m/s^3]."""
    return limited_change(acceleration, wanted, jerk, dt)


@kernel
def limited_by_power(wanted: float, speed: float, strongest: float, specific_power: float) -> float:
    """Acceleration that the drive line can give: at most `strongest` [m/s^2] and `specific_power` / speed.

    Force times speed is power, so with P / m [W/kg] the acceleration is at most P / (m |v|) in the
    direction of motion; against it nothing is cut. `strongest` * v_switch is the specific power of a
    model that is given by a switching speed. Losses (air, rolling, drive line) are not taken off.
    """
    fast = math.fabs(speed)
    if wanted * speed < 0.0:
        return wanted
    most = strongest
    if fast * strongest > specific_power:
        most = specific_power / fast
    return min(max(wanted, -most), most)


@kernel
def limited_braking(wanted: float, speed: float, strongest: float) -> float:
    """Acceleration with the part against the motion cut to `strongest` [m/s^2]."""
    if speed > 0.0:
        return max(wanted, -strongest)
    if speed < 0.0:
        return min(wanted, strongest)
    return wanted


@kernel
def limited_by_friction(wanted: float, lateral: float, friction: float) -> float:
    """Longitudinal acceleration that the friction circle leaves beside a lateral one [m/s^2].

    a_x^2 + a_y^2 <= (friction * g)^2; Gillespie, Fundamentals of Vehicle Dynamics (1992), chapter 10.
    Cornering is served first: nothing is left when it alone is at the limit.
    """
    grip = friction * GRAVITY
    left = math.sqrt(max(0.0, grip * grip - lateral * lateral))
    return min(max(wanted, -left), left)


@kernel
def limited_curvature(wanted: float, speed: float, friction: float) -> float:
    """Curvature [1/m] that can be driven at a speed: speed^2 * curvature <= friction * g. What a kinematic
    model steers beyond it would be sliding."""
    grip, square = friction * GRAVITY, speed * speed
    if math.fabs(wanted) * square <= grip:
        return wanted
    return math.copysign(grip / square, wanted)
