"""Several processes, or several machines, work on one run: its tables are those of one process alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from simeval.errors import UsageError
from simeval.runs import run, settings_from
from simeval.runs.progress import Progress
from simeval.runs.runner import rescore
from simeval.runs.shards import Shard, groups_of

POLICIES = ["constant-velocity", "log"]


class Heard(Progress):
    def __init__(self):
        super().__init__()
        self.notes = []

    def note(self, message):
        self.notes.append(message)


def settings(**values):
    return settings_from({"batch_size": 1, "threads": 1, **values})


@pytest.fixture
def alone(tiny, tools, tmp_path):
    """The tables of the run in one process."""
    path = run([tiny], POLICIES, settings(), tmp_path / "alone").path
    return tools.dump(path), tools.derived_bytes(path)


def same(path, tools):
    return tools.dump(path), tools.derived_bytes(path)


def test_two_processes_write_what_one_writes(tiny, tools, tmp_path, alone):
    heard = Heard()
    finished = run([tiny], POLICIES, settings(processes=2), tmp_path / "two", heard)
    assert same(finished.path, tools) == alone
    assert (heard.total, heard.done) == (10, 10)
    assert heard.seconds["simulate"] > 0.0  # of the others: this process simulated nothing
    assert not [line for line in heard.notes if "ended" in line]


def test_a_companion_drives_before_those_that_are_compared_with_it(tiny, tools, tmp_path):
    values = {"profile": "navsim-pdms"}
    one = run([tiny], ["constant-velocity"], settings(**values), tmp_path / "one")
    two = run([tiny], ["constant-velocity"], settings(**values, processes=2), tmp_path / "two")
    assert same(two.path, tools) == same(one.path, tools)


def test_scoring_again_in_two_processes_gives_the_same(tiny, tools, tmp_path, alone):
    path = run([tiny], POLICIES, settings(), tmp_path / "two").path
    shutil.rmtree(path / "measured")
    shutil.rmtree(path / "scores")
    rescore(path, processes=2)
    assert same(path, tools) == alone


def test_parts_of_a_run_add_up_in_one_folder(tiny, tools, tmp_path, alone):
    heard = Heard()
    first = run([tiny], POLICIES, settings(), tmp_path / "parts", heard, shard=Shard(1, 3))
    assert heard.notes[-1].startswith("part 1/3 is done: 4 of 10 episodes")
    assert first.headline()["unscored"] == 6
    for number in (2, 3):
        last = run([tiny], POLICIES, settings(), tmp_path / "parts", shard=Shard(number, 3))
    assert same(last.path, tools) == alone


def test_parts_made_on_several_machines_are_copied_into_one_folder(tiny, tools, tmp_path, alone):
    made = [
        run([tiny], POLICIES, settings(), tmp_path / f"machine-{n}", shard=Shard(n, 2)).path for n in (1, 2)
    ]
    assert made[0].name == made[1].name
    shutil.copytree(made[1], made[0], dirs_exist_ok=True)
    heard = Heard()
    whole = run([tiny], POLICIES, settings(), tmp_path / "machine-1", heard)
    assert heard.resumed == 10
    assert same(whole.path, tools) == alone


def started(folder, out):
    words = ["run", "many.pack", "-p", "constant-velocity", "-p", "log", "--batch-size", "1"]
    command = [sys.executable, "-c", "from simeval.cli import main; main()", *words, "--processes", "2"]
    return subprocess.Popen(
        [*command, "--out", out], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def members_of(process):
    """The processes that share the work, once they are there."""
    deadline = time.monotonic() + 240.0
    while time.monotonic() < deadline and process.poll() is None:
        found = [
            child
            for child in psutil.Process(process.pid).children()
            if "simeval.runs.crew_member" in " ".join(child.cmdline())
        ]
        if len(found) == 2:
            return found
        time.sleep(0.02)
    raise AssertionError(process.communicate()[1])


def gone(members):
    """They end, though perhaps nobody has collected them yet."""

    def lives(member):
        with contextlib.suppress(psutil.NoSuchProcess):
            return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
        return False

    deadline = time.monotonic() + 120.0
    while any(map(lives, members)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def many(make_pack, tools, tmp_path):
    """Sixteen scenarios; the tables of a run in one process."""
    scenarios = [tools.chase(f"free-{i}", gap=30.0 + 5.0 * i, lead_speed=8.0) for i in range(16)]
    path = run([make_pack(*scenarios, name="many.pack")], POLICIES, settings(), tmp_path / "alone").path
    return tools.dump(path), tools.derived_bytes(path)


def test_a_process_that_is_killed_costs_nothing(many, tools, tmp_path):
    process = started(tmp_path, "killed")
    members_of(process)[0].kill()
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "a process that shared the work ended (exit code -9); the others take over." in errors
    [path] = (tmp_path / "killed").iterdir()
    assert same(path, tools) == many


def test_a_run_that_is_stopped_leaves_no_process_and_goes_on(many, tools, tmp_path):
    process = started(tmp_path, "stopped")
    members = members_of(process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 143, errors
    assert "the same command goes on from here" in errors
    gone(members)
    [path] = (tmp_path / "stopped").iterdir()
    run([tmp_path / "many.pack"], POLICIES, settings(), tmp_path / "stopped")
    assert same(path, tools) == many


@pytest.mark.skipif(sys.platform != "linux", reason="other systems end them with the next message")
def test_processes_end_with_the_run_that_is_killed(many, tmp_path):
    process = started(tmp_path, "gone")
    members = members_of(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=240)
    gone(members)


def test_a_live_policy_is_refused_before_anything_is_made(tiny, tmp_path):
    with pytest.raises(UsageError, match=r"is an object of this process, and 2 processes are asked for"):
        run([tiny], [lambda observation: None], settings(processes=2), tmp_path / "live")
    assert not (tmp_path / "live").exists()


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "2", "a/b", "1/0", "-1/3", "2/4/5"])
def test_a_shard_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="The second of four is 2/4"):
        Shard.parse(text)


def test_shards_cover_all_batches_once():
    groups = [[f"b{i}"] for i in range(11)]
    taken = [name for n in range(1, 5) for name in Shard(n, 4).takes(groups)]
    assert sorted(taken) == sorted(name for [name] in groups)


def test_batches_with_common_scenarios_stay_together():
    batches = {
        "log-0": [{"scenario_id": "a"}, {"scenario_id": "b"}], "log-1": [{"scenario_id": "c"}],
        "idm-0": [{"scenario_id": "b"}], "idm-1": [{"scenario_id": "c"}],
    }  # fmt: skip
    assert groups_of(batches, together=True) == [["log-0", "idm-0"], ["log-1", "idm-1"]]
    assert groups_of(batches, together=False) == [[name] for name in batches]
    assert groups_of({}, together=True) == []
