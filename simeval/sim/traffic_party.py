"""Agents beside the ego that one policy drives, in all worlds of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array
from simeval.policy.actions import row_faults
from simeval.policy.faults import Fault, PolicyFault
from simeval.policy.protocol import Policy
from simeval.policy.runtime import Runtime
from simeval.sim.caller import Caller
from simeval.sim.following import follower_of
from simeval.sim.move import POSED
from simeval.sim.observe import Observer
from simeval.sim.rollout import Worlds
from simeval.sim.runnable import POSES_CONTROL
from simeval.sim.seats import Seats

__all__ = ["PartySnapshot", "TrafficParty"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PartySnapshot:
    """Of the agents of one world, in order: what is remembered, what is followed, who has been met."""

    memory: tuple[Any, ...]
    command: tuple[Any, ...]
    met: tuple[bool, ...]


class TrafficParty:
    """One row an agent, for as long as the batch lasts: a row whose agent is not there, or whose world has
    ended, sees nothing. The memory of a row begins when its agent enters.

    Args:
        name: reference of the policy.
        seats: whom it drives.
        seed, watch: see `Rollout`.

    Raises:
        PolicyFault: `init` failed, or later a call; its fault says that it is the traffic's.
    """

    def __init__(
        self, name: str, policy: Policy, worlds: Worlds, seats: Seats, runtime: Runtime, *, seed: int,
        watch: Callable[[int | None], None] | None,
    ) -> None:  # fmt: skip
        self.name, self.worlds, self.seats, self.spec = name, worlds, seats, policy.spec
        self._follower = follower_of(self.spec, len(seats.world), seats)
        self._follower.keep_course(worlds)
        if self._follower.driver == POSES_CONTROL:
            worlds.tables.vehicle.model[seats.driven] = POSED
        self._observer = Observer(worlds, self.spec.observation)
        self._own = seats.agent - worlds.tables.world.agent0[seats.world]
        rows = runtime.num_rows(len(seats.world))
        try:
            self._caller = Caller(policy, runtime, rows, seed=seed, watch=watch)
        except PolicyFault as error:
            raise PolicyFault(self._named(error.fault)) from error
        self._met = self._are_there()
        late = np.flatnonzero(~self._met).tolist() if not hasattr(policy, "take") else []
        self._beginning = {row: self._caller.memory_of(row) for row in late}

    def decide(self, step: int, taking_part: Bool[Array, "w"]) -> dict[int, Fault]:
        """Observes, calls and hands the actions on; the faults of single rows, by world.

        Args:
            step: since the start.
            taking_part: the worlds that have not ended.

        Raises:
            PolicyFault: the call failed as a whole.
        """
        taking = taking_part[self.seats.world] & self._are_there()
        if step % self.spec.replan_every != 0 or not taking_part.any():
            return {}
        self._meet(taking)
        try:
            action = self._caller.act(self._observe(taking), step)[: len(taking)]
        except PolicyFault as error:
            raise PolicyFault(self._named(error.fault)) from error
        wrong = self._caller.unsteady | row_faults(action, self.spec, step)
        faults: dict[int, Fault] = {}
        for row in sorted(row for row in wrong if row < len(taking) and taking[row]):
            taking[row] = False
            faults.setdefault(int(self.seats.world[row]), self._named(wrong[row], row))
        self._follower.accept(self.worlds, np.flatnonzero(taking), action[taking])
        return faults

    def tell(self) -> None:
        """Gives every vehicle its command for the next step."""
        self.worlds.tell(self.seats.driven, **self._follower.command(self.worlds))

    def snapshot(self, world: int) -> PartySnapshot:
        """Of the agents of one world."""
        rows = np.flatnonzero(self.seats.world == world).tolist()
        return PartySnapshot(
            memory=tuple(self._caller.memory_of(row) for row in rows),
            command=tuple(self._follower.take(row) for row in rows),
            met=tuple(bool(self._met[row]) for row in rows),
        )

    def restore(self, world: int, kept: PartySnapshot) -> None:
        """Lets the agents of a world go on from there."""
        rows = np.flatnonzero(self.seats.world == world).tolist()
        for row, memory, command, met in zip(rows, kept.memory, kept.command, kept.met, strict=True):
            self._caller.put_memory(row, memory)
            self._follower.put(row, command)
            self._met[row] = met

    def _are_there(self) -> Bool[Array, "n"]:
        return np.asarray(self.worlds.tables.live.presence[self.seats.agent] == 1)

    def _meet(self, taking: Bool[Array, "n"]) -> None:
        """Rows whose agents have entered since the last call begin with the memory of a beginning."""
        for row in np.flatnonzero(taking & ~self._met).tolist():
            self._met[row] = True
            if row in self._beginning:
                self._caller.put_memory(row, self._beginning[row])

    def _observe(self, taking: Bool[Array, "n"]) -> Any:
        padding = self._caller.num_rows - len(taking)
        rows = np.concatenate([self.seats.world, np.full(padding, -1)])
        active = np.concatenate([taking, np.zeros(padding, dtype=bool)])
        return self._observer(rows, active, np.concatenate([self._own, np.zeros(padding, dtype=np.int64)]))

    def _named(self, fault: Fault, row: int | None = None) -> Fault:
        """The fault as one of the traffic's."""
        who = ""
        if row is not None:
            ids = self.worlds.scenarios[self.seats.world[row]].agents.ids
            who = f" for agent {ids[self._own[row]]!r}"
        message = f"traffic by {self.name}{who}: {fault.message}"
        return replace(fault, message=message, traffic=self.name)
