"""Core benchmark: agent-steps per second of the simulator on one core, beside a calibration loop.

    python benchmarks/core.py [--json]

64 worlds of an intersection with 32 vehicles each, every vehicle by IDM on its path, contacts and road
edges of every vehicle looked at in every step, traces recorded; best of 5 after a warm-up. An agent-step
is one vehicle that is there, for one step. The calibration loop (a fixed number of dependent
floating-point operations in a compiled kernel) runs before each repeat, so that figures of different or
busy machines can be put side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys

import numba
import numpy as np
from measuring import CALIBRATION_ROUNDS, calibration, timed
from scene import crossing, intersection

from simeval.safety.road import road_of
from simeval.sim import SimSettings, Worlds

WORLDS, STEPS, REPEATS = 64, 100, 5


def measure() -> dict[str, object]:
    """Runs the benchmark; one dictionary with the figure, every repeat and the machine."""
    road = intersection()
    scenarios = [crossing(road, seed) for seed in range(WORLDS)]
    segments = len(road_of(road).boundary.segments)  # type: ignore[union-attr]
    calibration(10)
    repeats = []
    for k in range(REPEATS + 1):
        worlds = Worlds(scenarios, "idm", SimSettings(end_on=()))
        loop = timed(calibration, CALIBRATION_ROUNDS)
        seconds = timed(worlds.advance, STEPS)
        traces = [worlds.trace(w) for w in range(WORLDS)]
        agent_steps = sum(int(t.states.valid[1:].sum()) for t in traces)
        if k:  # the first one compiles
            repeats.append(
                {"seconds": seconds, "calibration_s": loop, "agent_steps_per_s": agent_steps / seconds}
            )
    best = max(repeats, key=lambda r: r["agent_steps_per_s"])
    return {
        "benchmark": "core",
        "agent_steps_per_s": best["agent_steps_per_s"],
        "agent_steps_per_calibration_s": best["agent_steps_per_s"] * best["calibration_s"],
        "worlds": WORLDS,
        "vehicles_per_world": 32,
        "steps": STEPS,
        "map_segments": segments,
        "repeats": repeats,
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
        },
    }


def main() -> None:
    """Prints the result for people or, with --json, for programs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    result = measure()
    if parser.parse_args().json:
        json.dump(result, sys.stdout, indent=2)
        return
    print(f"{result['agent_steps_per_s'] / 1e6:.2f} million agent-steps/s on one core, best of {REPEATS}")
    print(f"{WORLDS} worlds x 32 vehicles x {STEPS} steps, {result['map_segments']} map segments")
    for repeat in result["repeats"]:
        rate = repeat["agent_steps_per_s"] / 1e6
        print(f"  {repeat['seconds']:.3f} s  {rate:.2f} M/s  calibration {repeat['calibration_s']:.3f} s")
    print("machine:", ", ".join(f"{k} {v}" for k, v in result["machine"].items()))


if __name__ == "__main__":
    main()
