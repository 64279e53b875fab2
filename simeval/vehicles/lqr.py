"""nuPlan's LQR tracker: acceleration and steering rate that lead a vehicle back to its plan.

Constants and order of operations are those of the nuPlan devkit 1.2, planning/simulation/controller/
tracker/lqr.py with config lqr_tracker.yaml. Beyond the end of the plan, where that one stops with an
error, the plan goes on straight at its last speed.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.vehicles.lqr_profiles import STEP
from simeval.vehicles.plans import pose_at, principal_angle, profile_at

__all__ = ["HORIZON", "lateral_rate", "lqr_command", "lqr_errors"]

HORIZON = 10  # steps of STEP ahead at which errors are weighed
SPEED_WEIGHT, ACCELERATION_WEIGHT = 10.0, 1.0
OFFSET_WEIGHT, HEADING_WEIGHT, RATE_WEIGHT = 1.0, 10.0, 1.0
STOPPING_SPEED, STOPPING_GAIN = 0.2, 0.5  # [m/s], [1/s]
END_SLACK = 1e-6  # [s] a time this close to the end of a plan is on it


@kernel
def lqr_errors(
    poses: Array, spacing: float, time: float, x: float, y: float, heading: float
) -> tuple[float, float]:
    """How far left of its plan [m], and turned from it [rad], a rear axle is at a time since its start."""
    there_x, there_y, there_heading = pose_at(poses, spacing, time)
    dx, dy = x - there_x, y - there_y
    offset = -dx * math.sin(there_heading) + dy * math.cos(there_heading)
    return offset, principal_angle(heading - principal_angle(there_heading))


@kernel
def lateral_rate(
    offset: float, turned: float, steering: float, speed: float, acceleration: float, wheelbase: float,
    curvatures: Array, time: float, is_over: bool,
) -> float:  # fmt: skip
    """Steering rate [rad/s], held over the horizon, that makes the weighed errors at its end smallest.

    The linearised bicycle is rolled out twice in one pass: without steering from the present errors, and
    from zero with a rate of one.
    """
    by_rate_offset, by_rate_turned, by_rate_angle = 0.0, 0.0, 0.0
    for k in range(HORIZON):
        travelled = (speed + k * STEP * acceleration) * STEP
        wanted = 0.0 if is_over else profile_at(curvatures, STEP, time + k * STEP)
        offset += travelled * turned
        turned += travelled * (steering / wheelbase - wanted)
        by_rate_offset += travelled * by_rate_turned
        by_rate_turned += travelled / wheelbase * by_rate_angle
        by_rate_angle += STEP
    gain = OFFSET_WEIGHT * by_rate_offset * by_rate_offset + HEADING_WEIGHT * by_rate_turned * by_rate_turned
    push = OFFSET_WEIGHT * by_rate_offset * offset + HEADING_WEIGHT * by_rate_turned * principal_angle(turned)
    return -push / (gain + RATE_WEIGHT)


@kernel
def lqr_command(
    x: float, y: float, heading: float, speed: float, steering: float, wheelbase: float,
    poses: Array, spacing: float, speeds: Array, curvatures: Array, time: float,
) -> tuple[float, float]:  # fmt: skip
    """Acceleration [m/s^2] and steering rate [rad/s] for a rear axle at a time since its plan's start.

    Args:
        x, y, heading, speed: of the rear axle.
        steering: road-wheel angle [rad].
        wheelbase: [m].
        poses: [p, >= 3] planned poses of the rear axle, headings continuous.
        spacing: of the poses [s].
        speeds, curvatures: profiles of the plan, `STEP` apart; see `lqr_profiles`.
        time: since the first pose [s].
    """
    wanted = profile_at(speeds, STEP, time + HORIZON * STEP)
    if wanted <= STOPPING_SPEED and speed <= STOPPING_SPEED:
        return -STOPPING_GAIN * (speed - wanted), 0.0
    reach = HORIZON * STEP
    acceleration = (
        -reach * SPEED_WEIGHT * (speed - wanted) / (reach * reach * SPEED_WEIGHT + ACCELERATION_WEIGHT)
    )
    offset, turned = lqr_errors(poses, spacing, time, x, y, heading)
    is_over = time > (len(poses) - 1) * spacing + END_SLACK
    rate = lateral_rate(
        offset, turned, steering, speed, acceleration, wheelbase, curvatures, time, is_over
    )  # fmt: skip
    return acceleration, rate
