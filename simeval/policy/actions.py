"""Checks of what a policy returns; nothing is cast, broadcast or clipped in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from simeval.arrays import Array
from simeval.policy.faults import Fault, PolicyFault
from simeval.policy.spec import PolicySpec

__all__ = ["LIMITS", "Arrival", "check_action", "checked_action", "row_faults"]

DTYPES = (torch.float32, torch.float64)
LIMITS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "acceleration_steering": (("acceleration", "m/s^2", 50.0), ("steering angle", "rad", 3.2)),
    "acceleration_curvature": (("acceleration", "m/s^2", 50.0), ("curvature", "1/m", 10.0)),
    "acceleration_steering_rate": (("acceleration", "m/s^2", 50.0), ("steering rate", "rad/s", 100.0)),
    "trajectory": (("x", "m", 1e4), ("y", "m", 1e4), ("heading", "rad", 1e3), ("speed", "m/s", 200.0)),
}
"""For each form and column: name, unit, and the size that no vehicle comes near; above it is a fault."""


def checked_action(
    action: Any, spec: PolicySpec, num_rows: int, device: torch.device, step: int, dtypes: Any = DTYPES
) -> Array:
    """The action as float64 on the CPU, copied.

    Raises:
        PolicyFault: wrong type, shape, dtype or device; all rows are concerned.
    """
    check_action(action, spec, num_rows, device, step, dtypes)
    return Arrival(action).wait()


def check_action(
    action: Any, spec: PolicySpec, num_rows: int, device: torch.device, step: int, dtypes: Any = DTYPES
) -> None:
    """Looks at what an action is, not at its numbers, which a GPU may still have to find.

    Raises:
        PolicyFault: as `checked_action`.
    """

    def wrong(message: str) -> PolicyFault:
        return PolicyFault(Fault(kind="contract", step=step, message=message))

    shapes = spec.action_shapes(num_rows)
    wanted = " or ".join(str(list(shape)) for shape in shapes)
    if not isinstance(action, Tensor):
        raise wrong(f"act() returned a {type(action).__name__}, expected a tensor of shape {wanted}")
    if tuple(action.shape) not in shapes:
        raise wrong(f"action of shape {list(action.shape)}, expected {wanted} for {spec.action}")
    if action.dtype not in dtypes:
        raise wrong(f"action of dtype {action.dtype}, expected float32 or float64")
    if action.device.type != device.type:
        raise wrong(f"action on device {action.device}, expected {device}")


class Arrival:
    """An action on its way to the CPU; from there it is copied at once, so that nobody can change it."""

    def __init__(self, action: Tensor) -> None:
        self.is_late = action.is_cuda
        if self.is_late:
            self._moved = action.detach().to("cpu", non_blocking=True)  # page-locked
            self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._done.record()
        else:
            self._moved = action.detach().to(torch.float64, copy=True)

    def wait(self) -> Array:
        """The action, float64, once it is there."""
        if self.is_late:
            self._done.synchronize()
        return np.array(self._moved.to(torch.float64).numpy(), dtype=np.float64, order="C")


def row_faults(action: Array, spec: PolicySpec, step: int) -> dict[int, Fault]:
    """The rows whose numbers are not finite or out of all range, with what is wrong."""
    limits = LIMITS[spec.action][: action.shape[-1]]
    sizes = np.array([limit for _, _, limit in limits])
    points = action.reshape(len(action), -1, action.shape[-1])
    bad = ~(np.abs(points) <= sizes)
    faults: dict[int, Fault] = {}
    for row in np.flatnonzero(bad.any(axis=(1, 2))):
        point, column = (int(i) for i in np.argwhere(bad[row])[0])
        faults[int(row)] = _fault(float(points[row, point, column]), point, limits[column], spec, step)
    return faults


def _fault(value: float, point: int, limit: tuple[str, str, float], spec: PolicySpec, step: int) -> Fault:
    name, unit, most = limit
    where = f" of point {point}" if spec.action == "trajectory" else ""
    if not np.isfinite(value):
        what = "NaN" if np.isnan(value) else "infinite"
        return Fault(kind="nonfinite", step=step, message=f"step {step}: {name}{where} is {what}")
    message = f"step {step}: {name}{where} is {value:.6g} {unit}; beyond {most:g} {unit} it is a mistake"
    return Fault(kind="implausible", step=step, message=message)
