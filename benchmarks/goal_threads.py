"""Goal B5: two threads over one, in one process, on worlds of very different sizes that are sorted by size:
the worst order for ranges that follow one another."""

from __future__ import annotations

import statistics
from typing import Any

from goal_idm import vehicle_steps
from measuring import calibration_ms, timed
from real_scenes import by_idm, cycled
from scene import crossing, intersection

from simeval.scenario import Scenario
from simeval.sim import SimSettings, Worlds

WORLDS, STEPS = 96, 80
SIZES = (4, 8, 16, 32, 64, 24, 48, 12)


def ragged(scenes: list[Scenario]) -> list[Scenario]:
    """Real scenes and crossings of 4 to 64 vehicles, the largest first."""
    road = intersection()
    made = [crossing(road, seed, SIZES[seed % len(SIZES)]) for seed in range(WORLDS // 2)]
    worlds = [by_idm(s) for s in cycled(scenes, WORLDS - len(made))] + made
    return sorted(worlds, key=lambda s: -len(s.agents))


def measure(scenes: list[Scenario], repeats: int = 7) -> dict[str, Any]:
    """Seconds with one and two threads in turns, and the mean of the ratios."""
    scenarios, settings = ragged(scenes), SimSettings(end_on=())
    times: dict[int, list[float]] = {1: [], 2: []}
    loops = []
    steps = 0
    for k in range(repeats + 1):
        for threads, taken in times.items():
            worlds = Worlds(scenarios, "idm", settings, threads=threads)
            loops.append(calibration_ms())
            taken.append(timed(worlds.advance, STEPS))
            if k == 0:
                steps = vehicle_steps(worlds)
    one, two = times[1][1:], times[2][1:]
    return {
        "mean_ratio": statistics.mean(a / b for a, b in zip(one, two, strict=True)),
        "best_ratio": min(one) / min(two),
        "one_thread_s": one,
        "two_threads_s": two,
        "vehicle_steps_per_s_two_threads": steps / statistics.median(two),
        "agents_of_worlds": [len(s.agents) for s in scenarios],
        "calibration_ms": loops,
    }
