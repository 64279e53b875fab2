"""Goal B6: a whole evaluation: IDM ego and IDM traffic, all core metrics, a verdict for each episode,
every trace and result on disk with fsync. Counted in scenarios of 80 steps."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import calibration_ms
from real_scenes import variations

from simeval.runs import run
from simeval.runs.settings import RunSettings
from simeval.scenario import Scenario
from simeval.scenario.pack import write_pack
from simeval.sim import SimSettings

STEPS = 80
SETTINGS = RunSettings(sim=SimSettings(traffic="idm", end_on=()), traces="all", batch_size=64)


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def measure(scenes: list[Scenario], count: int = 512) -> dict[str, Any]:
    """One evaluation after a small one that warms up; the pack is written before and is not in the time."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SIMEVAL_BENCHMARK_DISK")) as name:
        folder = Path(name)
        write_pack(folder / "warm.pack", variations(scenes, 32))
        write_pack(folder / "scenes.pack", variations(scenes, count))
        run([folder / "warm.pack"], ["idm"], SETTINGS, folder / "warm")
        loop = calibration_ms()
        wall, cpu = time.perf_counter(), time.process_time()
        result = run([folder / "scenes.pack"], ["idm"], SETTINGS, folder / "runs")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        steps = int(result.episodes["num_steps"].sum())
        stored = _size(result.path)
    return {
        "scenarios": steps / STEPS,
        "episodes": count,
        "per_core_minute_cpu": 60.0 * steps / STEPS / cpu,
        "per_minute": 60.0 * steps / STEPS / wall,
        "seconds": wall,
        "cpu_seconds": cpu,
        "bytes_per_scenario": stored / (steps / STEPS),
        "calibration_ms": [loop, calibration_ms()],
    }
