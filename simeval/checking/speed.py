"""How long a call takes, and what that makes of a run of the bundled suites."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from simeval.authoring import Family
from simeval.checking.contract import Answers, of_fault
from simeval.checking.probe import Probe, rows_of
from simeval.checking.report import Check, ok, warn
from simeval.checking.samples import NUM_ROWS, Samples
from simeval.policy import Memory, Observation
from simeval.policy.faults import PolicyFault

__all__ = ["check_latency", "estimate"]

LONG_ENOUGH, CALLS, WARM_UP = 0.5, 100, 3  # [s] and calls for each batch size, and calls before
SLOW = 100.0  # [ms] a call of one row slower than this cannot plan ten times a second on this machine


def check_latency(probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]) -> Check:
    """Times calls of 1 row and of all rows, after three that do not count."""
    name, seen = "latency", samples.observations[-1]
    texts = []
    try:
        for count in (1, seen.num_rows):
            rows = list(range(count))
            memory = probe.take(probe.copy(answers.before), torch.tensor(rows))
            few = rows_of(seen, rows)
            half, late = np.percentile(_times(probe, few, memory), [50, 99])
            figures[f"act_ms_p50_batch_{count}"] = float(half)
            figures[f"act_ms_p99_batch_{count}"] = float(late)
            texts.append(f"{count} row{'s' if count > 1 else ''}: {half:.3g} ms (p99 {late:.3g})")
    except PolicyFault as error:
        return of_fault(name, error.fault)
    found = f"{', '.join(texts)} on {probe.device}"
    if figures["act_ms_p50_batch_1"] > SLOW:
        return warn(name, found, "Slower than a policy that plans every 0.1 s may be.")
    return ok(name, found)


def _times(probe: Probe, seen: Observation, memory: Memory) -> list[float]:
    watch, until = Stopwatch(probe.device), time.perf_counter() + LONG_ENOUGH
    for _ in range(CALLS + WARM_UP):
        probe.raw(probe.seen(seen), probe.copy(memory), watch)
        if time.perf_counter() > until:
            break
    return watch.ms[WARM_UP:] or watch.ms[-1:]


class Stopwatch:
    """Milliseconds within each `with`, what a GPU has still to do included."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.ms: list[float] = []

    def __enter__(self) -> None:
        self._wait()
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._wait()
        self.ms.append(1e3 * (time.perf_counter() - self.began))

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def estimate(
    probe: Probe, families: Sequence[Family], steps: list[int], batch: int, figures: dict[str, float]
) -> Check:
    """Time of a run of all bundled scenarios; `steps`: of each family's scenarios."""
    counts = [len(family.cases()) for family in families]
    total = sum(counts)
    calls = -(-total // batch) * max(steps) / probe.spec.replan_every
    world_steps = sum(count * length for count, length in zip(counts, steps, strict=True))
    one, many = figures.get("act_ms_p50_batch_1", 0.0), figures.get(f"act_ms_p50_batch_{NUM_ROWS}", 0.0)
    policy = 1e-3 * calls * (one + (many - one) * (batch - 1) / (NUM_ROWS - 1))
    around = 1e-6 * world_steps * figures.get("simulator_us_per_world_step", 0.0)
    figures["bundled_suites_s"] = policy + around
    found = f"driving all {total} scenarios, {batch} at once: about {policy + around:.2g} s"
    return ok("bundled suites", f"{found}, {policy:.2g} s of it in the policy; judging comes on top")
