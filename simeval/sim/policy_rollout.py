"""Worlds driven by policies: observe, act, advance, until every episode has ended."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.policy import PolicySpec
from simeval.policy.actions import row_faults
from simeval.policy.faults import Fault
from simeval.policy.protocol import Policy
from simeval.policy.runtime import Runtime
from simeval.scenario import Ending, Scenario, Trace
from simeval.sim.caller import Caller
from simeval.sim.commands import Follower
from simeval.sim.following import follower_of
from simeval.sim.late import Late
from simeval.sim.observe import Observer
from simeval.sim.plan_log import PlanLog
from simeval.sim.rollout import Worlds
from simeval.sim.senses import put_seed, senses_of
from simeval.sim.settings import SimSettings
from simeval.sim.snapshot import Snapshot
from simeval.sim.traffic_parties import parties_of
from simeval.sim.traffic_party import PartySnapshot

__all__ = ["PolicySnapshot", "Rollout", "ending_of", "run_in_turn"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicySnapshot:
    """One episode at one step: its world, what the policy remembers, the command or plan under way."""

    world: Snapshot
    memory: Any  # of one row
    command: Any
    seed: int  # of what is drawn in it
    plans: tuple[tuple[int, Array], ...] = ()  # trajectories noted so far, with their steps
    traffic: tuple[PartySnapshot, ...] = ()


class Rollout:
    """Episodes whose egos one policy drives side by side, in batches of a constant number of rows.

    Policies may drive traffic, too: each looks at the same moment, has rows and memory of its own, and where
    it fails, the episode ends as `traffic_error`.

    A world that has ended keeps its row, which sees nothing and is not active, so that a row's result
    does not depend on when others end (except with `runtime.compact`).

    Args:
        scenarios: one a row; each must pass `check_runnable` for "controls", or the engine driver.
        policy: who drives; `as_policy` makes one of modules and functions. Or the name of an engine driver.
        runtime: device, dtype, exactness.
        present: rows that take part; the others are padding from the start. None: all.
        stops: rows that end before the policy is called at the step of their fault.
        seed: of torch's generators, for policies that declare `is_random`.
        traffic: the policies that `settings.traffic` names, by reference.
        seeds: of the episodes, for what the settings draw in each (see `Axes`); None: 0.
        watch: called with the step before each call of the policy, and with None after it.
        watch_traffic: gives the same for policy number k among those that drive traffic, in the order of
            their references.
        threads: of the simulator.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        policy: Policy | str,
        settings: SimSettings | None = None,
        runtime: Runtime | None = None,
        *,
        present: Sequence[int] | None = None,
        stops: Mapping[int, Fault] | None = None,
        traffic: Mapping[str, Policy] | None = None,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
        watch: Callable[[int | None], None] | None = None,
        watch_traffic: Callable[[int], Callable[[int | None], None]] | None = None,
        threads: int = 1,
    ) -> None:
        self.runtime = runtime or Runtime()
        chosen = settings or SimSettings()
        self._seeds = list(seeds) if seeds is not None else [0] * len(scenarios)
        self.spec = PolicySpec() if isinstance(policy, str) else policy.spec
        self._follower: Follower = follower_of(self.spec, len(scenarios))
        driver = policy if isinstance(policy, str) else self._follower.driver
        self.worlds = Worlds(scenarios, driver, settings, threads=threads, seeds=self._seeds)
        if chosen.disturbs_commands:
            planned = follower_of(self.spec, len(scenarios))
            self._follower = Late(self._follower, planned, self.worlds, chosen, self._seeds)
        self._senses = senses_of(scenarios, chosen, self._seeds)
        self._observer = Observer(self.worlds, self.spec.observation, self._senses)
        self._plans = PlanLog(self.spec, self.worlds)
        self._rows = np.arange(len(scenarios))  # the world of each row of the policy
        self.faults: dict[int, Fault] = {}
        self._stops = dict(stops or {})
        self._present = np.isin(self._rows, self._rows if present is None else np.asarray(present, dtype=int))
        self.steps = 0
        self._begun = self._asks = False
        self.seconds = {"observe": 0.0, "act": 0.0, "step": 0.0}
        self.call_ms: list[float] = []
        self._stop_due()
        self.caller: Caller | None = None
        if not isinstance(policy, str):
            count = self.runtime.num_rows(len(scenarios))
            self.caller = Caller(policy, self.runtime, count, seed=seed, watch=watch)
        self._parties = parties_of(
            self.worlds, chosen, traffic or {}, self.runtime, seed=seed, watch=watch_traffic
        )

    @property
    def all_done(self) -> bool:
        """Whether every episode that takes part has ended."""
        return not bool((self.worlds.active & self._present).any())

    def run(self) -> None:
        """Drives until all episodes have ended.

        Raises:
            PolicyFault: a call failed as a whole; the rollout is then of no further use.
        """
        run_in_turn([self])

    def step(self) -> None:
        """One step of every episode that has not ended; calls the policy where that is due.

        Raises:
            PolicyFault: the call failed as a whole.
        """
        self.begin_step()
        self.finish_step()

    def begin_step(self) -> None:
        """The first half of `step`: asks the policy, without waiting for a GPU.

        Raises:
            PolicyFault: as `step`.
        """
        self._begun = True
        self._stop_due()
        self._asks = self.steps % self.spec.replan_every == 0 and not self.all_done
        if self.caller is not None and self._asks:
            self._ask(self.caller)

    def finish_step(self) -> None:
        """The second half of `step`: hands on what the policy answers, and moves everyone.

        Raises:
            PolicyFault: as `step`.
        """
        if self.caller is not None and self._asks:
            self._take_answer(self.caller)
        if self._parties:
            self._decide_traffic()
        began = time.perf_counter()
        command = {} if self.caller is None else self._follower.command(self.worlds)
        for party in self._parties:
            party.tell()
        self.worlds.advance(1, **command)
        self.seconds["step"] += time.perf_counter() - began
        self.steps += 1

    def observe(self) -> Any:
        """What the policy sees now: one row an episode, and padding."""
        active = self.worlds.active & self._present
        padding = (self.caller.num_rows if self.caller is not None else 0) - len(self._rows)
        rows = np.concatenate([self._rows, np.full(padding, -1)])
        looking = np.concatenate([active[self._rows], np.zeros(padding, dtype=bool)])
        on_gpu = self.caller is not None and self.caller.device.type == "cuda"
        return self._observer(rows, looking, pinned=on_gpu)

    def trace(self, row: int) -> Trace:
        """What has happened in one episode so far."""
        return replace(self.worlds.trace(row), plans=self._plans.of(row))

    def snapshot(self, row: int) -> PolicySnapshot:
        """An episode as it is now; another row of the same scenario can go on from it."""
        return PolicySnapshot(
            world=self.worlds.snapshot(row),
            memory=self.caller.memory_of(self._place(row)) if self.caller is not None else None,
            command=self._follower.take(row),
            plans=self._plans.take(row),
            seed=self._seeds[row],
            traffic=tuple(party.snapshot(row) for party in self._parties),
        )

    def restore(self, row: int, snapshot: PolicySnapshot) -> None:
        """Puts an episode into a row. All rows of a rollout plan at the same steps.

        Raises:
            UsageError: another scenario, or a step at which this rollout's policy would not plan.
        """
        self.worlds.restore(row, snapshot.world)
        step = int(self.worlds.tables.live_world[row].step)
        every = math.lcm(self.spec.replan_every, *(party.spec.replan_every for party in self._parties))
        if self._begun and (step - self.steps) % every != 0:
            raise UsageError(
                f"row {row}", f"a snapshot of step {step} does not fit a rollout at step {self.steps}.",
                f"Who drives plans every {every} steps; restore at a multiple of that.",
            )  # fmt: skip
        if self.caller is not None:
            self.caller.put_memory(self._place(row), snapshot.memory)
        for party, kept in zip(self._parties, snapshot.traffic, strict=True):
            party.restore(row, kept)
        self._follower.put(row, snapshot.command)
        self._plans.put(row, snapshot.plans)
        self._seeds[row] = snapshot.seed
        put_seed(self._senses, self.worlds.scenarios, row, snapshot.seed)
        self.faults.pop(row, None)
        self.steps, self._begun = step, True

    def _place(self, row: int) -> int:
        """The policy's row of a world."""
        places = np.flatnonzero(self._rows == row)
        if not len(places):
            raise UsageError(f"row {row}", "has ended and left the batch (compact).", "Run without compact.")
        return int(places[0])

    def _decide_traffic(self) -> None:
        """The same for the traffic that policies drive, who look at the same moment."""
        began = time.perf_counter()
        for party in self._parties:
            for row, fault in party.decide(self.steps, self.worlds.active & self._present).items():
                self._end(row, fault)
        self.seconds["act"] += time.perf_counter() - began

    def _ask(self, caller: Caller) -> None:
        """Observes and calls."""
        if self.runtime.compact:
            self._leave_out_finished(caller)
        began = time.perf_counter()
        observation = self.observe()
        seen = time.perf_counter()
        caller.ask(observation, self.steps)
        self.seconds["observe"] += seen - began
        self.call_ms.append(1e3 * (time.perf_counter() - seen))

    def _take_answer(self, caller: Caller) -> None:
        """Waits, checks, hands the actions on."""
        began = time.perf_counter()
        action = caller.answer()[: len(self._rows)]
        self.call_ms[-1] += 1e3 * (time.perf_counter() - began)
        self.seconds["act"] += 1e-3 * self.call_ms[-1]
        taking = (self.worlds.active & self._present)[self._rows]
        self._blame(caller.unsteady, action, taking)
        self._follower.accept(self.worlds, self._rows[taking], action[taking])
        self._plans.keep(self._rows[taking], action[taking])

    def _blame(self, unsteady: Mapping[int, Fault], action: Array, taking: Array) -> None:
        """Ends the episodes whose own row of the action is at fault."""
        wrong = {r: f for r, f in unsteady.items() if taking[r]}
        wrong |= {r: f for r, f in row_faults(action, self.spec, self.steps).items() if taking[r]}
        for place, fault in wrong.items():
            taking[place] = False
            self._end(int(self._rows[place]), fault)

    def _end(self, row: int, fault: Fault) -> None:
        self.faults[row] = fault
        self.worlds.stop(row, ending_of(fault), str(fault))

    def _stop_due(self) -> None:
        for row, fault in list(self._stops.items()):
            if self.steps >= fault.step:
                self._end(row, self._stops.pop(row))

    def _leave_out_finished(self, caller: Caller) -> None:
        keep = np.flatnonzero((self.worlds.active & self._present)[self._rows])
        if len(keep) < len(self._rows):
            caller.keep(torch.from_numpy(keep))
            self._rows = self._rows[keep]


def run_in_turn(rollouts: Sequence[Rollout]) -> None:
    """Drives them to their ends side by side: while a GPU computes for one, the others are simulated.

    Raises:
        PolicyFault: a call failed as a whole; the rollouts are then of no further use.
    """
    under_way = deque(rollout for rollout in rollouts if not rollout.all_done)
    for rollout in under_way:
        rollout.begin_step()
    while under_way:
        rollout = under_way.popleft()
        rollout.finish_step()
        if not rollout.all_done:
            rollout.begin_step()
            under_way.append(rollout)


def ending_of(fault: Fault) -> Ending:
    """How an episode ends by a fault of its policy, or of one in its traffic."""
    if fault.traffic:
        return Ending.TRAFFIC_ERROR
    return {"timeout": Ending.TIMEOUT, "nonfinite": Ending.NONFINITE}.get(fault.kind, Ending.POLICY_ERROR)
