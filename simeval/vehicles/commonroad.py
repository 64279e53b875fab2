"""The CommonRoad models for arrays of states: derivatives, and drives with a fixed step."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.errors import UsageError, unknown_name
from simeval.kernel import kernel
from simeval.vehicles.commonroad_drift import std_rates
from simeval.vehicles.commonroad_kinematic import ks_cog_rates, ks_rates, kst_hitch_rate, possible_inputs
from simeval.vehicles.commonroad_parameters import CommonRoadVehicle
from simeval.vehicles.commonroad_single_track import st_rates

__all__ = ["CommonRoadModel", "commonroad_derivatives", "commonroad_drive"]

CommonRoadModel = Literal["KS", "KS_COG", "KST", "ST", "STD"]
SIZES = {"KS": 5, "KS_COG": 5, "KST": 6, "ST": 7, "STD": 9}
CODES = {name: code for code, name in enumerate(SIZES)}
KS, KS_COG, KST, ST, STD = range(5)


@kernel
def _rates(model: int, x: Array, rate: float, acceleration: float, p: CommonRoadVehicle, out: Array) -> None:
    if model == STD:
        (out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8]) = std_rates(
            x[2], x[3], x[4], x[5], x[6], x[7], x[8], rate, acceleration, p
        )
    elif model == ST:
        (out[0], out[1], out[2], out[3], out[4], out[5], out[6]) = st_rates(
            x[2], x[3], x[4], x[5], x[6], rate, acceleration, p
        )
    elif model == KS_COG:
        possible, gain = possible_inputs(x[2], x[3], rate, acceleration, p)
        out[0], out[1], out[2], out[3], out[4] = ks_cog_rates(x[2], x[3], x[4], possible, gain, p)
    else:
        out[0], out[1], out[2], out[3], out[4] = ks_rates(x[2], x[3], x[4], rate, acceleration, p)
        if model == KST:
            out[5] = kst_hitch_rate(x[2], x[3], x[5], p)


@kernel
def _all_rates(model: int, states: Array, inputs: Array, p: CommonRoadVehicle, out: Array) -> None:
    for k in range(len(states)):
        _rates(model, states[k], inputs[k, 0], inputs[k, 1], p, out[k])


@kernel
def _runge_kutta(
    model: int, x: Array, rate: float, acceleration: float, p: CommonRoadVehicle, dt: float,
    work: Array, after: Array,
) -> None:  # fmt: skip
    """One classical step of order 4; `work` is [5, n] scratch."""
    at = work[4]
    _rates(model, x, rate, acceleration, p, work[0])
    for stage in range(3):
        share = dt if stage == 2 else dt / 2.0
        for i in range(len(x)):
            at[i] = x[i] + share * work[stage, i]
        _rates(model, at, rate, acceleration, p, work[stage + 1])
    for i in range(len(x)):
        after[i] = x[i] + dt / 6.0 * (work[0, i] + 2.0 * work[1, i] + 2.0 * work[2, i] + work[3, i])


@kernel
def _drive(
    model: int, states: Array, inputs: Array, p: CommonRoadVehicle, dt: float, euler: bool, work: Array
) -> None:
    for k in range(len(inputs)):
        if euler:
            _rates(model, states[k], inputs[k, 0], inputs[k, 1], p, work[0])
            for i in range(states.shape[1]):
                states[k + 1, i] = states[k, i] + dt * work[0, i]
        else:
            _runge_kutta(model, states[k], inputs[k, 0], inputs[k, 1], p, dt, work, states[k + 1])


def _checked(model: str, values: Array, name: str, columns: int, axes: int) -> Array:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != axes or array.shape[-1] != columns:
        shape = f"[{columns}]" if axes == 1 else f"[n, {columns}]"
        raise UsageError(f"{model}: {name}", f"expected shape {shape}, got {list(array.shape)}.")
    return array


def _code(model: str) -> int:
    if model not in CODES:
        raise unknown_name("vehicle model", model, CODES)
    return CODES[model]


def commonroad_derivatives(
    model: CommonRoadModel, states: Float[Array, "n k"], inputs: Float[Array, "n 2"], p: CommonRoadVehicle
) -> Float[Array, "n k"]:
    """Time derivatives of n states of one vehicle.

    Args:
        model: which of the five models.
        states: KS x, y, steering, speed, heading; KST also the hitch angle (trailer minus truck); ST also
            yaw rate and slip angle; STD also the angular speeds of front and rear wheels.
        inputs: steering rate [rad/s] and acceleration [m/s^2], before limits.
        p: the vehicle.

    Raises:
        UsageError: for an unknown model or another number of columns.
    """
    code = _code(model)
    x = _checked(model, states, "states", SIZES[model], 2)
    out = np.empty_like(x)
    _all_rates(code, x, _checked(model, inputs, "inputs", 2, 2), p, out)
    return out


def commonroad_drive(
    model: CommonRoadModel, start: Float[Array, "k"], inputs: Float[Array, "t 2"], p: CommonRoadVehicle,
    dt: float, *, method: Literal["rk4", "euler"] = "rk4",
) -> Float[Array, "t_plus_1 k"]:  # fmt: skip
    """States at every step of a drive whose inputs are held for `dt` [s] each; columns as above."""
    code = _code(model)
    first = _checked(model, start, "start", SIZES[model], 1)
    commands = _checked(model, inputs, "inputs", 2, 2)
    states = np.empty((len(commands) + 1, len(first)))
    states[0] = first
    _drive(code, states, commands, p, dt, method == "euler", np.empty((5, len(first))))
    return states
