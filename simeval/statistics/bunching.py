"""How far siblings flip together, read off the groups that moved the other way."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array

__all__ = ["bunching", "debunched"]


def bunching(sums: Float[Array, "g"], squares: Float[Array, "g"]) -> float:
    """By how much the square of a group's sum exceeds that of independent members; at least 1.

    Of two equal policies the groups that moved for the better look like those that moved for the worse. So
    the former tell how much of a one-sided move is chance, and groups that really got worse do not hide
    behind each other. Groups that stayed even count half: they belong to both sides.

    Args:
        sums: sum of the differences of each group, positive meaning worse.
        squares: sum of their squares, which is what the squared sum would be on average.
    """
    weights = np.where(sums < 0.0, 1.0, np.where(sums == 0.0, 0.5, 0.0))
    expected = float(weights @ squares)
    return max(1.0, float(weights @ sums**2) / expected) if expected > 0.0 else 1.0


def debunched(p: float, factor: float) -> float:
    """p of a test within one group when `factor` moves count as one: its evidence, in bits, by the factor."""
    return float(p ** (1.0 / factor))
