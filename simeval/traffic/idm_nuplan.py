"""nuPlan's IDM agents and PDM-Closed's batch IDM, quirks included, for comparison with that benchmark."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = [
    "NUPLAN_AGENT",
    "PDM_BATCH",
    "NuplanIdm",
    "integrate_nuplan_idm",
    "nuplan_agent_gap",
    "nuplan_agent_step",
    "nuplan_idm_acceleration",
    "nuplan_idm_step",
    "nuplan_idm_steps",
]


class NuplanIdm(NamedTuple):
    """Parameters, with those of the peer's traffic agents as defaults."""

    target_speed: float = 10.0  # v0 [m/s]; the agent's lane gives it where the limit is known
    min_gap: float = 1.0  # s0 [m]
    headway: float = 1.5  # T [s]
    max_acceleration: float = 1.0  # a [m/s^2]
    max_braking: float = 2.0  # b [m/s^2]
    exponent: float = 4.0


NUPLAN_AGENT = NuplanIdm()
PDM_BATCH = NuplanIdm(target_speed=15.0, max_acceleration=1.5, max_braking=3.0, exponent=10.0)


@kernel
def nuplan_idm_acceleration(speed: float, gap: float, lead_speed: float, p: NuplanIdm) -> float:
    """The model's acceleration before any limit [m/s^2]; `gap` is bumper to bumper [m], of any sign.

    Kept from the peer: the desired gap is not floored, so that a leader who draws away fast brakes the
    follower through the square of a negative gap; a gap below the least one counts as the least.
    Source: nuPlan devkit 1.2, planning/simulation/observation/idm/idm_policy.py.
    """
    root = 2.0 * (p.max_acceleration * p.max_braking) ** 0.5
    desired_gap = p.min_gap + speed * p.headway + speed * (speed - lead_speed) / root
    near = desired_gap / max(gap, p.min_gap)
    return p.max_acceleration * (1.0 - (speed / p.target_speed) ** p.exponent - near * near)


@kernel
def nuplan_idm_step(
    progress: float, speed: float, gap: float, lead_speed: float, dt: float, p: NuplanIdm
) -> tuple[float, float]:
    """(progress, speed) after an explicit Euler step with the acceleration inside [-braking, acceleration].

    The speed may become negative here; the agent (`nuplan_agent_step`) floors it, the batch does not.
    """
    wanted = nuplan_idm_acceleration(speed, gap, lead_speed, p)
    wanted = min(max(wanted, -p.max_braking), p.max_acceleration)
    return progress + speed * dt, speed + wanted * dt


@kernel
def nuplan_agent_gap(gap: float, speed: float, first_step: bool, p: NuplanIdm) -> float:
    """The gap that a traffic agent of the peer sees, from the true one [m].

    The agent's footprint is its box together with the path of the next headway. From the second step on
    the gap starts at the end of that footprint, so that the headway counts twice; below zero it touches,
    which the polygon distance gives as 0.
    """
    return gap if first_step else max(gap - max(speed, 0.0) * p.headway, 0.0)


@kernel
def nuplan_agent_step(
    progress: float, speed: float, gap: float, lead_speed: float, dt: float, p: NuplanIdm
) -> tuple[float, float]:
    """(progress, speed) of a traffic agent after dt: as `nuplan_idm_step`, with the speed floored at 0."""
    progress, speed = nuplan_idm_step(progress, speed, gap, lead_speed, dt, p)
    return progress, max(speed, 0.0)


@kernel
def _each(states: Array, leads: Array, parameters: Array, dt: float, out: Array) -> None:
    for i in range(len(states)):
        q = parameters[i]
        p = NuplanIdm(q[0], q[1], q[2], q[3], q[4], q[5])
        gap = leads[i, 0] - states[i, 0] - leads[i, 2]
        out[i, 0], out[i, 1] = nuplan_idm_step(states[i, 0], states[i, 1], gap, leads[i, 1], dt, p)


def nuplan_idm_steps(
    states: Float[Array, "n 2"], leads: Float[Array, "n 3"], parameters: Float[Array, "n 6"], dt: float
) -> Float[Array, "n 2"]:
    """(progress, speed) [m, m/s] of n vehicles after one step.

    Args:
        states: progress of the front, speed.
        leads: progress of the leader's centre, its speed, its length behind the centre [m].
        parameters: one `NuplanIdm` a row.
        dt: [s].
    """
    now, ahead, drivers = (np.ascontiguousarray(t, dtype=np.float64) for t in (states, leads, parameters))
    out = np.zeros((len(now), 2))
    _each(now, ahead, drivers, float(dt), out)
    return out


def integrate_nuplan_idm(
    state: tuple[float, float], lead: tuple[float, float, float], dt: float, p: NuplanIdm, solver: str
) -> tuple[float, float]:
    """(progress, speed) after dt with SciPy's `odeint` or `solve_ivp` at their default accuracy.

    The peer offers both beside Euler's step; neither limits the acceleration. Its leader drives on at its
    own speed in the meantime.
    """
    from scipy.integrate import odeint, solve_ivp

    def derivative(_: float, y: Array) -> list[float]:
        gap = lead[0] - y[0] - lead[2]
        return [y[1], nuplan_idm_acceleration(float(y[1]), float(gap), float(lead[1]), p)]

    if solver == "odeint":
        end = odeint(derivative, state, [0.0, dt], tfirst=True)[-1]
    else:
        end = solve_ivp(derivative, (0.0, dt), state).y[:, -1]
    return float(end[0]), float(end[1])
