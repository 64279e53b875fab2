"""The other road users as nuPlan's metrics see them: boxes over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array

__all__ = ["NuplanKind", "NuplanTracks"]


class NuplanKind(StrEnum):
    """The three groups that nuPlan counts collisions by."""

    VULNERABLE = "vru"  # pedestrians, cyclists
    VEHICLE = "vehicle"
    OBJECT = "object"  # cones, barriers and all else that does not move by itself


@dataclass(frozen=True, kw_only=True, eq=False)
class NuplanTracks:
    """b boxes over the steps t. `track` says whose a box is: a road user with a trailer has two."""

    xy: Float[Array, "t b 2"]  # centre [m]
    heading: Float[Array, "t b"]  # [rad]
    velocity: Float[Array, "t b 2"]  # in the frame of the map [m/s]
    valid: Bool[Array, "t b"]
    length: Float[Array, "b"]  # [m]
    width: Float[Array, "b"]
    track: Int[Array, "b"]  # index into `names` and `kinds`
    names: tuple[str, ...]
    kinds: tuple[NuplanKind, ...]

    @cached_property
    def moves(self) -> Bool[Array, "b"]:
        """Whether the box is a road user, which has a speed; an object has none, whatever is recorded."""
        return np.array([self.kinds[k] is not NuplanKind.OBJECT for k in self.track], dtype=np.bool_)

    @cached_property
    def speed(self) -> Float[Array, "t b"]:
        """Magnitude of the velocity, 0 for objects [m/s]."""
        return np.hypot(self.velocity[..., 0], self.velocity[..., 1]) * self.moves
