"""Where on its lane every agent of a batch of worlds is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel, machine_code
from simeval.safety.lane_index import lane_at, lane_index_of
from simeval.sim.flat import flat, starts
from simeval.sim.rollout import Worlds, in_threads
from simeval.sim.tables import Table, table

__all__ = ["LANE_POSITION", "LanePositions"]

LANE_POSITION = np.dtype([("lane", "i8"), ("s", "f8"), ("offset", "f8")], align=True)
"""One row an agent: its lane (counted in the map, -1: in none, or not there), arc length on the lane's centre
line and offset to its left [m]."""


class _Lanes(NamedTuple):
    """The lane indices of all maps of a batch, each there once; see LaneIndex."""

    of_world: Array
    segments: Array
    lane: Array
    grid: Array  # [maps, 3]
    shape: Array  # [maps, 2]
    cell0: Array  # first entry of its offsets
    offsets: Array  # into items, already shifted
    items: Array  # into segments, already shifted


class LanePositions:
    """Finds the lanes of all agents of some worlds; each call gives a new table.

    A lane is that of the nearest centre line that runs within 60 degrees of the agent's heading, at most 3 m
    from its centre. On maps without lanes nobody is in one.
    """

    def __init__(self, worlds: Worlds) -> None:
        self.worlds = worlds
        self._lanes = _lanes_of(worlds)
        self._kernel = machine_code(_find, 0, 0, *self._tables(table(LANE_POSITION, 0)))

    def __call__(self) -> Table:
        """LANE_POSITION rows, in the order of `worlds.tables.agents`."""
        found = table(LANE_POSITION, len(self.worlds.tables.agents))
        tables, worlds = self._tables(found), self.worlds
        in_threads(lambda part: self._kernel(*part, *tables), worlds.ranges, worlds.num_threads)
        return found

    def _tables(self, found: Table) -> tuple[Any, ...]:
        t = self.worlds.tables
        return t.world, t.agents, t.bodies.pose, t.live, self._lanes, found


def _lanes_of(worlds: Worlds) -> _Lanes:
    used = {s.map.id: s.map for s in worlds.scenarios}
    row = {name: k for k, name in enumerate(used)}
    parts = [lane_index_of(road) for road in used.values()]
    segment0, item0 = starts([len(p.segments) for p in parts]), starts([len(p.items) for p in parts])
    return _Lanes(
        of_world=np.asarray([row[s.map.id] for s in worlds.scenarios], dtype=np.int64),
        segments=np.ascontiguousarray(np.concatenate([p.segments for p in parts])),
        lane=flat([p.lane for p in parts], np.int64),
        grid=np.asarray([p.grid for p in parts]),
        shape=np.asarray([p.shape for p in parts]),
        cell0=starts([len(p.offsets) for p in parts]),
        offsets=flat([p.offsets + item0[k] for k, p in enumerate(parts)], np.int64),
        items=flat([p.items + segment0[k] for k, p in enumerate(parts)], np.int64),
    )


@kernel
def _find(
    first: int, last: int, world: Table, agents: Table, poses: Array, live: Table, lanes: _Lanes,
    found: Table,
) -> None:  # fmt: skip
    """Writes the rows of the agents of worlds `first:last`."""
    for w in range(first, last):
        m = lanes.of_world[w]
        offsets = lanes.offsets[lanes.cell0[m] : lanes.cell0[m + 1]]
        for a in range(world[w].agent0, world[w].agent1):
            me, row = live[a], found[a]
            row.lane = -1
            if me.presence != 1:
                continue
            pose = poses[agents[a].body0]
            row.lane, row.s, row.offset = lane_at(
                lanes.segments, lanes.lane, lanes.grid[m], lanes.shape[m], offsets, lanes.items,
                pose[0], pose[1], pose[2], pose[3],
            )  # fmt: skip
