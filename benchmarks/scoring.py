"""Scoring benchmark: seconds to measure and judge a stored run again, and what each metric costs.

    python benchmarks/scoring.py [--episodes 1000] [--profile NAME ...] [--json]

Ten-second episodes of an intersection with 32 vehicles each are driven by IDM and stored with their traces.
Then the run is scored as `simeval score` does it under all profiles at once: reading, measuring, judging,
writing, in one pass. On a busy machine CPU seconds say more than seconds. Costs by metric are microseconds of
CPU per episode-step, on episodes measured in memory; `alone` is the metric with all it rests on, `beside`
what it adds when everything that is registered before it is measured too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scene import crossing, intersection, with_lanes

from simeval.content import names
from simeval.judge import load_profile
from simeval.metrics import EVENTS, METRICS, SERIES, Episode, measure_episode
from simeval.runs import rescore, run
from simeval.runs.settings import RunSettings
from simeval.scenario import Scenario, Trace
from simeval.scenario.pack import write_pack
from simeval.sim import SimSettings, Worlds

SAMPLE = 40  # episodes on which costs by metric are taken


def scenarios(count: int) -> Iterator[Scenario]:
    """Intersections with lanes, a limit, and a goal at the end of the ego's route."""
    road = with_lanes(intersection())
    for seed in range(count):
        made = crossing(road, seed)
        assert made.route is not None
        yield dataclasses.replace(made, goal=tuple(made.route.xy[-1].tolist()))


def timed(work: Callable[[], object]) -> float:
    """CPU seconds that a call takes."""
    return both_times(work)[1]


def both_times(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that a call takes: on the clock, and of all cores together."""
    start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def stored_run(count: int, folder: Path) -> Path:
    """Simulates and stores the run; contacts do not end an episode, so that all last ten seconds."""
    pack = folder / "crossings.pack"
    write_pack(pack, scenarios(count))
    settings = RunSettings(sim=SimSettings(end_on=()), threads=1)
    return run([pack], ["idm"], settings, folder / "runs").path


def parts() -> dict[str, Callable[[Episode], object]]:
    """Everything that is measured, by name: metrics, then events, then series."""
    work: dict[str, Callable[[Episode], object]] = {name: m.measure for name, m in METRICS.items()}
    work |= {f"event {name}": kind.find for name, kind in EVENTS.items()}
    return work | {f"series {name}": read for name, read in SERIES.items()}


def costs(sample: list[tuple[Scenario, Trace]]) -> dict[str, dict[str, float]]:
    """Median microseconds per episode-step of each part, alone and beside those before it."""
    work = parts()
    found: dict[str, dict[str, list[float]]] = {name: {"alone_us": [], "beside_us": []} for name in work}
    for scenario, trace in sample:
        measure_episode(scenario, trace)  # what is kept for a map is made once a run
        together = Episode(scenario=scenario, trace=trace)
        for name, function in work.items():
            apart = Episode(scenario=scenario, trace=trace)
            for column, episode in (("alone_us", apart), ("beside_us", together)):
                seconds = timed(lambda f=function, e=episode: f(e))  # type: ignore[misc]
                found[name][column].append(1e6 * seconds / trace.num_steps)
    return {name: {k: statistics.median(v) for k, v in row.items()} for name, row in found.items()}


def measure(count: int, profiles: list[str]) -> dict[str, object]:
    """Runs the benchmark; one dictionary with all figures."""
    made = list(scenarios(min(count, SAMPLE)))
    worlds = Worlds(made, "idm", SimSettings(end_on=()))
    worlds.advance(100)
    sample = [(scenario, worlds.trace(k)) for k, scenario in enumerate(made)]
    table = costs(sample)
    wanted = frozenset().union(*(load_profile(name).measures for name in profiles))
    in_memory = [
        timed(lambda s=s, t=t: measure_episode(s, t, wanted=wanted))  # type: ignore[misc]
        for s, t in sample
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = stored_run(count, Path(folder))
        for measured in path.glob("measured/*/*"):
            measured.unlink()
        wall, cpu = both_times(lambda: rescore(path, profiles))
    return {
        "benchmark": "scoring",
        "episodes": count,
        "agents": 32,
        "steps": 101,
        "profiles": profiles,
        "seconds": wall,
        "cpu_seconds": cpu,
        "measure_ms_per_episode": 1e3 * statistics.median(in_memory),
        "us_per_episode_step": dict(sorted(table.items(), key=lambda item: -item[1]["beside_us"])),
    }


def show(result: dict[str, object]) -> None:
    """Prints the result for people."""
    print(
        f"{result['episodes']} episodes x {result['agents']} agents scored in {result['seconds']:.1f} s, "
        f"{result['cpu_seconds']:.1f} s of CPU"
    )
    print(f"profiles: {', '.join(result['profiles'])}")  # type: ignore[arg-type]
    print(f"measuring one episode: {result['measure_ms_per_episode']:.2f} ms of CPU")
    print("microseconds per episode-step    alone   beside")
    table = result["us_per_episode_step"]
    assert isinstance(table, dict)
    for name, row in table.items():
        print(f"  {name:<30}{row['alone_us']:>8.2f} {row['beside_us']:>8.2f}")


def main() -> None:
    """Prints the result for people or, with --json, for programs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--profile", action="append", help="profiles to score under, by default all")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args()
    profiles = options.profile or sorted(names("metrics/profiles", "*.toml"))
    result = measure(options.episodes, profiles)
    if options.json:
        json.dump(result, sys.stdout, indent=1)
        print()
    else:
        show(result)


if __name__ == "__main__":
    main()
