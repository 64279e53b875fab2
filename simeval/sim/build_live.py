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
from simeval.sim.tables import LIVE, LIVE_WORLD, PathTable, Row, Table, table

__all__ = ["live_agents", "live_worlds", "take_path"]


def live_agents(
    scenarios: Sequence[Scenario],
    casts: list[Cast],
    world: Table,
    agents: Table,
    path: PathTable,
    rows: Table,
) -> Table:
    """Everyone where they are when they enter."""
    live = table(LIVE, len(agents))
    first = [_first_states(s, c) for s, c in zip(scenarios, casts, strict=True)]
    for k, name in enumerate(("x", "y", "heading", "vx", "vy", "speed")):
        live[name] = np.concatenate([f[k] for f in first])
    live.next_action, live.want, live.swept, live.changed = agents.script0, -1, -1, -1e9
    live.gap, live.hold, live.arrived, live.granted = math.inf, math.inf, -1.0, -math.inf
    own = [np.where(c.path >= 0, c.path + here.path0, -1) for c, here in zip(casts, world, strict=True)]
    live.path = np.concatenate(own)
    _find_places(rows, path.s, path.x, path.y, live)
    return live


@kernel
def take_path(rows: Table, me: Row, row: int) -> None:
    """Gives an agent a path; its place on it has to be found then."""
    way = rows[row]
    me.path, me.path0, me.path1 = row, way.point0, way.point1
    me.stop0, me.stop1, me.segment = way.stop0, way.stop1, way.point0
    me.granted, me.hold, me.arrived = -math.inf, math.inf, -1.0


@kernel
def _find_places(rows: Table, s: Array, x: Array, y: Array, live: Table) -> None:
    """Projects every agent on its path, if it has one."""
    for a in range(len(live)):
        me = live[a]
        if me.path >= 0:
            take_path(rows, me, me.path)
            at, offset, segment = project_near(s, x, y, me.path0, me.path1, 0.0, math.inf, me.x, me.y)
            me.s, me.offset, me.segment = at, offset, segment


def _first_states(scenario: Scenario, cast: Cast) -> tuple[Array, ...]:
    """State of each agent when it enters: x, y, heading, vx, vy, speed along the heading."""
    states, a = scenario.states, np.arange(len(scenario.agents))
    t = np.minimum(cast.enter, scenario.num_steps - 1)
    xy, velocity = states.xy[t, a], states.velocity[t, a]
    return xy[:, 0], xy[:, 1], states.heading[t, a], velocity[:, 0], velocity[:, 1], states.speed[t, a]


def live_worlds(count: int) -> Table:
    """Worlds that have not begun."""
    now = table(LIVE_WORLD, count)
    now.step, now.detail = -1, -1
    return now
