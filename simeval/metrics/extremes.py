"""Extremes of series that may be undefined in parts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.records import Reading, undefined

__all__ = ["largest", "smallest", "step_of_largest"]


def step_of_largest(values: Float[Array, "t"]) -> int | None:
    """Step of the largest defined value, of equal ones the first; None where none is defined."""
    known = ~np.isnan(values)
    return int(np.where(known, values, -np.inf).argmax()) if known.any() else None


def largest(
    values: Float[Array, "t"], *, otherwise: str, floor: float | None = None, note: str | None = None
) -> Reading:
    """The largest defined value and its step, at least `floor`; without one, `otherwise` is the reason."""
    step = step_of_largest(values)
    if step is None:
        return undefined(otherwise)
    value = float(values[step])
    if floor is not None and value <= floor:
        return Reading(floor, note=note)
    return Reading(value, step=step, note=note)


def smallest(values: Float[Array, "t"], *, otherwise: str) -> Reading:
    """The smallest defined value and its step."""
    step = step_of_largest(-values)
    if step is None:
        return undefined(otherwise)
    return Reading(float(values[step]), step=step)
