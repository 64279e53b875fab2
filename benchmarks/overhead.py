"""What the harness costs beside the policy: closed loop against the same forward passes alone.

    python benchmarks/overhead.py [--policy bc-small] [--batch 64] [--device cpu] [--json]

1. A policy drives 64 worlds of an intersection with 32 vehicles each for 100 steps: observe, act, advance,
   record, and the traces written to disk as a run writes them. Beside it, in the same process, the same
   calls of `act` on the observations that were stored. Both are repeated 5 times in turns; the figure is
   the ratio of the medians. Building the worlds comes before and is printed, not counted.
2. A policy that returns zeros drives the same worlds: microseconds a world and step, by part.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the process of a policy; read when torch loads

import torch
from scene import crossing, intersection, with_lanes

from simeval.kernel import kernel
from simeval.policy import Observation, Policy, PolicySpec, as_policy
from simeval.policy.guard import guarded
from simeval.policy.loading import load_policy
from simeval.policy.reference import parse_reference
from simeval.policy.runtime import Runtime
from simeval.runs import files
from simeval.runs.machine import num_processors
from simeval.runs.parts import trace_row
from simeval.runs.tables import encode, table_of
from simeval.scenario import Scenario
from simeval.sim import SimSettings
from simeval.sim.close_step import record_world
from simeval.sim.move import move_world
from simeval.sim.plan import plan_world
from simeval.sim.policy_rollout import Rollout
from simeval.sim.settle import settle_world

STEPS, REPEATS, VEHICLES, THREADS = 100, 5, 32, num_processors()
SETTINGS = SimSettings(end_on=())


@contextmanager
def added(seconds: dict[str, float], part: str) -> Iterator[None]:
    """Adds the time inside to a part."""
    began = time.perf_counter()
    yield
    seconds[part] = seconds.get(part, 0.0) + time.perf_counter() - began


def write(rollout: Rollout, folder: Path) -> None:
    """Writes all traces as a run does."""
    rows = [trace_row(str(w), rollout.trace(w)) for w in range(len(rollout.worlds))]
    files.write_file(folder / "traces.parquet", encode("traces", table_of("traces", rows)))


def closed_loop(
    scenarios: list[Scenario], policy: Policy, runtime: Runtime, folder: Path
) -> dict[str, float]:
    """Seconds of one rollout by part; `build` stands before the loop."""
    seconds: dict[str, float] = {}
    with added(seconds, "build"):
        rollout = Rollout(scenarios, policy, SETTINGS, runtime, threads=THREADS)
    with added(seconds, "loop"):
        while rollout.steps < STEPS:
            rollout.step()
        with added(seconds, "write"):
            write(rollout, folder)
    return seconds | rollout.seconds


def stored_observations(scenarios: list[Scenario], policy: Policy, runtime: Runtime) -> list[Observation]:
    """What the policy sees in a rollout."""
    rollout, seen = Rollout(scenarios, policy, SETTINGS, runtime), []
    while rollout.steps < STEPS:
        seen.append(rollout.observe())
        rollout.step()
    return seen


def forward_passes(seen: list[Observation], policy: Policy, runtime: Runtime) -> float:
    """Seconds of the same calls of `act` alone."""
    device, dtype = runtime.torch_device, runtime.torch_dtype
    with guarded(one_thread=runtime.exact):
        memory = policy.init(runtime.num_rows(len(seen[0].active)), device)
        began = time.perf_counter()
        for observation in seen:
            action, memory = policy.act(observation.to(device, dtype), memory)
            action.to("cpu")
        return time.perf_counter() - began


def against_forward_passes(
    scenarios: list[Scenario], policy: Policy, runtime: Runtime, folder: Path
) -> dict[str, Any]:
    """Closed loop and forward passes in turns."""
    seen = stored_observations(scenarios, policy, runtime)
    forward_passes(seen, policy, runtime)
    loops, passes = [], []
    for _ in range(REPEATS):
        loops.append(closed_loop(scenarios, policy, runtime, folder))
        passes.append(forward_passes(seen, policy, runtime))
    medians = {part: statistics.median(loop[part] for loop in loops) for part in loops[0]}
    return {
        "ratio": medians["loop"] / statistics.median(passes),
        "forward_passes_s": passes,
        "closed_loop_s": [loop["loop"] for loop in loops],
        "parts_s": medians,
    }


class Zeros(torch.nn.Module):
    """Acceleration and steering 0."""

    spec = PolicySpec()

    def forward(self, observation: Observation) -> torch.Tensor:
        """Zeros for every row."""
        return torch.zeros(observation.num_rows, 2, device=observation.active.device)


@kernel
def decide(num: int, t: Any) -> None:
    """Everyone decides."""
    for w in range(num):
        at = t.world[w].signal_log0
        plan_world(
            t.world[w],
            t.live_world[w],
            t.agents,
            t.path,
            t.bodies,
            t.script,
            t.stops,
            t.signal[at:at],
            t.live,
            t.driven,
            t.lanes,
            t.log,
            t.traffic,
        )


@kernel
def move(num: int, t: Any) -> None:
    """Everyone moves."""
    for w in range(num):
        move_world(
            t.world[w], t.live_world[w], t.agents, t.path, t.bodies, t.log, t.live, t.driven, t.vehicle
        )


@kernel
def settle(num: int, t: Any) -> None:
    """Contacts and the road's edge."""
    for w in range(num):
        at = t.world[w].signal_log0
        settle_world(
            t.world[w], t.live_world[w], t.agents, t.bodies, t.stops, t.signal[at:at], t.road, t.live
        )


