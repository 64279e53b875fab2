"""Extremes of series that may be undefined in parts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.records import Reading, undefined

__all__ = ["largest", "smallest"]


def largest(
    values: Float[Array, "t"], *, otherwise: str, floor: float | None = None, note: str | None = None
) -> Reading:
    """The largest defined value and its step, at least `floor`; without one, `otherwise` is the reason."""
    if np.isnan(values).all():
        return undefined(otherwise)
    step = int(np.nanargmax(values))
    value = float(values[step])
    if floor is not None and value <= floor:
        return Reading(floor, note=note)
    return Reading(value, step=step, note=note)


def smallest(values: Float[Array, "t"], *, otherwise: str) -> Reading:
    """The smallest defined value and its step."""
    if np.isnan(values).all():
        return undefined(otherwise)
    step = int(np.nanargmin(values))
    return Reading(float(values[step]), step=step)
