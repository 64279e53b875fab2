"""How agents move: speed and acceleration of the box centre by differences of the recorded velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.scenario import States

__all__ = ["Kinematics", "kinematics"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinematics:
    """Motion of one agent's box centre over the steps of a trace; NaN where it is not defined."""

    speed: Float[Array, "t"]  # along the heading, negative in reverse [m/s]
    along: Float[Array, "t"]  # acceleration along the heading [m/s^2]
    across: Float[Array, "t"]  # acceleration to the left, the centripetal part included [m/s^2]
    jerk: Float[Array, "t"]  # rate of `along` [m/s^3]


def kinematics(states: States, agent: int, dt: float) -> Kinematics:
    """Central differences over two steps, one-sided where the agent appears or leaves.

    An agent that is there for one step only has a speed and no acceleration.
    """
    there, heading = states.valid[:, agent], states.heading[:, agent]
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    velocity = np.where(there[:, None], states.velocity[:, agent], np.nan)
    rate = difference(velocity, dt)
    along = (rate * forward).sum(axis=1)
    return Kinematics(
        speed=(velocity * forward).sum(axis=1),
        along=along,
        across=(rate * left).sum(axis=1),
        jerk=difference(along[:, None], dt)[:, 0],
    )


def difference(values: Float[Array, "t k"], dt: float) -> Float[Array, "t k"]:
    """Rate of change per second; NaN rows are gaps that no difference crosses."""
    out = np.full(values.shape, np.nan)
    step = np.diff(values, axis=0) / dt
    if len(values) > 1:
        out[:-1], out[-1] = step, step[-1]
        last = np.isnan(out) & ~np.isnan(values)
        out[1:][last[1:]] = step[last[1:]]
    if len(values) > 2:
        central = 0.5 * (step[1:] + step[:-1])
        inner = out[1:-1]
        inner[~np.isnan(central)] = central[~np.isnan(central)]
    return out
