"""Scripted agents: which action starts now, and what acceleration the current one asks for."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.sim.sideways import begin_shift
from simeval.sim.tables import BodyTable, PathTable, Row, Table
from simeval.sim.triggers import is_triggered

__all__ = ["CRUISE", "GAP_SIGHT", "KEEP_GAP", "gap_acceleration", "script_acceleration", "start_actions"]

# Members of scenario.script.Action, as plain numbers for the compiler.
BRAKE, SPEED, LANE_CHANGE, STOP, WALK = 1, 2, 3, 4, 5
LINEAR, SINUSOIDAL, SWERVE, KEEP_GAP, CRUISE = 6, 7, 8, 9, 10

# Who keeps a gap closes it as a critically damped spring would, within what passengers bear.
GAP_RATE = 0.4  # [1/s] of the decay of the error: a gap is right after about 10 s
GAP_SIGHT = 150.0  # [m] whoever is farther ahead is nobody to keep a gap to
GAP_BRAKING, GAP_ACCELERATION = 4.0, 2.0  # [m/s^2]


@kernel
def _start(me: Row, action: Row, time: float) -> None:
    what = action.action
    if what == LANE_CHANGE:
        me.shift_form = 0
        begin_shift(me, time, action.p, action.q)
    elif what == LINEAR or what == SINUSOIDAL or what == SWERVE:
        me.shift_form = what - LINEAR + 1
        begin_shift(me, time, action.p, action.q)
    else:
        me.pace, me.pace_p, me.pace_q = what, action.p, action.q


@kernel
def start_actions(
    script: Table, agents: Table, bodies: BodyTable, path: PathTable, live: Table, a: int, ego: int,
    time: float,
) -> None:  # fmt: skip
    """Starts every action whose turn and moment have come."""
    me = live[a]
    while me.next_action < agents[a].script1:
        action = script[me.next_action]
        if not is_triggered(action, agents, bodies, path, live, a, ego, time):
            return
        _start(me, action, time)
        me.next_action += 1


@kernel
def gap_acceleration(speed: float, gap: float, lead_speed: float, standstill: float, headway: float) -> float:
    """What brings the gap to the vehicle ahead to `standstill` + `headway` x speed [m/s^2].

    The error of the gap e obeys e'' + 2 r e' + r^2 e = 0 behind a leader of constant speed, for a headway
    of 0. Without a leader (`gap` infinite) the speed is kept.
    """
    if gap == math.inf:
        return 0.0
    error = gap - standstill - headway * speed
    wanted = GAP_RATE * GAP_RATE * error + 2.0 * GAP_RATE * (lead_speed - speed)
    return min(max(wanted / (1.0 + 2.0 * GAP_RATE * headway), -GAP_BRAKING), GAP_ACCELERATION)


@kernel
def script_acceleration(me: Row, dt: float) -> float:
    """What the action under way asks for [m/s^2]; 0 without one: scripted agents keep their speed."""
    if me.pace == WALK:
        return (me.pace_p - me.speed) / dt
    if me.pace == STOP:
        left = me.pace_p - me.s
        if left <= 0.0 or me.speed * me.speed >= 2.0 * me.pace_q * left:
            return -me.speed * me.speed / (2.0 * max(left, 0.01))
        return 0.0
    if me.pace == BRAKE or me.pace == SPEED:
        return min(max((me.pace_q - me.speed) / dt, -me.pace_p), me.pace_p)
    return 0.0
