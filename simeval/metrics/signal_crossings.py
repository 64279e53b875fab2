"""When the ego drove past the stop points of signals, and what they showed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry import point_at, project
from simeval.scenario import Scenario, SignalState

__all__ = ["Crossing", "signal_crossings"]

HALF_LINE = 2.0  # [m] a stop line reaches this far to both sides of the lane's centre
MAX_ANGLE = math.radians(60.0)
BEFORE_S, AFTER_S = 1.0, 3.0  # [s] the lanes driven in this time decide which of several signals counts


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """The front of the ego passed the stop point of a signal between the step before and this one."""

    step: int
    signal: int
    state: SignalState


def signal_crossings(
    scenario: Scenario, first_step: int, front: Float[Array, "t 2"], heading: Float[Array, "t"],
    lane: Int[Array, "t"], on_route: set[int],
) -> list[Crossing]:  # fmt: skip
    """Crossings in time order, at most one a step.

    Where stop points of several signals lie side by side or in one place (lanes that part in a junction),
    the one counts whose lane is on the route, else the one whose lane is driven most around that moment,
    else the nearest.
    """
    found: list[tuple[int, tuple[int, int, float], int]] = []
    for k in range(len(scenario.signals)):
        direction = _direction(scenario, k)
        if direction is None:
            continue
        away = front - scenario.signals.stop_xy[k]
        past = away[:, 0] * math.cos(direction) + away[:, 1] * math.sin(direction)
        aside = np.abs(away[:, 1] * math.cos(direction) - away[:, 0] * math.sin(direction))
        passes = (past[:-1] < 0.0) & (past[1:] >= 0.0) & (aside[1:] <= HALF_LINE)
        passes &= np.cos(heading[1:] - direction) >= math.cos(MAX_ANGLE)
        own = int(scenario.signals.lane[k])
        for step in (np.flatnonzero(passes) + 1).tolist():
            window = lane[max(0, step - int(BEFORE_S / scenario.dt)) : step + int(AFTER_S / scenario.dt) + 1]
            rank = (-int(own in on_route), -int((window == own).sum()), float(aside[step]))
            found.append((step, rank, k))
    best = {step: (rank, k) for step, rank, k in sorted(found, reverse=True)}
    last = len(scenario.signals.state) - 1
    return [
        Crossing(
            step=step,
            signal=k,
            state=SignalState(int(scenario.signals.state[min(first_step + step, last), k])),
        )
        for step, (_, k) in sorted(best.items())
    ]


def _direction(scenario: Scenario, signal: int) -> float | None:
    """Direction of travel at a stop point [rad]: of its lane, else of the route close by, else unknown."""
    stop, own = scenario.signals.stop_xy[signal], int(scenario.signals.lane[signal])
    if own >= 0 and len(scenario.map.lanes.centre[own]) >= 2:
        line = scenario.map.lanes.centre[own]
    elif scenario.route is not None and len(scenario.route.xy) >= 2:
        line = scenario.route.xy
    else:
        return None
    s, d = project(line, stop[None])
    if own < 0 and abs(float(d[0])) > HALF_LINE:
        return None
    # The lane may end at its stop line: the direction just before it is meant.
    return float(point_at(line, np.maximum(s - 0.01, 0.0))[1][0])
