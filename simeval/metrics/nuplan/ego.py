"""The ego as nuPlan's metrics see it: states of the rear axle over time, in the vehicle's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import corners

__all__ = ["NuplanEgo"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NuplanEgo:
    """States of one vehicle over the steps t; its box has its centre `rear_to_centre` ahead of the axle."""

    time: Float[Array, "t"]  # [s]
    rear_xy: Float[Array, "t 2"]  # [m]
    heading: Float[Array, "t"]  # [rad]
    velocity: Float[Array, "t 2"]  # of the rear axle, along and across the vehicle [m/s]
    acceleration: Float[Array, "t 2"]  # likewise [m/s^2]
    yaw_rate: Float[Array, "t"]  # [rad/s]
    yaw_acceleration: Float[Array, "t"]  # [rad/s^2]
    length: float  # [m]
    width: float
    rear_to_centre: float

    @property
    def num_steps(self) -> int:
        """Length of axis t."""
        return len(self.time)

    @cached_property
    def dt(self) -> float:
        """Mean time step [s], inf for a single state: irregular time stamps are treated as if regular."""
        return float(np.diff(self.time).mean()) if self.num_steps > 1 else math.inf

    @cached_property
    def speed(self) -> Float[Array, "t"]:
        """Magnitude of the rear axle's velocity [m/s]; never negative, also in reverse."""
        return np.hypot(self.velocity[:, 0], self.velocity[:, 1])

    @cached_property
    def xy(self) -> Float[Array, "t 2"]:
        """Centre of the box [m]."""
        ahead = np.stack([np.cos(self.heading), np.sin(self.heading)], axis=1)
        return np.asarray(self.rear_xy + self.rear_to_centre * ahead)

    @cached_property
    def corners(self) -> Float[Array, "t 4 2"]:
        """Corners of the box [m]: front-left, rear-left, rear-right, front-right."""
        return corners(self.xy, self.heading, self.length, self.width)

    @cached_property
    def centre_acceleration(self) -> Float[Array, "t 2"]:
        """Acceleration of the box's centre along and across [m/s^2], as nuPlan shifts it from the rear axle.

        nuPlan adds d (w^2 + alpha) along the vehicle, where rigid motion has -d w^2 along and d alpha
        across: yaw acceleration leaks into the longitudinal one, and nothing is ever added across.
        """
        shift = self.rear_to_centre * (self.yaw_rate**2 + self.yaw_acceleration)
        return np.asarray(self.acceleration + np.stack([shift, np.zeros_like(shift)], axis=1))
