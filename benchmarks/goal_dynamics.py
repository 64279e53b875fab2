"""Goal B4: dynamics alone, 64 worlds x 32 vehicles: bicycle, actuators with lags and limits, a new command
each step; nothing else is looked at."""

from __future__ import annotations

import math

import numpy as np
from measuring import Figure, repeated

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.vehicles.bicycle import BicycleLimits, bicycle_step

WORLDS, VEHICLES, STEPS = 64, 32, 200
LIMITS = BicycleLimits()


@kernel
def _drive(state: Array, command: Array, steps: int, dt: float) -> None:
    """Rows of `state`: x, y, heading, speed, acceleration, steering; every step takes the next command."""
    count = len(command)
    for k in range(steps):
        at = k % count
        for i in range(len(state)):
            row, wanted = state[i], command[at]
            at = at + 1 if at + 1 < count else 0
            row[0], row[1], row[2], row[3], row[4], row[5] = bicycle_step(
                row[0], row[1], row[2], row[3], row[4], row[5], wanted[0], wanted[1], 2.8, dt, LIMITS
            )


def figure(repeats: int = 5) -> Figure:
    """Vehicle-steps a second."""
    rng = np.random.default_rng(1)
    command = np.stack([rng.uniform(-3.0, 3.0, 512), rng.uniform(-0.5, 0.5, 512)], axis=1)

    def prepare() -> Array:
        state = np.zeros((WORLDS * VEHICLES, 6))
        state[:, 2], state[:, 3] = (
            rng.uniform(-math.pi, math.pi, len(state)),
            rng.uniform(0.0, 20.0, len(state)),
        )
        return state

    def work(state: Array) -> float:
        _drive(state, command, STEPS, 0.1)
        assert np.isfinite(state).all()
        return float(len(state) * STEPS)

    return repeated("vehicle-steps/s", prepare, work, repeats)
