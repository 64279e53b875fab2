"""Scenarios whose ego carries a code that tells the policy of `unruly_policy.py` what to do."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import psutil
from policy_faults import unruly_policy
from sim.sim_worlds import line, same_bits, world

from simeval.runs import Run, run, settings_from
from simeval.runs.progress import Progress
from simeval.scenario import Route
from simeval.scenario.pack import write_pack

STEPS = 11  # states: ten steps of 0.1 s


def scenario(code: str, number: int = 0):
    number_of = unruly_policy.CODES.index(code)
    cars = [
        {"id": "ego", "x": 0.0, "speed": 8.0 + number, "length": 4.0 + number_of / 100.0},
        {"id": "lead", "x": 60.0 + number, "speed": 9.0},
    ]
    route = Route(lane_ids=(), xy=line(-10.0, 200.0), inferred=True)
    name = f"faults/{code}-{number}"
    return dataclasses.replace(
        world(cars, num_steps=STEPS), id=name, suite="faults", family=code, route=route
    )


def project(folder: Path, scenarios) -> Path:
    """A folder with the policy and a pack."""
    folder.mkdir(exist_ok=True)
    (folder / "unruly_policy.py").write_text(Path(unruly_policy.__file__).read_text())
    write_pack(folder / "faults.pack", scenarios)
    return folder


class Told(Progress):
    """Remembers what was said."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self.notes = notes

    def note(self, message: str) -> None:
        self.notes.append(message)


def drive(folder: Path, policy, out: str = "runs", progress: Progress | None = None, **settings) -> Run:
    """Runs all scenarios of a project under one policy; the working directory must be the project."""
    values = {"threads": 1, "batch_size": 64, **settings}
    return run([folder / "faults.pack"], [policy], settings_from(values), folder / out, progress)


def episodes(made: Run) -> dict[str, dict]:
    """Rows of `episodes` by scenario, without the suite."""
    table = made.episodes.astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    return {row["scenario_id"].removeprefix("faults/"): row for row in rows}


def same_trace(one: Run, other: Run, name: str) -> bool:
    """Whether the traces of a scenario in two runs are the same, bit for bit."""
    key = f"faults/{name}"
    return same_bits(one.trace(one.find(key)), other.trace(other.find(key)))


def begins_so(one: Run, other: Run, name: str) -> bool:
    """Whether the first trace is the beginning of the second."""
    first, second = (made.trace(made.find(f"faults/{name}")) for made in (one, other))
    steps = first.num_steps
    pairs = [(first.states.xy, second.states.xy), (first.states.heading, second.states.heading)]
    pairs += [(getattr(first, n), getattr(second, n)) for n in ("yaw_rate", "acceleration", "steering")]
    return all(a.tobytes() == b[:steps].tobytes() for a, b in pairs)


def command(folder: Path, *argv: str, **environment: str) -> subprocess.Popen[str]:
    """`simeval …` in a process of its own."""
    words = [sys.executable, "-c", "from simeval.cli import main; main()", *argv]
    return subprocess.Popen(
        words, cwd=folder, env={**os.environ, **environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def left_over(folder: Path) -> list[str]:
    """Processes that work in a folder or were started there."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.pid != os.getpid() and Path(process.cwd()).is_relative_to(folder) and words:
                found.append(" ".join(words))
        except (psutil.Error, OSError):
            continue
    return found
