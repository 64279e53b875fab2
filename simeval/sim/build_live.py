"""Where everyone is when a batch of worlds begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array
from simeval.geometry import project
from simeval.scenario import Scenario
from simeval.sim.agents import Cast
from simeval.sim.tables import LIVE, LIVE_WORLD, Table, table

__all__ = ["live_agents", "live_worlds"]


def live_agents(scenarios: Sequence[Scenario], casts: list[Cast], agents: Table) -> Table:
    """Everyone where they are when they enter."""
    live = table(LIVE, len(agents))
    first = [_first_states(s, c) for s, c in zip(scenarios, casts, strict=True)]
    for k, name in enumerate(("x", "y", "heading", "vx", "vy", "speed")):
        live[name] = np.concatenate([f[k] for f in first])
    live.segment, live.next_action = agents.path0, agents.script0
    for a, path in enumerate(p for c in casts for p in c.paths):
        if path is not None:
            at, offset = project(np.stack([path.x, path.y], axis=1), np.asarray([[live[a].x, live[a].y]]))
            segment = int(np.clip(np.searchsorted(path.s, at[0], side="right") - 1, 0, len(path.s) - 2))
            live[a].s, live[a].offset, live[a].segment = at[0], offset[0], agents[a].path0 + segment
    return live


def _first_states(scenario: Scenario, cast: Cast) -> tuple[Array, ...]:
    """State of each agent when it enters: x, y, heading, vx, vy, speed along the heading."""
    states, a = scenario.states, np.arange(len(scenario.agents))
    t = np.minimum(cast.enter, scenario.num_steps - 1)
    xy, velocity = states.xy[t, a], states.velocity[t, a]
    return xy[:, 0], xy[:, 1], states.heading[t, a], velocity[:, 0], velocity[:, 1], states.speed[t, a]


def live_worlds(scenarios: Sequence[Scenario]) -> Table:
    """Worlds that have not begun."""
    now = table(LIVE_WORLD, len(scenarios))
    now.step, now.detail = -1, -1
    now.steering = [_first_steering(s) for s in scenarios]
    return now


def _first_steering(scenario: Scenario) -> float:
    """Steering of the ego at the start, from the turn of its recorded history; 0 without one."""
    t, ego, states = scenario.start_step, scenario.ego, scenario.states
    assert ego is not None
    speed = float(states.speed[t, ego])
    if t == 0 or not states.valid[t - 1, ego] or speed < 2.0:
        return 0.0
    turn = float(states.heading[t, ego] - states.heading[t - 1, ego])
    rate = ((turn + np.pi) % (2.0 * np.pi) - np.pi) / scenario.dt
    wheelbase = scenario.agents.bodies.wheelbase[scenario.agents.body_offsets[ego]]
    return float(np.clip(np.arctan(wheelbase * rate / speed), -0.5, 0.5))
