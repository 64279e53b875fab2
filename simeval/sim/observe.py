"""Observation: what any agent of any world sees now, for a whole batch in one call."""

from __future__ import annotations

import math
import weakref
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.kernel import inlined_kernel, kernel
from simeval.policy import Observation, ObservationSpec
from simeval.policy.memory_pool import MemoryPool
from simeval.sim.build import Tables
from simeval.sim.observe_agents import see_agents, see_self
from simeval.sim.observe_blank import blank
from simeval.sim.observe_cells import give_back, take_lists
from simeval.sim.observe_lanes import see_edges, see_lanes
from simeval.sim.observe_near import lists_of
from simeval.sim.observe_others import see_others, show_world
from simeval.sim.observe_route import followed_place, see_goal, see_route
from simeval.sim.observe_states import state_at
from simeval.sim.observe_tables import (
    Bytes,
    Scene,
    Scratch,
    Seen,
    forgotten,
    scene_of,
    scratch_of,
    seen_in,
    views_of,
)
from simeval.sim.rollout import Worlds, in_threads
from simeval.sim.senses import Senses
from simeval.sim.tables import BodyTable, PathTable, Row, Table

__all__ = ["Observer", "observe_tables"]


@inlined_kernel
def _look(
    here: Row, now: Row, log: Table, record: Table, scene: Scene, w: int, a: int, row: int, eye: Row
) -> bool:
    """Writes where a row looks from; False where its agent is not there."""
    eye.world, eye.agent, eye.row, eye.step = w, a, row, here.start + now.step
    eye.is_ego = 1 if a == here.ego else 0
    eye.is_true = 0 if a == here.ego and scene.senses[w].on == 1 else 1
    known, eye.x, eye.y, eye.heading, _, _ = state_at(here, log, record, a, eye.step)
    eye.c, eye.s = math.cos(eye.heading), math.sin(eye.heading)
    return known


@inlined_kernel
def _blank_row(memory: Bytes, b: int) -> None:
    """Zeros in all of a row."""
    blank(memory.agents, b, 0, 1)
    blank(memory.lanes, b, 0, 1)
    blank(memory.edges, b, 0, 1)
    blank(memory.others, b, 0, 1)


@inlined_kernel
def _see(
    here: Row, now: Row, site: Row, eye: Row, agents: Table, path: PathTable, bodies: BodyTable, log: Table,
    signal: Array, live: Table, record: Table, scene: Scene, scratch: Scratch, seen: Seen,
    memory: Bytes, is_shared: bool,
) -> None:  # fmt: skip
    """Writes a row. `is_shared`: others look at the same world."""
    a = eye.agent
    blank(memory.others, eye.row, 0, 1)
    see_self(here, eye, agents, bodies, log, record, seen)
    if is_shared and eye.is_true == 1:
        show_world(here, eye, agents, bodies, log, record, scene, scratch, seen.agents_valid.shape[2])
        see_others(eye, agents, scratch, seen, memory)
    else:
        blank(memory.agents, eye.row, 0, 1)
        see_agents(here, eye, agents, bodies, log, record, scene, scratch, seen)
    signals = here.signal1 - here.signal0
    at = here.signal_log0 + eye.step * signals
    cell = lists_of(site, eye, scene, scratch)
    see_lanes(site, eye, scene, signal[at : at + signals], here.signal0, scratch, cell, seen, memory)
    see_edges(site, eye, scene, scratch, cell, seen, memory)
    if live[a].path >= 0:
        s = live[a].s
        if a != here.ego and agents[a].driven < 0:
            s = followed_place(here, live[a], a, eye.step, log, record, path, scratch)
        see_route(live[a], eye, s, path, seen)
    if a == here.ego:
        if site.has_goal == 1:
            see_goal(site.goal_x, site.goal_y, eye, seen)
    elif agents[a].driven >= 0 and live[a].path >= 0:
        end = live[a].path1 - 1
        see_goal(path.x[end], path.y[end], eye, seen)
    seen.time_s[eye.row] = now.step * here.dt
    seen.active[eye.row] = True


@kernel
def observe_rows(
    first: int, last: int, of_world: Array, of_agent: Array, active: Array, world: Table, agents: Table,
    path: PathTable, bodies: BodyTable, log: Table, signal: Array, live: Table, live_world: Table,
    record: Table, scene: Scene, scratch: Scratch, seen: Seen, memory: Bytes,
) -> None:  # fmt: skip
    """Writes rows `first:last`. Row b sees world `of_world[b]` from agent `of_agent[b]`; one that is not
    active, or whose agent is not there, is zero. `memory` is that of `seen`, as bytes of each row."""
    eye = scratch.eye[0]
    scratch.shown[0] = -1
    for b in range(first, last):
        w = of_world[b]
        if not active[b] or w < 0:
            _blank_row(memory, b)
            continue
        here, now, site = world[w], live_world[w], scene.sites[w]
        a = here.agent0 + of_agent[b] if of_agent[b] >= 0 else here.ego
        if not _look(here, now, log, record, scene, w, a, b, eye):
            _blank_row(memory, b)
            continue
        is_shared = scratch.shown[0] == w or (b + 1 < last and of_world[b + 1] == w)
        _see(
            here, now, site, eye, agents, path, bodies, log, signal, live, record, scene, scratch, seen,
            memory, is_shared,
        )  # fmt: skip


