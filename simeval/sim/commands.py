"""From a policy's actions to what actuators are told, or where vehicles are put, step by step."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.policy import PolicySpec
from simeval.sim.rollout import Worlds
from simeval.sim.runnable import CONTROLS
from simeval.sim.seats import Seats, egos_of

__all__ = ["Follower", "Held"]


class Follower(Protocol):
    """Turns the last action of each row into a command for the next step. A row is a vehicle that is driven:
    the ego of each world, or whoever its seats name."""

    driver: str  # how they must be driven: CONTROLS or POSES_CONTROL

    def keep_course(self, worlds: Worlds) -> None:
        """Before anything was decided: no acceleration, the steering as it is."""
        ...

    def accept(self, worlds: Worlds, rows: Array, action: Array) -> None:
        """Takes new actions (of the given rows)."""
        ...

    def command(self, worlds: Worlds) -> dict[str, Array]:
        """Arguments of `Worlds.advance`, or `Worlds.tell`, for the next step."""
        ...

    def take(self, row: int) -> Any:
        """What is kept for one row, as a copy."""
        ...

    def put(self, row: int, kept: Any) -> None:
        """Puts it back, into any row."""
        ...


class Held:
    """Acceleration with a steering angle, a curvature or a steering rate, held until the next action.

    A curvature k of the rear axle's path is the road-wheel angle atan(k * wheelbase). A steering rate
    moves the wanted angle away from the actual one: wanted = angle + rate * dt, as in nuPlan's
    kinematic bicycle, so the actuator's lag makes the angle follow late.
    """

    driver = CONTROLS

    def __init__(self, spec: PolicySpec, num_rows: int, seats: Seats | None = None) -> None:
        self.form, self.seats = spec.action, seats
        self.held: Float[Array, "w 2"] = np.zeros((num_rows, 2))

    def keep_course(self, worlds: Worlds) -> None:
        """Holds the steering angle as it is."""
        is_rate = self.form == "acceleration_steering_rate"
        self.held[:] = 0.0
        self.held[:, 1] = 0.0 if is_rate else self._read_steering(worlds)

    def accept(self, worlds: Worlds, rows: Array, action: Array) -> None:
        """Holds them from now on."""
        self.held[rows] = action
        if self.form == "acceleration_curvature":
            base = worlds.tables.agents.wheelbase[self._seats(worlds).agent[rows]]
            self.held[rows, 1] = np.arctan(action[:, 1] * base)

    def command(self, worlds: Worlds) -> dict[str, Array]:
        """Wanted acceleration and steering angle of each."""
        if self.form != "acceleration_steering_rate":
            return {"controls": self.held}
        dt = worlds.tables.world.dt[self._seats(worlds).world]
        angle = self._read_steering(worlds) + self.held[:, 1] * dt
        return {"controls": np.stack([self.held[:, 0], angle], axis=1)}

    def take(self, row: int) -> Any:
        """The action that is held."""
        return self.held[row].copy()

    def put(self, row: int, kept: Any) -> None:
        """Holds it again."""
        self.held[row] = kept

    def _seats(self, worlds: Worlds) -> Seats:
        if self.seats is None:
            self.seats = egos_of(worlds.tables)
        return self.seats

    def _read_steering(self, worlds: Worlds) -> Float[Array, "w"]:
        """The road-wheel angle of each, as read from its actuator [rad]."""
        rows = self._seats(worlds).driven
        own, car = worlds.tables.driven[rows], worlds.tables.vehicle[rows]
        return np.asarray((own.steering - car.steer_offset) / car.steer_gain)
