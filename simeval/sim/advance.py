"""The outermost kernel: a range of worlds, one after the other, each for a number of steps."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.close_step import end_world, record_world
from simeval.sim.leave_log import is_on_log
from simeval.sim.move import move_world, replay
from simeval.sim.plan import locate, plan_world
from simeval.sim.settle import settle_world
from simeval.sim.tables import BodyTable, LaneTable, PathTable, RoadTable, Row, Table, TrafficTable

__all__ = ["advance"]

NONFINITE = 7


@kernel
def _take_places(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, log: Table, live: Table
) -> None:
    """Puts everyone at the start, before anyone moves."""
    now.step = 0
    for a in range(here.agent0, here.agent1):
        if is_on_log(agents[a], live[a]):
            replay(here, bodies, agents, log, live, a, here.start)
    if here.ego_path == 1:
        locate(live[here.ego], path)
    for a in range(here.agent0, here.agent1):
        live[a].front = live[a].s + 0.5 * agents[a].length


@kernel
def advance(
    first: int, last: int, num_steps: int, world: Table, agents: Table, path: PathTable, bodies: BodyTable,
    script: Table, stops: Table, log: Table, signal: Array, road: RoadTable,
    live: Table, live_world: Table, driven: Table, vehicle: Table, record: Table, ego_record: Table,
    lanes: LaneTable,
    traffic: TrafficTable,
) -> None:  # fmt: skip
    """Advances worlds `first:last` by up to `num_steps` steps; one that has ended stays as it is.

    A world that has not begun (step -1) first records its start. A step whose result is not finite is
    not recorded: the world stays at the step before and ends.
    """
    for w in range(first, last):
        here, now = world[w], live_world[w]
        ego, count = live[here.ego], here.signal1 - here.signal0
        begins = 1 if now.step < 0 else 0
        for k in range(num_steps + begins):
            if now.ending != 0:
                break
            at = here.signal_log0 + (here.start + max(now.step, 0)) * count
            if k < begins:
                _take_places(here, now, agents, path, bodies, log, live)
            else:
                plan_world(
                    here, now, agents, path, bodies, script, stops, signal[at : at + count], live, driven,
                    lanes, log, traffic,
                )  # fmt: skip
                move_world(here, now, agents, path, bodies, log, live, driven, vehicle)
                if not math.isfinite(ego.x + ego.y + ego.heading + ego.vx + ego.vy):
                    now.ending, now.step = NONFINITE, now.step - 1
                    break
                at += count
            settle_world(here, now, agents, bodies, stops, signal[at : at + count], road, live)
            record_world(here, now, bodies, live, driven, record, ego_record)
            end_world(here, now, ego)
