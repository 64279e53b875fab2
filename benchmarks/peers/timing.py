"""Runs in a peer's own process: times its workloads and prints one JSON document.

This file needs nothing but Python, because a peer may live in an environment without simeval.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

CALIBRATION_ROUNDS = 300_000
REPEATS = int(os.environ.get("SIMEVAL_PEER_REPEATS", "5"))


class Steps(NamedTuple):
    """What a repeat did: seconds of CPU it took, agent-steps and world-steps in it.

    Of CPU, so that waiting for a core that others use does not count, for peers as for us.
    """

    seconds: float
    agents: int
    worlds: int


class Workload(NamedTuple):
    """A named workload; `run` does one repeat."""

    name: str
    includes: str
    dt_s: float
    run: Callable[[], Steps]


def calibration_ms() -> float:
    """Milliseconds of a fixed loop of dependent floating-point operations in plain Python."""
    began, x = time.perf_counter(), 0.5
    for _ in range(CALIBRATION_ROUNDS):
        x = 3.9 * x * (1.0 - x)
    assert 0.0 < x < 1.0
    return 1e3 * (time.perf_counter() - began)


def stopwatch(work: Callable[[], tuple[int, int]]) -> Steps:
    """Times a call that returns how many agent-steps and world-steps it made."""
    began = time.process_time()
    agents, worlds = work()
    return Steps(time.process_time() - began, agents, worlds)


def measured(workload: Workload) -> dict[str, object]:
    """A warm-up, then repeats with a calibration loop before each."""
    workload.run()
    rates, calibration, last = [], [], None
    for _ in range(REPEATS):
        gc.collect()
        calibration.append(calibration_ms())
        last = workload.run()
        rates.append((last.agents / last.seconds, last.worlds / last.seconds))
    assert last is not None
    return {
        "workload": workload.name,
        "includes": workload.includes,
        "agents": last.agents / last.worlds,
        "agent_steps_per_s": statistics.median(a for a, _ in rates),
        "world_steps_per_s": statistics.median(w for _, w in rates),
        "dt_s": workload.dt_s,
        "scenarios_per_core_minute": 60.0 * statistics.median(w for _, w in rates) / 80.0,
        "repeats_agent_steps_per_s": [a for a, _ in rates],
        "calibration_ms": calibration,
    }


def report(peer: str, version: str, workloads: Iterable[Workload]) -> None:
    """Times all workloads of a peer and prints what came out, last line of standard output."""
    rows = [measured(workload) for workload in workloads]
    json.dump({"peer": peer, "version": version, "rows": rows}, sys.stdout)
    print(flush=True)
