"""How this folder measures: repeats with a calibration loop before each, medians, and the machine."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np

from simeval.kernel import kernel

sys.path.append(str(Path(__file__).parent / "peers"))
from timing import calibration_ms

__all__ = ["CALIBRATION_ROUNDS", "Figure", "calibration", "calibration_ms", "machine", "repeated", "timed"]

CALIBRATION_ROUNDS = 50_000_000


@kernel
def calibration(rounds: int) -> float:
    """A chain of multiply and add that nothing can run ahead of."""
    x = 0.5
    for _ in range(rounds):
        x = 3.9 * x * (1.0 - x)
    return x


def timed(work: Callable[..., object], *args: object) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


@dataclass
class Figure:
    """Repeats of one workload: a rate per second of CPU and per second of the clock, and calibration loops.

    On a busy machine a process waits for its core: a rate per second of CPU leaves that out. What
    neighbours take of caches and of a shared core's units stays in; the calibration loops show it.
    """

    unit: str
    per_cpu_s: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    calibration_ms: list[float] = field(default_factory=list)

    @property
    def value(self) -> float:
        """Median rate per second of CPU."""
        return statistics.median(self.per_cpu_s)

    def as_dict(self) -> dict[str, Any]:
        """Everything, with the median."""
        return {"value": self.value} | asdict(self)


def repeated(
    unit: str, prepare: Callable[[], Any], work: Callable[[Any], float], repeats: int = 5, warm_up: int = 1
) -> Figure:
    """Times `work(prepare())`, which returns how much it did; `prepare` is not in the time."""
    figure = Figure(unit)
    for k in range(warm_up + repeats):
        ready = prepare()
        gc.collect()
        loop = calibration_ms()
        wall, cpu = time.perf_counter(), time.process_time()
        done = work(ready)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if k >= warm_up:
            figure.per_cpu_s.append(done / cpu)
            figure.per_s.append(done / wall)
            figure.calibration_ms.append(loop)
    return figure


def pinned(core: int | None) -> None:
    """Keeps this process on one core, where the system can."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def machine() -> dict[str, Any]:
    """Where it was measured, and how busy that was."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)
