"""Turns `[[signal]]` tables into signal states over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from simeval.arrays import Array
from simeval.authoring.network import Network
from simeval.authoring.schema import SignalTable
from simeval.authoring.where import Where
from simeval.scenario import Signals, SignalState

__all__ = ["signals_of"]


def signals_of(
    tables: Sequence[SignalTable], network: Network, num_steps: int, dt: float, where: Where
) -> Signals:
    """One signal for each lane of each table, in file order.

    Raises:
        InputError: no lanes or phases, an unknown lane, a lane with two signals, a stop line off its lane.
    """
    lanes: list[int] = []
    stops: list[Array] = []
    states: list[Array] = []
    for i, table in enumerate(tables):
        here = where / i
        for key in ("lanes", "phases"):
            if not getattr(table, key):
                raise (here / key).error("is empty.", "Write at least one.")
        shown = _states(table, num_steps, dt)
        for k, name in enumerate(table.lanes):
            lane = network.lane(name, here / "lanes" / k)
            if lane in lanes:
                raise (here / "lanes" / k).error(f"lane {name!r} has a signal already.", "Name it once.")
            lanes.append(lane)
            stops.append(_stop(table, lane, network, here))
            states.append(shown)
    if not lanes:
        return Signals.none(num_steps)
    return Signals(
        lane=np.array(lanes, dtype=np.int64),
        stop_xy=np.array(stops),
        state=np.ascontiguousarray(np.stack(states, axis=1)),
        last_known=np.full(len(lanes), num_steps - 1, dtype=np.int64),
    )


def _states(table: SignalTable, num_steps: int, dt: float) -> Int[Array, "t"]:
    """What is shown at each step; a phase begins with the first step at or after its time."""
    ends = np.cumsum([phase.for_s for phase in table.phases])
    time = np.arange(num_steps) * dt + 1e-9
    if table.repeat:
        time = time % ends[-1]
    which = np.minimum(np.searchsorted(ends, time, side="right"), len(ends) - 1)
    return np.array([int(SignalState[phase.state.upper()]) for phase in table.phases], dtype=np.int64)[which]


def _stop(table: SignalTable, lane: int, network: Network, where: Where) -> Array:
    s = network.length(lane) if table.stop_line_s_m is None else table.stop_line_s_m
    if s > network.length(lane) + 1e-9:
        raise (where / "stop_line_s_m").error(
            f"{s} m is not on {network.map.lanes.ids[lane]!r}, which is {network.length(lane):.1f} m long.",
            "Leave it out for the lane's end.",
        )
    return network.place(lane, s)[0]
