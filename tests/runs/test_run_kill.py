"""`kill -9` at any instant, then the same command: the tables are those of an uninterrupted run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BATCHES = ["--batch-size", "1", "--threads", "1"]
POLICIES = ["-p", "constant-velocity", "-p", "log"]
# Each place is reached anew by every process: all of them work on one folder, one after the other.
INSIDE = ["write:1", "rename:2", "write:4", "fsync:11", "write:13", "rename:10", "any:40", "write:9"]


def start(folder: Path, *argv: str, fault: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from simeval.cli import main; main()", "run", "many.pack", *argv]
    environment = {**os.environ, "SIMEVAL_FAULT": fault}
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(folder: Path, *argv: str) -> Path:
    process = start(folder, *argv)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "next: simeval report" in out
    [run] = [p for p in (folder / argv[argv.index("--out") + 1]).iterdir() if not p.name.startswith(".")]
    return run


@pytest.fixture
def many(make_pack, tools, tmp_path):
    """Eight scenarios, 16 episodes; the tables of a run that nobody interrupts."""
    scenarios = [tools.chase(f"free-{i}", gap=30.0 + 5.0 * i, lead_speed=8.0) for i in range(8)]
    make_pack(*scenarios, name="many.pack")
    clean = finish(tmp_path, *POLICIES, *BATCHES, "--out", "clean")
    return tools.dump(clean), tools.derived_bytes(clean)


def test_killed_eight_times_inside_file_operations(many, tmp_path, tools):
    for place in INSIDE:
        process = start(tmp_path, *POLICIES, *BATCHES, "--out", "killed", fault=f"{place}:kill")
        process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL, place
    resumed = finish(tmp_path, *POLICIES, *BATCHES, "--out", "killed")
    assert (tools.dump(resumed), tools.derived_bytes(resumed)) == many
    assert not list(resumed.rglob(".tmp-*"))


def killed_at_random(folder: Path, rng: random.Random, number: int) -> None:
    process = start(folder, *POLICIES, *BATCHES, "--out", "killed")
    if rng.random() < 0.5:  # while it starts, plans, or works
        time.sleep(rng.uniform(0.3, 3.0))
    else:  # just after a line of progress
        assert process.stderr is not None
        for _ in range(rng.randrange(1, 4)):
            process.stderr.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=300)
    assert process.returncode in (0, -signal.SIGKILL), number


def test_killed_at_random_instants(many, tmp_path, tools):
    rng = random.Random(1)
    for number in range(2):
        killed_at_random(tmp_path, rng, number)
    resumed = finish(tmp_path, *POLICIES, *BATCHES, "--out", "killed")
    assert (tools.dump(resumed), tools.derived_bytes(resumed)) == many


@pytest.mark.slow
def test_killed_at_fifty_random_instants(many, tmp_path, tools):
    for seed in range(10):
        rng = random.Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "many.pack").symlink_to(tmp_path / "many.pack")
        for number in range(5):
            killed_at_random(folder, rng, number)
        resumed = finish(folder, *POLICIES, *BATCHES, "--out", "killed")
        assert (tools.dump(resumed), tools.derived_bytes(resumed)) == many


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_runs_say_how_to_go_on(many, tmp_path, tools, number, code):
    process = start(tmp_path, *POLICIES, *BATCHES, "--out", "stopped")
    assert process.stderr is not None
    process.stderr.readline()
    asked = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - asked < 10.0
    if process.returncode == 0:
        pytest.skip("it was done before the signal came")
    assert process.returncode == code
    assert "the same command goes on from here" in err and "Traceback" not in err
    resumed = finish(tmp_path, *POLICIES, *BATCHES, "--out", "stopped")
    assert (tools.dump(resumed), tools.derived_bytes(resumed)) == many


def test_two_processes_in_one_folder_end_with_the_same_tables(many, tmp_path, tools):
    pair = [start(tmp_path, *POLICIES, *BATCHES, "--out", "both") for _ in range(2)]
    for process in pair:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    resumed = finish(tmp_path, *POLICIES, *BATCHES, "--out", "both")
    assert (tools.dump(resumed), tools.derived_bytes(resumed)) == many
