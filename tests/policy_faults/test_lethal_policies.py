"""Policies that hang, crash or take all memory cost a process and their own episodes, nothing else."""

from __future__ import annotations

import signal
import sys
import time

import pytest
from policy_faults import fault_worlds as worlds

from simeval.errors import UsageError

LETHAL = {  # code: (ending, kind, words of the message, words of the trace)
    "chatter_then_hang": ("timeout", "timeout", "step 4: no answer within 8 s", "what it said last"),
    "hang_c": ("timeout", "timeout", "step 4: no answer within 8 s", "in hang_c"),
    "exit": ("policy_error", "crash", "step 4: its process ended with exit code 3", ""),
    "segfault": ("policy_error", "crash", "process was killed by signal 11 (SIGSEGV)", "in segfault"),
    "allocates": ("policy_error", "out_of_memory", "GiB, more than 1.00 GiB", ""),
}  # fmt: skip
LIMITS = {"policy_timeout_s": 8.0, "policy_memory_gib": 1.0}
TWIN = "unruly_policy:Unruly?obeys=false"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are watched as Linux shows them")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_is_told_by_name_with_where_it_was(here):
    worlds.project(here, [worlds.scenario(code) for code in LETHAL])
    began = time.monotonic()
    made = worlds.drive(here, "unruly_policy:Unruly", batch_size=1, **LIMITS)
    assert time.monotonic() - began < 300.0
    twin = worlds.drive(here, TWIN, batch_size=1)
    for code, row in worlds.episodes(made).items():
        ending, kind, words, trace = LETHAL[code.partition("-")[0]]
        assert (row["ending"], row["error_type"], row["num_steps"]) == (ending, kind, 5), code
        assert words in row["error_message"] and trace in (row["error_trace"] or ""), (code, row)
        assert worlds.begins_so(made, twin, code)
    assert made.headline()["policy_fault"] == len(LETHAL)
    assert worlds.left_over(here) == []


def test_the_others_of_the_batch_are_bit_identical_and_children_do_not_outlive_the_run(here):
    codes = ["well", "segfault", "child", "well"]
    worlds.project(here, [worlds.scenario(code, i) for i, code in enumerate(codes)])
    made = worlds.drive(here, "unruly_policy:Unruly")
    rows, twin = worlds.episodes(made), worlds.drive(here, TWIN)
    assert rows["segfault-1"]["error_type"] == "crash"
    for name in ("well-0", "child-2", "well-3"):
        assert rows[name]["error_type"] is None
        assert worlds.same_trace(made, twin, name)
    assert worlds.left_over(here) == []


@pytest.mark.parametrize(
    ("how", "isolate", "ending", "kind", "words"),
    [
        pytest.param(
            "factory", True, "policy_error", "construction", "OSError: no weights here", id="raises"
        ),
        pytest.param(
            "exit", False, "policy_error", "construction", "SystemExit: 1", id="exits, not isolated"
        ),
        pytest.param("init", False, "policy_error", "construction", "division by zero", id="init raises"),
        pytest.param(
            "hang", True, "timeout", "timeout", "while it was made: no answer within 2 s", id="hangs"
        ),
        pytest.param("crash", True, "policy_error", "crash", "exit code 9", id="dies"),
    ],
)
def test_a_policy_that_cannot_be_made_ends_every_episode_at_its_start(
    here, how, isolate, ending, kind, words
):
    worlds.project(here, [worlds.scenario("well", number) for number in range(3)])
    reference = f"unruly_policy:raises?how={how}"
    made = worlds.drive(here, reference, isolate=isolate, policy_timeout_s=0.2)
    for row in worlds.episodes(made).values():
        assert (row["ending"], row["error_type"], row["num_steps"]) == (ending, kind, 1)
        assert words in row["error_message"]
    assert made.headline()["policy_fault"] == 3
    assert worlds.drive(here, reference, isolate=isolate).headline() == made.headline()  # and stays so


def test_a_limit_below_what_python_itself_takes_is_refused(here):
    worlds.project(here, [worlds.scenario("well")])
    with pytest.raises(UsageError, match=r"policy_memory_gib: 0\.01 GiB is too little"):
        worlds.drive(here, TWIN, policy_memory_gib=0.01)
    assert not (here / "runs").exists()
    assert worlds.left_over(here) == []


def test_nothing_is_made_for_a_policy_that_is_not_there(here):
    worlds.project(here, [worlds.scenario("well")])
    with pytest.raises(UsageError, match=r"there is no module 'unruly_polcy'.*Did you mean 'unruly_policy'"):
        worlds.drive(here, "unruly_polcy:Unruly")
    assert not (here / "runs").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_while_a_policy_hangs_leaves_no_process(here, number):
    worlds.project(here, [worlds.scenario("hang_c")])
    process = worlds.command(here, "run", "faults.pack", "-p", "unruly_policy:Unruly", "--threads", "1")
    deadline = time.monotonic() + 240.0
    while not (here / "hanging").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    asked = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert time.monotonic() - asked < 10.0
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on from here" in told and "Traceback" not in told
    deadline = time.monotonic() + 5.0
    while (left := worlds.left_over(here)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
