"""Moves to the side: how the offset of an agent from its path goes from one value to another."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.sim.tables import Row

__all__ = ["begin_shift", "shift_sideways"]

QUINTIC, LINEAR, SINUSOIDAL, SWERVE = 0, 1, 2, 3  # forms of a move, `shift_form` of live agents


@kernel
def begin_shift(me: Row, time: float, by: float, duration: float) -> None:
    """Starts a move by some metres to the left from where the agent is; it replaces one under way. Its form
    (`shift_form`) is the caller's to say."""
    me.shift_start, me.shift_from, me.shift_by, me.shift_time = time, me.offset, by, duration


@kernel
def _smooth(t: float) -> tuple[float, float]:
    """(share of a move, its derivative) at share t of its time, out and back along two quintics."""
    u = 2.0 * t if t < 0.5 else 2.0 - 2.0 * t
    slope = 60.0 * u * u * (1.0 - u) * (1.0 - u)
    return u * u * u * (10.0 + u * (6.0 * u - 15.0)), slope if t < 0.5 else -slope


@kernel
def shift_sideways(me: Row, time: float) -> float:
    """Moves the offset of an agent that is moving sideways; returns its lateral speed [m/s].

    A quintic has zero speed and acceleration at both ends (minimum jerk: Flash & Hogan, J. Neuroscience
    5(7), 1985).
    """
    if me.shift_time <= 0.0:
        return 0.0
    t = min(max((time - me.shift_start) / me.shift_time, 0.0), 1.0)
    if me.shift_form == QUINTIC:
        me.offset = me.shift_from + me.shift_by * t * t * t * (10.0 + t * (6.0 * t - 15.0))
        speed = me.shift_by * 30.0 * t * t * (1.0 - t) * (1.0 - t) / me.shift_time
    else:
        share, slope = t, 1.0
        if me.shift_form == SINUSOIDAL:
            share, slope = 0.5 - 0.5 * math.cos(math.pi * t), 0.5 * math.pi * math.sin(math.pi * t)
        elif me.shift_form == SWERVE:
            share, slope = _smooth(t)
        me.offset = me.shift_from + me.shift_by * share
        speed = me.shift_by * slope / me.shift_time if t < 1.0 else 0.0
    if t >= 1.0:
        me.shift_time = 0.0
    return speed
