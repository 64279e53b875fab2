"""Decisions that arrive late or never."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from simeval.arrays import Array
from simeval.sim.axes import Axes, steps_of
from simeval.sim.commands import Follower
from simeval.sim.rollout import Worlds
from simeval.traffic.philox import key_for, uniform

__all__ = ["Late"]


class Late:
    """Hands decisions on to a follower when they are due.

    A decision is understood at once (`planned` places a trajectory in the map where the ego is now), and
    given to the follower later, as it was then. Which ones are lost follows from the episode's seed, the
    scenario's id and the step.

    Args:
        active: follows what has arrived.
        planned: another follower of the same kind.
        worlds: what is driven.
        seeds: of the episodes.
    """

    def __init__(
        self, active: Follower, planned: Follower, worlds: Worlds, settings: Axes, seeds: Sequence[int]
    ) -> None:
        self.driver, self.active, self.planned = active.driver, active, planned
        self.lost = settings.drop_plans
        self.lag: Int[Array, "w"] = np.array([steps_of(settings.latency_s, s.dt) for s in worlds.scenarios])
        self.seeds = list(seeds)
        self._ids = [(s.id, s.agents.ids[s.ego]) for s in worlds.scenarios if s.ego is not None]
        self._under_way: list[deque[tuple[int, Any]]] = [deque() for _ in worlds.scenarios]
        active.keep_course(worlds)

    def keep_course(self, worlds: Worlds) -> None:
        """As the follower."""
        self.active.keep_course(worlds)

    def accept(self, worlds: Worlds, rows: Array, action: Array) -> None:
        """Sends off what was decided now."""
        self.planned.accept(worlds, rows, action)
        for row in rows.tolist():
            step = int(worlds.tables.live_world[row].step)
            if not self._is_lost(row, step):
                self._under_way[row].append((step + int(self.lag[row]), self.planned.take(row)))

    def command(self, worlds: Worlds) -> dict[str, Array]:
        """What each ego is told by what has arrived."""
        for row, sent in enumerate(self._under_way):
            while sent and sent[0][0] <= worlds.tables.live_world[row].step:
                self.active.put(row, sent.popleft()[1])
        return self.active.command(worlds)

    def take(self, row: int) -> Any:
        """What is followed, what is under way, and by which seed more is lost."""
        return self.active.take(row), tuple(self._under_way[row]), self.seeds[row]

    def put(self, row: int, kept: Any) -> None:
        """Goes on from there."""
        followed, sent, self.seeds[row] = kept
        self.active.put(row, followed)
        self._under_way[row] = deque(sent)

    def _is_lost(self, row: int, step: int) -> bool:
        if not self.lost:
            return False
        return bool(uniform(key_for(self.seeds[row], *self._ids[row], "lost plan"), step, 0) < self.lost)
