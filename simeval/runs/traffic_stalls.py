"""Vehicles of the traffic that stand although nothing is seen to hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from simeval.arrays import Array
from simeval.metrics.spans import spans
from simeval.scenario import AgentKind, Driver, Scenario, SignalState, Trace

__all__ = ["LEAST_STALL_S", "stalls_in"]

STANDING = 0.2  # [m/s] slower is standing
LEAST_STALL_S = 10.0
NEAR = 15.0  # [m] from the own front to the nearest side of somebody ahead, roughly
SIGNAL_NEAR = 25.0  # [m] from the own centre to a stop point
WAYS_END = 10.0  # [m] from the end of the own path or log
AHEAD = 0.5  # cosine: within 60 degrees of straight on
GIVEN = (Driver.REPLAY, Driver.PARKED, Driver.SCRIPTED)


def stalls_in(scenario: Scenario, trace: Trace) -> Iterator[dict[str, Any]]:
    """Stretches of at least ten seconds in which a reacting vehicle stands with nobody and no signal ahead.

    Somebody is ahead whose box is within 15 m and 60 degrees of straight on; a signal that is not green
    counts within 25 m, as does the end of the own path or log within 10 m.
    """
    reacts = ~np.isin(trace.driver, [int(d) for d in GIVEN]) & (trace.agents.kind <= AgentKind.MOTORCYCLE)
    reacts[trace.ego] = False
    still = trace.states.valid & (np.abs(trace.states.speed) < STANDING) & reacts
    least = round(LEAST_STALL_S / trace.dt)
    for a in np.flatnonzero(still.sum(axis=0) >= least):
        free = still[:, a] & ~_is_held(scenario, trace, int(a), still[:, a])
        for first, last in spans(free, shortest=least):
            yield {
                "event": "stall",
                "step": first,
                "agent": int(a),
                "value": (last - first + 1) * trace.dt,
            }


def _is_held(scenario: Scenario, trace: Trace, a: int, still: Array) -> Array:
    """At which steps something holds an agent that stands."""
    held = np.zeros(len(still), dtype=bool)
    for t in np.flatnonzero(still):
        held[t] = (
            _somebody_is_ahead(trace, a, int(t))
            or _signal_is_ahead(scenario, trace, a, int(t))
            or _way_ends(scenario, trace, a, int(t))
        )
    return held


def _is_ahead(trace: Trace, a: int, t: int, points: Array, within: Array | float) -> Array:
    """Which points lie within some distance of the centre, and roughly straight on."""
    away = points - trace.states.xy[t, a]
    far, heading = np.hypot(away[:, 0], away[:, 1]), trace.states.heading[t, a]
    along = away[:, 0] * np.cos(heading) + away[:, 1] * np.sin(heading)
    return np.asarray((far <= within) & (along > AHEAD * far))


def _somebody_is_ahead(trace: Trace, a: int, t: int) -> bool:
    sizes = 0.5 * np.hypot(trace.agents.length, trace.agents.width)
    others = trace.states.valid[t] & (np.arange(len(trace.agents)) != a)
    reach = NEAR + 0.5 * float(trace.agents.length[a]) + sizes
    return bool((_is_ahead(trace, a, t, trace.states.xy[t], reach) & others).any())


def _signal_is_ahead(scenario: Scenario, trace: Trace, a: int, t: int) -> bool:
    signals = scenario.signals
    if not len(signals):
        return False
    shown = signals.state[min(trace.first_step + t, len(signals.state) - 1)]
    near = _is_ahead(trace, a, t, signals.stop_xy, SIGNAL_NEAR)
    return bool((near & (shown != SignalState.GREEN) & (shown != SignalState.NONE)).any())


def _way_ends(scenario: Scenario, trace: Trace, a: int, t: int) -> bool:
    logged = np.flatnonzero(scenario.states.valid[:, a])
    path = scenario.paths[a]
    end = path[-1] if len(path) else scenario.states.xy[logged[-1], a]
    away = trace.states.xy[t, a] - end
    return bool(np.hypot(away[0], away[1]) <= WAYS_END)
