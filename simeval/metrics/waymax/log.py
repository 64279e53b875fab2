"""Distance from the log, as in Waymax."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array

__all__ = ["log_divergence"]


def log_divergence(
    xy: Float[Array, "*b 2"], log_xy: Float[Array, "*b 2"], valid: Bool[Array, "*b"]
) -> Float[Array, "*b"]:
    """Distance in the plane between simulated and logged place at the same step [m]; NaN where not valid."""
    away = np.asarray(xy, dtype=np.float64) - np.asarray(log_xy, dtype=np.float64)
    return np.where(valid, np.sqrt((away**2).sum(axis=-1)), np.nan)
