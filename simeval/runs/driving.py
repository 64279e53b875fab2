"""One attempt of a policy at a batch, in whatever process it lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simeval.content_hash import digest_of_json
from simeval.policy.faults import Fault, PolicyFault, fault_of
from simeval.policy.protocol import Policy
from simeval.policy.runtime import Runtime
from simeval.runs.attempts import Answer, Attempt, Driven, Failure, Task
from simeval.scenario import Trace
from simeval.sim import Worlds
from simeval.sim.policy_rollout import Rollout, ending_of, run_in_turn

__all__ = ["Watch", "clean", "drive", "overlaps", "stopped_at_start"]

OVERLAP_ROWS = 128  # from here on a batch is driven as two halves beside a GPU


class Watch:
    """Remembers which call is under way, and tells another of it.

    tell: called with step and phase (`INIT`, `ACT`) when a call begins, and with None when it ends. Of policy
        number k among those that drive traffic, the phases are 2 * (k + 1) more.
    inits: the first calls of all, which are of `init`.
    """

    INIT, ACT = 1, 2

    def __init__(self, tell: Callable[[int | None, int], None] | None = None, inits: int = 1) -> None:
        self.step, self.phase, self._calls, self.inits = 0, self.INIT, 0, inits
        self._tell = tell or (lambda step, phase: None)

    def __call__(self, step: int | None) -> None:
        """As `Rollout` calls it."""
        if step is not None:
            self.step, self.phase = step, self.ACT if self._calls >= self.inits else self.INIT
            self._calls += 1
        self._tell(step, self.phase)

    def of_traffic(self, number: int) -> Callable[[int | None], None]:
        """The same for a policy that drives traffic."""

        def tell(step: int | None, phase: int) -> None:
            if step is not None:
                self.step = step
            self._tell(step, phase + 2 * (number + 1))

        return Watch(tell)

    @staticmethod
    def is_act(phase: int) -> bool:
        """Whether a phase is a call of `act`, of whichever policy."""
        return phase > 0 and phase % 2 == 0

    @staticmethod
    def traffic_number(phase: int) -> int:
        """The number of the policy that drives traffic and is called in a phase; -1: it is the ego's."""
        return (phase - 1) // 2 - 1 if phase > Watch.ACT else -1


def drive(
    task: Task,
    attempt: Attempt,
    policy: Policy | str,
    runtime: Runtime,
    *,
    threads: int,
    watch: Watch,
    traffic: Mapping[str, Policy] | None = None,
    is_ours: Callable[[BaseException], bool] = lambda error: isinstance(error, KeyboardInterrupt),
) -> Answer:
    """Drives the rows of an attempt that are present, by a policy or (by its name) an engine driver.

    `is_ours` says of an exception that is none of `Exception` whether it means us, not the policy.
    """
    began = time.perf_counter()
    parts = _halves(attempt) if overlaps(policy, runtime, attempt) else [attempt]
    watch.inits = len(parts)
    try:
        rollouts = [
            _rollout(
                task, part, policy, runtime,
                watch=watch, threads=threads, traffic=traffic, watch_traffic=watch.of_traffic,
            )
            for part in parts
        ]  # fmt: skip
        run_in_turn(rollouts)
    except PolicyFault as error:
        return Failure(fault=clean(error.fault), everywhere=error.fault.kind == "construction")
    except BaseException as error:
        if isinstance(error, Exception) or is_ours(error):
            raise
        return Failure(fault=clean(fault_of(error, "exception", watch.step)))
    elapsed_ms = 1e3 * (time.perf_counter() - began)
    found = {row: one for part, r in zip(parts, rollouts, strict=True) for row, one in _driven(part, r)}
    wall_ms = _shares(elapsed_ms, {row: one.trace for row, one in found.items()})
    return {row: replace(one, wall_ms=wall_ms[row]) for row, one in found.items()}


def overlaps(policy: Policy | str, runtime: Runtime, attempt: Attempt) -> bool:
    """Whether a batch is driven as two that take turns, so that one is simulated while a GPU computes for
    the other. A small batch stays whole: half of it would take the GPU as long."""
    on_gpu = not isinstance(policy, str) and runtime.torch_device.type == "cuda"
    return on_gpu and len(attempt.members) >= OVERLAP_ROWS


def _halves(attempt: Attempt) -> list[Attempt]:
    middle = len(attempt.members) // 2
    return [
        Attempt(
            members=members,
            present=tuple(row for row in attempt.present if row in members),
            stops={row: fault for row, fault in attempt.stops.items() if row in members},
        )
        for members in (attempt.members[:middle], attempt.members[middle:])
    ]


def _rollout(task: Task, attempt: Attempt, policy: Policy | str, runtime: Runtime, **how: Any) -> Rollout:
    place = {row: i for i, row in enumerate(attempt.members)}
    return Rollout(
        [task.scenarios[row] for row in attempt.members], policy, task.settings, runtime,
        present=[place[row] for row in attempt.present],
        stops={place[row]: fault for row, fault in attempt.stops.items()},
        seed=_seed(task, attempt),
        seeds=[task.seeds[row] for row in attempt.members] if task.seeds is not None else None,
        **how,
    )  # fmt: skip


def _driven(attempt: Attempt, rollout: Rollout) -> Iterator[tuple[int, Driven]]:
    """The episodes of a rollout that has ended."""
    for place, row in enumerate(attempt.members):
        if row in attempt.present:
            trace, fault = rollout.trace(place), rollout.faults.get(place)
            times = _call_times(rollout, trace)
            yield row, Driven(trace=trace, fault=clean(fault) if fault else None, **times)


def stopped_at_start(task: Task, faults: dict[int, Fault], members: tuple[int, ...]) -> dict[int, Driven]:
    """Episodes that end before their first step, by a policy that was never called in them."""
    seeds = [task.seeds[row] for row in members] if task.seeds is not None else None
    worlds = Worlds([task.scenarios[row] for row in members], task.driver, task.settings, seeds=seeds)
    found = {}
    for place, row in enumerate(members):
        if row in faults:
            worlds.stop(place, ending_of(faults[row]), str(faults[row]))
            found[row] = Driven(trace=worlds.trace(place), fault=faults[row], wall_ms=0.0)
    return found


def clean(fault: Fault) -> Fault:
    """The same fault with texts that any file can hold."""
    return replace(fault, message=_clean(fault.message), trace=_clean(fault.trace))


def _clean(text: str) -> str:
    """Characters that a terminal would obey, or no file can hold, are replaced."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def _seed(task: Task, attempt: Attempt) -> int:
    return int(digest_of_json([task.seed, attempt.members])[:12], 16)


def _shares(elapsed_ms: float, traces: dict[int, Trace]) -> dict[int, float]:
    """Wall time by agents x steps."""
    sizes = {row: t.num_steps * len(t.agents) for row, t in traces.items()}
    whole = sum(sizes.values()) or 1
    return {row: elapsed_ms * size / whole for row, size in sizes.items()}


def _call_times(rollout: Rollout, trace: Trace) -> dict[str, Any]:
    """Times of the batch's calls while this episode was under way."""
    calls = rollout.call_ms[: -(-trace.num_steps // rollout.spec.replan_every)]
    if not calls:
        return {}
    p50, p99 = np.percentile(calls, [50, 99])
    return {"policy_ms_p50": float(p50), "policy_ms_p99": float(p99)}
