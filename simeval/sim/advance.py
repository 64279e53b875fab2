"""The outermost kernel: a range of worlds, one after the other, each for a number of steps."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.sim.move import move_world, replay
from simeval.sim.plan import locate_ego, plan_world
from simeval.sim.settle import end_world, record_world, settle_world
from simeval.sim.tables import (
    AgentTable,
    Live,
    LiveWorld,
    LogTable,
    PathTable,
    Record,
    RoadTable,
    ScriptTable,
    SignalTable,
    WorldTable,
)

__all__ = ["advance"]

REPLAY, LOG, NONFINITE = 1, 10, 7


@kernel
def _take_places(
    world: WorldTable,
    agents: AgentTable,
    path: PathTable,
    log: LogTable,
    live: Live,
    livew: LiveWorld,
    w: int,
) -> None:
    """Puts everyone at the start, before anyone moves."""
    livew.step[w] = 0
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if agents.driver[a] == REPLAY or agents.driver[a] == LOG:
            replay(world, agents, log, live, w, a, world.start[w])
    if world.ego_path[w] == 1:
        locate_ego(agents, path, live, world.ego[w])
    for a in range(world.agent0[w], world.agent0[w + 1]):
        live.front[a] = live.s[a] + 0.5 * agents.length[a]


@kernel
def _ego_is_finite(world: WorldTable, live: Live, w: int) -> bool:
    ego = world.ego[w]
    return math.isfinite(live.x[ego] + live.y[ego] + live.heading[ego] + live.vx[ego] + live.vy[ego])


@kernel
def advance(
    first: int, last: int, num_steps: int, world: WorldTable, agents: AgentTable, path: PathTable,
    script: ScriptTable, log: LogTable, signal: SignalTable, road: RoadTable,
    live: Live, livew: LiveWorld, record: Record,
) -> None:  # fmt: skip
    """Advances worlds `first:last` by up to `num_steps` steps; one that has ended stays as it is.

    A world that has not begun (step -1) first records its start. A step whose result is not finite is
    not recorded: the world stays at the step before and ends.
    """
    for w in range(first, last):
        begins = 1 if livew.step[w] < 0 else 0
        for k in range(num_steps + begins):
            if livew.ending[w] != 0:
                break
            if k < begins:
                _take_places(world, agents, path, log, live, livew, w)
            else:
                plan_world(world, agents, path, script, signal, live, livew, w)
                move_world(world, agents, path, log, live, livew, w)
                if not _ego_is_finite(world, live, w):
                    livew.ending[w] = NONFINITE
                    livew.step[w] -= 1
                    break
            settle_world(world, agents, path, signal, road, live, livew, w)
            record_world(world, live, livew, record, w)
            end_world(world, live, livew, w)
