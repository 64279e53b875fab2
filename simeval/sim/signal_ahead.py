"""The nearest signal that one has to stop for."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.tables import Row, Table
from simeval.traffic.idm import IdmParameters

__all__ = ["signal_gap"]

YELLOW, RED = 3, 4  # members of SignalState
FIRM_BRAKING = 4.0  # [m/s^2] a driver stops at yellow only if this suffices
HARDEST = IdmParameters().max_braking


@kernel
def signal_gap(stops: Table, signals: Array, it: Row, me: Row) -> float:
    """Distance from the front of an agent to the nearest signal it has to stop for [m]; inf without one.

    `signals` holds the states of the world's signals at this step.
    """
    front, best = me.s + 0.5 * it.length, math.inf
    for k in range(me.stop0, me.stop1):
        gap, state = stops[k].s - front, signals[stops[k].signal]
        if gap < 0.0 or (state != RED and state != YELLOW):
            continue
        braking = HARDEST if state == RED else FIRM_BRAKING
        if me.speed * me.speed <= 2.0 * braking * gap:
            best = min(best, gap)
    return best
