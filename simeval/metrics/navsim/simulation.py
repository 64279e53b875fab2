"""What becomes of a plan: four seconds of nuPlan's tracker and bicycle, as NAVSIM simulates each proposal.

Source: autonomousvision/navsim 0a380a9, planner/pdm_planner/simulation.
"""

from __future__ import annotations

import math
from enum import IntEnum
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.vehicles.lqr import lqr_command
from simeval.vehicles.lqr_profiles import JERK_PENALTY, fit_curvatures
from simeval.vehicles.nuplan_bicycle import STEERING_LAG, nuplan_bicycle_step
from simeval.vehicles.plans import unwrap_headings

__all__ = ["STEP", "STEPS", "Column", "ego_of_states", "simulate"]

STEP = 0.1  # [s]
STEPS = 40  # after the present one: four seconds


class Column(IntEnum):
    """Columns of a simulated state: of the rear axle, velocities and accelerations in the vehicle's frame."""

    X = 0
    Y = 1
    HEADING = 2
    SPEED = 3
    ACROSS = 4  # velocity; 0 in the model
    ACCELERATION = 5
    ACCELERATION_ACROSS = 6  # 0 in the model: a bend is no acceleration to NAVSIM
    STEERING = 7
    STEERING_RATE = 8
    YAW_RATE = 9
    YAW_ACCELERATION = 10


@kernel
def _roll(plan: Array, speeds: Array, curvatures: Array, wheelbase: float, out: Array) -> None:
    """Fills rows 1 and on of `out` from row 0."""
    for k in range(len(out) - 1):
        s = out[k]
        acceleration, rate = lqr_command(
            s[0], s[1], s[2], s[3], s[7], wheelbase, plan, STEP, speeds, curvatures, k * STEP
        )
        x, y, heading, speed, gained, steering = nuplan_bicycle_step(
            s[0], s[1], s[2], s[3], s[5], s[7], acceleration, rate, wheelbase, STEP
        )
        n = out[k + 1]
        n[0], n[1], n[2], n[3], n[4], n[5], n[6] = x, y, heading, speed, 0.0, gained, 0.0
        n[7] = steering
        n[8] = STEP / (STEP + STEERING_LAG) * rate  # before the limit of the angle, as there
        n[9] = speed * math.tan(steering) / wheelbase
        n[10] = (n[9] - s[9]) / STEP


def simulate(plan: Float[Array, "n 3"], now: Float[Array, "11"], wheelbase: float) -> Float[Array, "n 11"]:
    """States that a plan leads to, the present one first.

    Args:
        plan: poses x, y [m], heading [rad] of the rear axle, 0.1 s apart; the first is that of now.
        now: the present state, columns as in `Column`.
        wheelbase: [m].
    """
    poses = np.array(plan, dtype=np.float64)
    unwrap_headings(poses)
    count = len(poses) - 1
    speeds, curvatures, work = _speeds(poses), np.zeros(count), np.zeros((count, 3))
    fit_curvatures(poses, speeds, curvatures, work)
    out = np.zeros((len(poses), len(Column)))
    out[0] = now
    _roll(poses, speeds, curvatures, float(wheelbase), out)
    return out


def _speeds(poses: Float[Array, "n 3"]) -> Float[Array, "n_less_1"]:
    """Speed of each interval of a plan [m/s].

    Not nuPlan's: there changes of the acceleration are penalised. NAVSIM's difference matrix overwrites its
    own upper diagonal, so that accelerations themselves are, all but the last two, which keep one difference.
    """
    way = np.diff(poses[:, :2], axis=0)
    heading = poses[:-1, 2]
    return np.asarray(
        _smoother(len(way)) @ (np.cos(heading) * way[:, 0] + np.sin(heading) * way[:, 1]) / STEP
    )


@lru_cache(maxsize=8)
def _smoother(count: int) -> Float[Array, "m m"]:
    """Least squares as a matrix: it is the same for all plans of a length of at least 3 intervals."""
    penalised = np.diff(np.eye(count), axis=0)
    penalised[-2] = penalised[-1] - penalised[-2]
    rows = penalised[:-1]
    return np.linalg.inv(np.eye(count) + JERK_PENALTY / STEP**4 * rows.T @ rows)


def ego_of_states(
    states: Float[Array, "t 11"], *, length: float, width: float, rear_to_centre: float
) -> NuplanEgo:
    """Simulated states as the vehicle that nuPlan's metrics look at."""
    return NuplanEgo(
        time=np.arange(len(states)) * STEP, rear_xy=states[:, :2], heading=states[:, Column.HEADING],
        velocity=states[:, [Column.SPEED, Column.ACROSS]],
        acceleration=states[:, [Column.ACCELERATION, Column.ACCELERATION_ACROSS]],
        yaw_rate=states[:, Column.YAW_RATE], yaw_acceleration=states[:, Column.YAW_ACCELERATION],
        length=length, width=width, rear_to_centre=rear_to_centre,
    )  # fmt: skip
