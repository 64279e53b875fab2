"""One episode's trace as a block: who is there, where they are, what the plots show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simeval.arrays import Array
from simeval.report.blocks import CENTI, FLAG, MILLI, Quantised, encode_block, fill_gaps
from simeval.scenario import AgentKind, Agents, Driver, Scenario, Trace

__all__ = ["encode_replay"]


def encode_replay(trace: Trace, scenario: Scenario, series: Mapping[str, Array]) -> str:
    """The block of one replay: positions to 1 cm, angles to 1 mrad, speeds to 1 cm/s.

    Args:
        trace: what happened, T steps of A agents.
        scenario: its route, goal and signals.
        series: curves of T values; what is not finite is missing.
    """
    header = {
        "dt_s": trace.dt,
        "first_step": trace.first_step,
        "ego": trace.ego,
        "map": scenario.map.id,
        "agents": {
            "id": trace.agents.ids,
            "kind": [_kind_name(int(k)) for k in trace.agents.kind],
            "driver": [_driver_name(int(d)) for d in trace.driver],
        },
        "series": list(series),
        "goal_m": scenario.goal,
        "route_inferred": bool(scenario.route and scenario.route.inferred),
    }
    arrays = _states(trace) | _bodies(trace.agents) | _signals(trace, scenario) | _route(scenario)
    return encode_block(header, arrays | _series(series))


def _states(trace: Trace) -> dict[str, Quantised]:
    states, valid = trace.states, trace.states.valid
    heading = np.unwrap(fill_gaps(states.heading, valid), axis=0) if len(valid) else states.heading
    return {
        "x_m": Quantised(values=states.xy[..., 0], scale=CENTI, valid=valid),
        "y_m": Quantised(values=states.xy[..., 1], scale=CENTI, valid=valid),
        "heading_rad": Quantised(values=heading, scale=MILLI, valid=valid),
        "vx_mps": Quantised(values=states.velocity[..., 0], scale=CENTI, valid=valid),
        "vy_mps": Quantised(values=states.velocity[..., 1], scale=CENTI, valid=valid),
        "hitch_rad": Quantised(values=states.hitch, scale=MILLI),
        "flags": Quantised(values=trace.flags, scale=FLAG),
        "command": Quantised(values=trace.command, scale=MILLI, valid=np.isfinite(trace.command)),
        "steering_rad": Quantised(values=trace.steering, scale=MILLI, valid=np.isfinite(trace.steering)),
    }


def _bodies(agents: Agents) -> dict[str, Quantised]:
    """The body table; body b is pulled by body b - 1 unless it is the first one of its agent."""
    bodies = agents.bodies
    return {
        "body_agent": Quantised(values=bodies.agent, scale=FLAG),
        "body_length_m": Quantised(values=bodies.length, scale=CENTI),
        "body_width_m": Quantised(values=bodies.width, scale=CENTI),
        "body_front_hitch_m": Quantised(values=bodies.front_hitch, scale=CENTI),
        "body_rear_hitch_m": Quantised(values=bodies.rear_hitch, scale=CENTI),
    }


def _signals(trace: Trace, scenario: Scenario) -> dict[str, Quantised]:
    """What each signal shows at the steps of the trace; past the end of the scenario the last state holds."""
    signals = scenario.signals
    known = max(len(signals.state) - 1, 0)
    rows = np.minimum(trace.first_step + np.arange(trace.num_steps), known)
    shown = signals.state[rows] if len(signals.state) else np.zeros((trace.num_steps, 0))
    return {
        "signal_lane": Quantised(values=signals.lane, scale=FLAG),
        "signal_stop_m": Quantised(values=signals.stop_xy, scale=CENTI),
        "signal_state": Quantised(values=shown, scale=FLAG),
    }


def _route(scenario: Scenario) -> dict[str, Quantised]:
    xy = scenario.route.xy if scenario.route else np.zeros((0, 2))
    return {"route_m": Quantised(values=xy, scale=CENTI)}


def _series(series: Mapping[str, Array]) -> dict[str, Quantised]:
    return {
        f"series/{name}": Quantised(values=values, scale=CENTI, valid=np.isfinite(values))
        for name, values in series.items()
    }


def _kind_name(kind: int) -> str:
    return AgentKind(kind).name.lower()


def _driver_name(driver: int) -> str:
    return Driver(driver).name.lower().replace("_", "-")
