"""What the engine driver `idm` would do with the ego now, whoever drives: the labels of imitation."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.crosswalks import look_where_to_stop
from simeval.sim.plan import EGO_MARGIN, IDM, follow_path, steer_along
from simeval.sim.rollout import Worlds
from simeval.sim.tables import BodyTable, LaneTable, PathTable, Table

__all__ = ["teacher_commands"]


@kernel
def _commands(
    world: Table, agents: Table, path: PathTable, bodies: BodyTable, stops: Table, signal: Array,
    live: Table, live_world: Table, lanes: LaneTable, out: Array,
) -> None:  # fmt: skip
    """Writes the command of each world's ego; zero where the ego has no path to follow.

    `live` is changed: it has to be a copy.
    """
    for w in range(len(world)):
        here, now = world[w], live_world[w]
        it, me, count = agents[here.ego], live[here.ego], here.signal1 - here.signal0
        out[w, 0], out[w, 1] = 0.0, 0.0
        if here.ego_path == 0 or me.presence != 1:
            continue
        reach = 0.0
        for b in range(here.body0, here.body1):
            reach = max(reach, bodies.size[b, 2])
        at = here.signal_log0 + (here.start + max(now.step, 0)) * count
        signals = signal[at : at + count]
        if here.conflict1 > here.conflict0 or here.walks > 0:
            look_where_to_stop(here, now, agents, path, bodies, stops, signals, live, lanes, reach)
        out[w, 0] = follow_path(
            here, it, me, path, bodies, live, stops, signals, EGO_MARGIN, reach, it.desired, IDM
        )
        out[w, 1] = steer_along(it, me, path)


def teacher_commands(worlds: Worlds) -> Float[Array, "w 2"]:
    """Wanted acceleration [m/s^2] and steering angle [rad] of `idm` for the ego of every world, now.

    Changes nothing. In a world that `idm` drives it is the command of the next step, bit for bit. A world
    without a route has no such driver: zeros.
    """
    t, out = worlds.tables, np.zeros((len(worlds), 2))
    _commands(
        t.world, t.agents, t.path, t.bodies, t.stops, t.signal, t.live.copy(), t.live_world, t.lanes, out
    )  # fmt: skip
    return out
