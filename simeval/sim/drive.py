"""One step of a vehicle that is driven by commands: kinematic, with the limits of its actuators, or with
slipping tyres too."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel
from simeval.sim.tables import Row
from simeval.vehicles.actuators import DriveLimits, actuated_step, longitudinal_step
from simeval.vehicles.air_brakes import AirBrake
from simeval.vehicles.bicycle import BicycleLimits, bicycle_step
from simeval.vehicles.limits import limited_steering
from simeval.vehicles.single_track import SingleTrack, single_track_step

__all__ = ["LIMITS", "drive", "jump", "read_steering"]

ACTUATED, DYNAMIC = 1, 2  # models of the vehicle table
LIMITS = BicycleLimits()


@kernel
def _limits(car: Row) -> DriveLimits:
    return DriveLimits(
        car.max_acceleration, car.specific_power, car.max_braking, car.max_steering, car.max_steering_rate,
        car.max_jerk, AirBrake(car.dead_time, car.build_up, car.release),
    )  # fmt: skip


@kernel
def _place(it: Row, me: Row, x: float, y: float, heading: float, speed: float, turn: float) -> None:
    """Writes the centre's state from that of the rear axle, which does not slip."""
    c, s = math.cos(heading), math.sin(heading)
    me.x, me.y, me.heading = x - it.axle * c, y - it.axle * s, wrap_angle(heading)
    me.vx, me.vy = speed * c + turn * it.axle * s, speed * s - turn * it.axle * c
    me.speed, me.yaw_rate = speed, turn


@kernel
def _kinematic(it: Row, me: Row, own: Row, x: float, y: float, dt: float) -> None:
    x, y, heading, speed, acceleration, steering = bicycle_step(
        x, y, me.heading, me.speed, own.acceleration, own.steering,
        own.told_acceleration, own.told_steering, it.wheelbase, dt, LIMITS,
    )  # fmt: skip
    own.acceleration, own.steering = acceleration, steering
    _place(it, me, x, y, heading, speed, speed * math.tan(steering) / it.wheelbase)


@kernel
def _actuated(it: Row, me: Row, own: Row, car: Row, x: float, y: float, dt: float) -> None:
    before = me.heading
    x, y, heading, speed, own.drive, own.braking, own.waited, own.steering, distance = actuated_step(
        x, y, before, me.speed, own.drive, own.braking, own.waited, own.steering,
        own.told_acceleration, own.told_steering, me.speed < 0.0, it.wheelbase, car.friction, dt,
        _limits(car),
    )  # fmt: skip
    own.acceleration = (speed - me.speed) / dt
    bend = (heading - before) / distance if distance != 0.0 else 0.0
    _place(it, me, x, y, heading, speed, speed * bend)


@kernel
def _dynamic(it: Row, me: Row, own: Row, car: Row, dt: float) -> None:
    """The centre of gravity moves; the drive line gives what power, brakes and the friction circle allow."""
    limits, way = _limits(car), -1.0 if me.speed < 0.0 else 1.0
    steering = limited_steering(
        own.steering, own.told_steering, limits.max_steering, limits.max_steering_rate, dt
    )
    _, speed, own.drive, own.braking, own.waited = longitudinal_step(
        way * me.speed, own.drive, own.braking, own.waited, way * own.told_acceleration,
        me.speed * me.yaw_rate, car.friction, dt, limits,
    )  # fmt: skip
    own.acceleration = (way * speed - me.speed) / dt
    c, s, g = math.cos(me.heading), math.sin(me.heading), car.gravity_centre
    x, y, heading, forward, slide, turn = single_track_step(
        me.x + g * c, me.y + g * s, me.heading, me.speed, own.slide, me.yaw_rate, own.acceleration,
        own.steering, steering, dt,
        SingleTrack(
            car.mass, car.yaw_inertia, car.front, car.rear, car.front_stiffness, car.rear_stiffness,
            car.friction,
        ),
    )  # fmt: skip
    c, s = math.cos(heading), math.sin(heading)
    aside = slide - turn * g
    me.x, me.y, me.heading = x - g * c, y - g * s, wrap_angle(heading)
    me.vx, me.vy = forward * c - aside * s, forward * s + aside * c
    me.speed, me.yaw_rate, own.slide, own.steering = forward, turn, slide, steering


@kernel
def read_steering(own: Row, car: Row) -> float:
    """The road-wheel angle as whoever steers reads it: with the error of the actuator [rad]."""
    return float((own.steering - car.steer_offset) / car.steer_gain)


@kernel
def drive(it: Row, me: Row, own: Row, car: Row, dt: float) -> None:
    """Moves a vehicle by its command; `it` and `me` are its rows as an agent, `own` and `car` as driven."""
    own.told_acceleration = car.accel_gain * own.wanted_acceleration
    own.told_steering = car.steer_gain * own.wanted_steering + car.steer_offset
    if car.model == DYNAMIC:
        _dynamic(it, me, own, car, dt)
        return
    x, y = me.x + it.axle * math.cos(me.heading), me.y + it.axle * math.sin(me.heading)
    if car.model == ACTUATED:
        _actuated(it, me, own, car, x, y, dt)
    else:
        _kinematic(it, me, own, x, y, dt)


@kernel
def jump(it: Row, me: Row, own: Row, dt: float) -> None:
    """Puts a vehicle on the wanted pose; velocity, acceleration and steering follow from the motion."""
    me.vx, me.vy = (own.target_x - me.x) / dt, (own.target_y - me.y) / dt
    me.yaw_rate = wrap_angle(own.target_heading - me.heading) / dt
    own.acceleration = (own.target_speed - me.speed) / dt
    bend = me.yaw_rate / own.target_speed if math.fabs(own.target_speed) > 0.5 else 0.0
    own.steering = math.atan(it.wheelbase * bend)
    me.x, me.y, me.heading, me.speed = own.target_x, own.target_y, own.target_heading, own.target_speed
