"""Stretches of steps in which something holds of each agent."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array

__all__ = ["stretches"]


def stretches(holds: Bool[Array, "t a"]) -> list[tuple[int, int, int]]:
    """Agent, first and last step of each stretch of True, agent by agent in order."""
    edges = np.diff(np.pad(holds.astype(np.int8), ((1, 1), (0, 0))), axis=0).T
    agent, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1] - 1
    return list(zip(agent.tolist(), first.tolist(), last.tolist(), strict=True))
