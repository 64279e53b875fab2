"""How one column of answers relates to another one."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array

__all__ = ["likeness", "middle", "most"]

ENOUGH = 20  # rows, for a likeness to mean anything


def likeness(answers: Array, wanted: Array) -> tuple[float, float]:
    """Correlation about zero, and how many times larger the answers are; (0, 0) if nothing can be said."""
    own, other = float(np.square(answers).sum()), float(np.square(wanted).sum())
    if len(answers) < ENOUGH or own <= 0.0 or other <= 0.0:
        return 0.0, 0.0
    product = float((answers * wanted).sum())
    return product / float(np.sqrt(own * other)), product / other


def most(values: Array) -> float:
    """The size that only one in twenty exceeds."""
    return float(np.percentile(np.abs(values), 95)) if values.size else 0.0


def middle(values: Array) -> float:
    """The median; 0 of nothing."""
    return float(np.median(values)) if values.size else 0.0
