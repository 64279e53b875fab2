"""Do commands look like what the form wants, or like other units? Compared with what idm does there.

Thresholds stand beside their reasons: they separate mistakes of a factor (57 for degrees, 3.6 for km/h)
from drivers of different temper, so an untrained policy with small answers passes.
"""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.checking.contract import Answers
from simeval.checking.probe import Probe
from simeval.checking.report import Check, fail, ok, warn
from simeval.checking.samples import Samples
from simeval.checking.statistics import likeness, middle, most
from simeval.checking.units_plan import check_plan
from simeval.vehicles.bicycle import BicycleLimits

__all__ = ["check_units"]

LIMITS = BicycleLimits()
ALIKE = 0.8  # correlation from which answers count as the same thing in other units
STEERS = 0.01  # [rad] idm steers at all
CLEARLY_MOVING = 3.0  # [m/s]
WHEEL_MOST = 1.5  # [rad] 86 degrees: no road wheel turns so far
TYRE_MOST = 15.0  # [m/s^2] racing cars without wings do not reach this
TURN_MOST = 1.0  # [1/m] a circle of 2 m across; a car needs 10 m


def check_units(probe: Probe, samples: Samples, answers: Answers) -> list[Check]:
    """Checks of every column, of active rows with finite answers."""
    active = np.array([seen.active.numpy() for seen in samples.observations])
    finite = np.isfinite(answers.actions).reshape(*active.shape, -1).all(axis=-1)
    rows = active & finite
    if not rows.any():
        return []
    action, speed = answers.actions[rows], samples.speed[rows]
    if probe.spec.action == "trajectory":
        return check_plan(action, speed, probe.spec)
    teacher = samples.teacher[rows]
    checks = [_acceleration(action[:, 0], speed)]
    if probe.spec.action == "acceleration_steering":
        checks.append(_steering(action[:, 1], teacher[:, 1]))
    elif probe.spec.action == "acceleration_curvature":
        base = np.broadcast_to(samples.wheelbase, rows.shape)[rows]
        checks.append(_curvature(action[:, 1], np.tan(teacher[:, 1]) / base))
    else:
        checks.append(_rate(action[:, 1]))
    return checks


def _acceleration(values: Array, speed: Array) -> Check:
    name, moving = "acceleration", speed > CLEARLY_MOVING
    alike, _ = likeness(values[moving], speed[moving])
    times, usual = middle(values[moving] / speed[moving]), middle(values)
    example = f"{middle(values[moving]):.3g} at {middle(speed[moving]):.3g} m/s"
    if alike > 0.95 and 2.5 < times < 5.0:
        return fail(name, f"looks like a speed in km/h: {example}.", "The form wants m/s^2.")
    if alike > 0.95 and 0.6 < times < 1.6:
        return fail(name, f"looks like a speed in m/s: {example}.", "The form wants m/s^2.")
    if usual > LIMITS.max_acceleration:
        what = f"is {usual:.3g} m/s^2 in the middle; a car reaches {LIMITS.max_acceleration:g}"
        return fail(name, f"{what}. Looks like a wanted speed.", "The form wants m/s^2.")
    if most(values) > TYRE_MOST:
        what = f"reaches {most(values):.3g} m/s^2; tyres hold up to about 10"
        return fail(name, f"{what}. Looks like km/h, or a missing scale.", "The form wants m/s^2.")
    high, low = float(values.max()), float(values.min())
    if high > LIMITS.max_acceleration or low < -LIMITS.max_braking:
        limits = f"-{LIMITS.max_braking:g} to {LIMITS.max_acceleration:g}"
        return warn(name, f"{low:.3g} to {high:.3g} m/s^2; the vehicle cuts it to {limits}.")
    return ok(name, f"{low:.3g} to {high:.3g} m/s^2")


def _steering(values: Array, teacher: Array) -> Check:
    name, turning = "steering", np.abs(teacher) > STEERS
    alike, times = likeness(values[turning], teacher[turning])
    largest, usual = most(values), most(teacher[turning])
    compared = f"{largest:.3g} rad; a driver steers {usual:.2g} rad there"
    if (alike > ALIKE and 25.0 < times < 120.0) or largest > WHEEL_MOST:
        return fail(name, f"looks like degrees: {compared}.", "The form wants radians.")
    if alike > ALIKE and 7.0 < times <= 25.0:
        advice = "The form wants the angle of the road wheels."
        return warn(name, f"looks like the angle of the steering wheel: {compared}.", advice)
    if alike < -ALIKE:
        advice = "The form counts angles to the left as positive."
        return fail(name, "steers right where the road needs left, and left where right.", advice)
    if largest > LIMITS.max_steering:
        return warn(name, f"up to {largest:.3g} rad; the vehicle cuts it to {LIMITS.max_steering:g}.")
    return ok(name, f"up to {largest:.3g} rad (idm: {usual:.2g})")


def _curvature(values: Array, teacher: Array) -> Check:
    name, turning = "curvature", np.abs(teacher) > 0.003
    alike, times = likeness(values[turning], teacher[turning])
    largest, usual = most(values), most(teacher[turning])
    if alike < -ALIKE:
        advice = "The form counts curves to the left as positive."
        return fail(name, "turns right where the road needs left, and left where right.", advice)
    if largest > TURN_MOST:
        found = (
            f"up to {largest:.3g} 1/m, a circle {2.0 / largest:.2g} m across. Looks like a radius or degrees."
        )
        return fail(name, found, "The form wants 1/m.")
    if alike > 0.95 and 2.0 < times < 5.0:
        found = f"{times:.2g} times what a driver does. Looks like a steering angle."
        return warn(name, found, "Curvature is tan(angle) / wheelbase.")
    return ok(name, f"up to {largest:.3g} 1/m (idm: {usual:.2g})")


def _rate(values: Array) -> Check:
    name, largest, limit = "steering rate", most(values), LIMITS.max_steering_rate
    if largest > 6.0 * limit:
        found = f"looks like degrees per second: {largest:.3g} rad/s; steering moves at up to {limit:g}."
        return fail(name, found, "The form wants rad/s.")
    if largest > limit:
        return warn(name, f"up to {largest:.3g} rad/s; the vehicle cuts it to {limit:g}.")
    return ok(name, f"up to {largest:.3g} rad/s")
