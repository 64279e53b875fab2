"""Observation: what any agent of any world sees now, for a whole batch in one call."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.kernel import kernel
from simeval.policy import Observation, ObservationSpec
from simeval.sim.build import Tables
from simeval.sim.observe_agents import see_agents, see_self, state_at
from simeval.sim.observe_lanes import see_edges, see_lanes
from simeval.sim.observe_route import recorded_place, see_goal, see_route
from simeval.sim.observe_tables import Scene, Scratch, Seen, scene_of, scratch_of, seen_in
from simeval.sim.rollout import Worlds, in_threads
from simeval.sim.senses import Senses
from simeval.sim.tables import BodyTable, PathTable, Row, Table

__all__ = ["Observer", "observe_tables"]


@kernel
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


@kernel
def observe_rows(
    first: int, last: int, of_world: Array, of_agent: Array, active: Array, world: Table, agents: Table,
    path: PathTable, bodies: BodyTable, log: Table, signal: Array, live: Table, live_world: Table,
    record: Table, scene: Scene, scratch: Scratch, seen: Seen,
) -> None:  # fmt: skip
    """Writes rows `first:last`. Row b sees world `of_world[b]` from agent `of_agent[b]`; one that is not
    active, or whose agent is not there, is left as it is."""
    eye = scratch.eye[0]
    for b in range(first, last):
        w = of_world[b]
        if not active[b] or w < 0:
            continue
        here, now, site = world[w], live_world[w], scene.sites[w]
        a = here.agent0 + of_agent[b] if of_agent[b] >= 0 else here.ego
        if not _look(here, now, log, record, scene, w, a, b, eye):
            continue
        see_self(here, eye, agents, bodies, log, record, seen)
        see_agents(here, eye, agents, bodies, log, record, scene, scratch, seen)
        signals = here.signal1 - here.signal0
        at = here.signal_log0 + eye.step * signals
        see_lanes(site, eye, scene, signal[at : at + signals], here.signal0, scratch, seen)
        see_edges(site, eye, scene, scratch, seen)
        if live[a].path >= 0:
            is_followed = a == here.ego or agents[a].driven >= 0
            s = live[a].s if is_followed else recorded_place(here, live[a], a, eye.step, log, record, path)
            see_route(live[a], eye, s, path, seen)
        if a == here.ego:
            if site.has_goal == 1:
                see_goal(site.goal_x, site.goal_y, eye, seen)
        elif agents[a].driven >= 0 and live[a].path >= 0:
            end = live[a].path1 - 1
            see_goal(path.x[end], path.y[end], eye, seen)
        seen.time_s[b] = now.step * here.dt
        seen.active[b] = True


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
        observation = Observation.zeros(self.spec, len(rows), pinned=pinned)
        seen = seen_in(observation)
        cuts = np.linspace(0, len(rows), min(self.worlds.num_threads, max(len(rows), 1)) + 1).astype(int)
        parts = [(int(first), int(last), scratch_of(self.spec)) for first, last in pairwise(cuts)]
        t = self.worlds.tables
        in_threads(lambda part: observe_tables(part, (rows, who, looking), t, self.scene, seen), parts)
        return observation

    def _check(self, world: Array, agent: Array, named: bool) -> None:
        if not len(world):
            return
        if world.max() >= len(self.worlds) or world.min() < -1:
            raise UsageError("Observer", f"there are {len(self.worlds)} worlds; asked for {world.max()}.")
        if named:
            there = self.worlds.tables.world
            count = (there.agent1 - there.agent0)[world]
            wrong = np.flatnonzero((world >= 0) & ((agent < 0) | (agent >= count)))
            if len(wrong):
                b = int(wrong[0])
                what = f"world {world[b]} has {count[b]} agents; asked for agent {agent[b]}."
                raise UsageError("Observer", what, "Agents count from 0 in their world.")


def observe_tables(
    part: tuple[int, int, Scratch], rows: tuple[Array, Array, Array], t: Tables, scene: Scene, seen: Seen
) -> None:
    """Writes a range of rows; `rows` are world, agent (-1: ego) and whether a row is active."""
    first, last, scratch = part
    observe_rows(
        first, last, *rows, t.world, t.agents, t.path, t.bodies, t.log, t.signal, t.live, t.live_world,
        t.record, scene, scratch, seen,
    )  # fmt: skip