class Observer:
    """Observes worlds; every call gives fresh tensors.

    It reads what is recorded, the logs before the start, maps, routes and signals, nothing else: what was
    seen can be computed again from a trace (`observe_recorded`).

    Args:
        worlds: what is observed.
        spec: the sizes of the layout.
        senses: how well the egos see others; None: they see the truth, as everyone else does.
    """

    def __init__(self, worlds: Worlds, spec: ObservationSpec, senses: Senses | None = None) -> None:
        self.worlds, self.spec = worlds, spec
        self.scene = scene_of(worlds.scenarios, spec, senses)
        self._pool = MemoryPool(spec, views_of)
        there = worlds.tables.world
        self._num_agents = there.agent1 - there.agent0
        self._scratch: dict[int, Scratch] = {}  # by the number of a range of rows
        self._restored = worlds.num_restored
        self._maps = (spec, tuple(dict.fromkeys(s.map.id for s in worlds.scenarios)))

    def __call__(
        self,
        world: Int[Array, "b"],
        active: Bool[Array, "b"],
        agent: Int[Array, "b"] | None = None,
        *,
        pinned: bool = False,
    ) -> Observation:
        """What each row sees now.

        Args:
            world: world of each row; -1: padding.
            active: rows that see anything; the others are zero.
            agent: whose frame and history a row has, counted in its world; None: the ego. A row whose
                agent is not there at present is zero and not active.
            pinned: in page-locked memory.

        Raises:
            UsageError: a world or agent that does not exist.
        """
        rows = np.ascontiguousarray(world, dtype=np.int64)
        looking = np.ascontiguousarray(active, dtype=np.bool_)
        who = np.full(len(rows), -1) if agent is None else np.ascontiguousarray(agent, dtype=np.int64)
        self._check(rows, who, agent is not None)
        if pinned:
            observation = Observation.zeros(self.spec, len(rows), pinned=True)
            seen, memory = seen_in(observation)
        else:
            observation, (seen, memory) = self._pool.take(len(rows))
        number = min(self.worlds.num_threads, max(len(rows), 1))
        cuts = [len(rows) * k // number for k in range(number + 1)]
        parts = [(a, b, self._working_space(k, b - a)) for k, (a, b) in enumerate(pairwise(cuts))]
        t = self.worlds.tables
        wanted = (rows, who, looking)
        in_threads(lambda part: observe_tables(part, wanted, t, self.scene, seen, memory), parts)
        return observation

    def _working_space(self, number: int, num_rows: int) -> Scratch:
        """What one thread works with; places that were followed are forgotten when a world went back."""
        if self._restored != self.worlds.num_restored:
            self._restored = self.worlds.num_restored
            for scratch in self._scratch.values():
                forgotten(scratch.places)
        if number not in self._scratch:
            key = (*self._maps, num_rows)
            made = scratch_of(self.spec, int(num_rows), self.worlds.tables.world, self.scene, take_lists(key))
            weakref.finalize(self, give_back, key, made.cells).atexit = False
            self._scratch[number] = made
        return self._scratch[number]

    def _check(self, world: Array, agent: Array, named: bool) -> None:
        if not len(world):
            return
        if world.max() >= len(self.worlds) or world.min() < -1:
            raise UsageError("Observer", f"there are {len(self.worlds)} worlds; asked for {world.max()}.")
        if named:
            count = self._num_agents[world]
            wrong = np.flatnonzero((world >= 0) & ((agent < 0) | (agent >= count)))
            if len(wrong):
                b = int(wrong[0])
                what = f"world {world[b]} has {count[b]} agents; asked for agent {agent[b]}."
                raise UsageError("Observer", what, "Agents count from 0 in their world.")


def observe_tables(
    part: tuple[int, int, Scratch], rows: tuple[Array, Array, Array], t: Tables, scene: Scene, seen: Seen,
    memory: Bytes,
) -> None:  # fmt: skip
    """Writes a range of rows; `rows` are world, agent (-1: ego) and whether a row is active."""
    first, last, scratch = part
    observe_rows(
        first, last, *rows, t.world, t.agents, t.path, t.bodies, t.log, t.signal, t.live, t.live_world,
        t.record, scene, scratch, seen, memory,
    )  # fmt: skip
