"""Traffic signals: what each shows over time, and where one stops for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array

__all__ = ["Signals"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Signals:
    """s signals over the t steps of the scenario. `last_known` is the last step the source speaks of;
    states after it are held."""

    lane: Int[Array, "s"]  # index of the lane it controls; -1 unknown
    stop_xy: Float[Array, "s 2"]  # where the lane's centre line meets the stop line [m]
    state: Int[Array, "t s"]  # SignalState
    last_known: Int[Array, "s"]

    @staticmethod
    def none(num_steps: int) -> Signals:
        """No signals."""
        return Signals(
            lane=np.zeros(0, dtype=np.int64),
            stop_xy=np.zeros((0, 2)),
            state=np.zeros((num_steps, 0), dtype=np.int64),
            last_known=np.zeros(0, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.lane)
