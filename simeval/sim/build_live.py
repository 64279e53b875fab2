"""Where everyone is when a batch of worlds begins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array
from simeval.geometry.polyline import project_near
from simeval.kernel import kernel
from simeval.scenario import Scenario
from simeval.sim.agents import Cast
from simeval.sim.tables import LIVE, LIVE_WORLD, PathTable, Table, table

__all__ = ["live_agents", "live_worlds"]


def live_agents(scenarios: Sequence[Scenario], casts: list[Cast], agents: Table, path: PathTable) -> Table:
    """Everyone where they are when they enter."""
    live = table(LIVE, len(agents))
    first = [_first_states(s, c) for s, c in zip(scenarios, casts, strict=True)]
    for k, name in enumerate(("x", "y", "heading", "vx", "vy", "speed")):
        live[name] = np.concatenate([f[k] for f in first])
    live.segment, live.next_action = agents.path0, agents.script0
    _find_places(agents, path.s, path.x, path.y, live)
    return live


@kernel
def _find_places(agents: Table, s: Array, x: Array, y: Array, live: Table) -> None:
    """Projects every agent on its path, if it has one."""
    for a in range(len(agents)):
        it, me = agents[a], live[a]
        if it.path1 > it.path0:
            at, offset, segment = project_near(s, x, y, it.path0, it.path1, 0.0, math.inf, me.x, me.y)
            me.s, me.offset, me.segment = at, offset, segment


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