@kernel
def record(num: int, t: Any) -> None:
    """The row of the step."""
    for w in range(num):
        record_world(t.world[w], t.live_world[w], t.bodies, t.live, t.driven, t.record, t.ego_record)


def by_part(scenarios: list[Scenario], folder: Path) -> dict[str, float]:
    """Microseconds a world and step with a policy that returns zeros: a whole rollout, then the kernels of
    a step one after the other on the same worlds."""
    policy, runtime = as_policy(Zeros()), Runtime(device="cpu")
    scale = 1e6 / (STEPS * len(scenarios))
    runs = [closed_loop(scenarios, policy, runtime, folder) for _ in range(REPEATS + 1)][1:]
    best = min(runs, key=lambda run: run["loop"])
    parts = {"total": best["loop"], **{k: best[k] for k in ("observe", "act", "step", "write")}}
    parts["rest"] = best["loop"] - sum(best[k] for k in ("observe", "act", "step", "write"))
    kernels: dict[str, Callable[[int, Any], None]] = {
        "decide": decide, "move": move, "settle": settle, "record": record,
    }  # fmt: skip
    for repeat in range(2):  # the first one compiles
        tables, seconds = Rollout(scenarios, policy, SETTINGS, runtime).worlds.tables, {}
        for _ in range(STEPS):
            for name, run in kernels.items():
                with added(seconds, name):
                    run(len(scenarios), tables)
        if repeat:
            parts |= {f"step: {name}": s for name, s in seconds.items()}
    return {name: seconds * scale for name, seconds in parts.items()}


def machine(runtime: Runtime) -> dict[str, Any]:
    """Where it was measured."""
    gpu = torch.cuda.get_device_name() if runtime.torch_device.type == "cuda" else None
    return {
        "processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
        "python": platform.python_version(), "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(), "simulator_threads": THREADS, "gpu": gpu,
    }  # fmt: skip


def measure(reference: str, batch: int, runtime: Runtime) -> dict[str, Any]:
    """Both benchmarks."""
    road = with_lanes(intersection())
    scenarios = [crossing(road, seed, VEHICLES, STEPS + 1) for seed in range(batch)]
    policy = load_policy(parse_reference(reference), runtime).policy
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zeros = by_part(scenarios, folder)
        ratio = against_forward_passes(scenarios, policy, runtime, folder)
    return {
        "benchmark": "overhead", "policy": reference, "batch": batch, "vehicles": VEHICLES, "steps": STEPS,
        "against_forward_passes": ratio, "microseconds_a_world_step": zeros, "machine": machine(runtime),
    }  # fmt: skip


def show(result: dict[str, Any]) -> None:
    """For people."""
    ratio, zeros = result["against_forward_passes"], result["microseconds_a_world_step"]
    print(f"{result['policy']}, batch {result['batch']}, {result['steps']} steps:")
    print(f"  closed loop / forward passes alone: {ratio['ratio']:.2f}")
    for part, seconds in ratio["parts_s"].items():
        print(f"    {part:<8} {1e3 * seconds:9.1f} ms")
    print(f"    passes alone {1e3 * statistics.median(ratio['forward_passes_s']):.1f} ms")
    print(f"policy that returns zeros, {result['vehicles']} vehicles: microseconds a world and step")
    for part, value in zeros.items():
        print(f"    {part:<14} {value:7.2f}")
    print("machine:", ", ".join(f"{k} {v}" for k, v in result["machine"].items() if v is not None))


def main() -> None:
    """Prints the result for people or, with --json, for programs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policy", default="bc-small")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--device", default="cpu", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args()
    result = measure(given.policy, given.batch, Runtime(device=given.device))
    if given.json:
        json.dump(result, sys.stdout, indent=2)
    else:
        show(result)


if __name__ == "__main__":
    main()
