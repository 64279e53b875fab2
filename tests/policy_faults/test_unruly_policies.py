"""Whatever a policy does in one episode is the named outcome of that episode, and changes no other bit."""

from __future__ import annotations

import pytest
from policy_faults import fault_worlds as worlds

from simeval.cli.explain import explain
from simeval.cli.summary import print_summary

CHEAP = {  # code: (ending, kind, step of the fault, words of its message)
    "raises_at_0": ("policy_error", "exception", 0, "ValueError: from the first step on"),
    "raises_at_4": ("policy_error", "exception", 4, "ValueError: at step four"),
    "raises_at_last": ("policy_error", "exception", 9, "ValueError: at the last step"),
    "system_exit": ("policy_error", "exception", 4, "SystemExit: good bye"),
    "keyboard_interrupt": ("policy_error", "exception", 4, "KeyboardInterrupt"),
    "generator_exit": ("policy_error", "exception", 4, "GeneratorExit"),
    "memory_error": ("policy_error", "out_of_memory", 4, "MemoryError: so much"),
    "recursion": ("policy_error", "exception", 4, "RecursionError"),
    "bad_str": ("policy_error", "exception", 4, "Unprintable"),
    "nan": ("nonfinite", "nonfinite", 4, "steering angle is NaN"),
    "inf": ("nonfinite", "nonfinite", 4, "acceleration is infinite"),
    "huge": ("policy_error", "implausible", 4, "acceleration is 1e+30 m/s^2"),
    "wrong_shape": ("policy_error", "contract", 4, "expected [28, 2]"),
    "wrong_dtype": ("policy_error", "contract", 4, "dtype torch.float16"),
    "wrong_device": ("policy_error", "contract", 4, "device meta"),
    "none": ("policy_error", "contract", 4, "NoneType"),
    "list": ("policy_error", "contract", 4, "returned a list"),
    "fewer_rows": ("policy_error", "contract", 4, "shape [1, 2], expected [28, 2]"),
    "no_pair": ("policy_error", "contract", 4, "act() returned a Tensor, expected (action, memory)"),
    "bad_memory": ("policy_error", "contract", 4, "memory"),
    "differs": ("policy_error", "random", 0, "is_random"),
}
HARMLESS = ("mutates_observation", "global_state", "prints", "aliased", "requires_grad", "not_contiguous")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with one episode of each kind, and one that is well."""
    return worlds.project(
        tmp_path_factory.mktemp("unruly"), [worlds.scenario(code) for code in ("well", *CHEAP, *HARMLESS)]
    )


@pytest.fixture(scope="module")
def notes():
    return []


@pytest.fixture(scope="module")
def runs(folder, notes):
    """The unruly policy and its well-behaved twin on the same episodes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        unruly = worlds.drive(folder, "unruly_policy:Unruly", progress=worlds.Told(notes))
        return unruly, worlds.drive(folder, "unruly_policy:Unruly?obeys=false")


@pytest.mark.parametrize("code", CHEAP)
def test_each_misbehaviour_is_the_named_outcome_of_its_episode(runs, code):
    made, twin = runs
    ending, kind, step, words = CHEAP[code]
    row = worlds.episodes(made)[f"{code}-0"]
    assert (row["ending"], row["error_type"], row["num_steps"]) == (ending, kind, step + 1)
    assert words in row["error_message"]
    assert row["ending_detail"].startswith(f"{kind}: ") and words in row["ending_detail"]
    assert worlds.begins_so(made, twin, f"{code}-0")
    verdict = made.verdict(made.find(f"faults/{code}-0"))
    assert verdict.outcome == "policy_fault"


@pytest.mark.parametrize("code", ["well", *HARMLESS])
def test_every_other_episode_is_bit_identical_to_that_of_the_twin(runs, code):
    made, twin = runs
    row = worlds.episodes(made)[f"{code}-0"]
    assert (row["ending"], row["error_type"]) == ("horizon", None)
    assert worlds.same_trace(made, twin, f"{code}-0")


def test_outcomes_add_up_and_the_twin_has_no_fault(runs):
    made, twin = runs
    assert made.headline()["policy_fault"] == len(CHEAP)
    assert made.headline()["coverage"] == 1.0
    assert twin.headline()["policy_fault"] == 0
    assert len(made.episodes) == len(CHEAP) + len(HARMLESS) + 1 == 28


def test_exceptions_are_told_with_the_frames_of_the_policy(runs):
    row = worlds.episodes(runs[0])["raises_at_4-0"]
    assert "unruly_policy.py" in row["error_trace"] and "in raises_at_4" in row["error_trace"]
    assert "\x1b" not in row["error_message"] + row["ending_detail"]  # no colour for the reader's terminal


def test_explain_tells_what_the_policy_did_and_where(runs, capsys):
    explain(runs[0].path, "faults/raises_at_4-0")
    told = capsys.readouterr().out
    assert "Cause     the policy at 0.4 s" in told
    assert "exception: ValueError: at step four" in told and "in raises_at_4" in told
    explain(runs[0].path, "faults/well-0")
    assert "What the policy did" not in capsys.readouterr().out


def test_answers_that_cannot_be_driven_are_measured(runs):
    for run, wrong in zip(runs, (len(CHEAP), 0), strict=True):
        values = run.measurements[run.measurements["metric"] == "invalid_outputs"].set_index("key")["value"]
        assert values.sum() == wrong
        assert set(values[values == 1.0].index) == set(run.scores.query("outcome == 'policy_fault'")["key"])


def test_the_summary_says_how_long_answers_took(runs, capsys):
    run = runs[1]
    (policy,) = run.plan["policy"].unique()
    times, rows = run.latency()[policy], run.episodes
    assert (times.episodes, times.p99_ms) == (len(rows), rows["policy_ms_p99"].max())
    assert times.median_ms == rows["policy_ms_p50"].median() > 0.0
    print_summary(run)
    assert f"answers of {policy}: median {times.median_ms:.3g} ms" in capsys.readouterr().out


def test_calls_are_timed_and_attempts_counted(runs):
    made, twin = runs
    rows, plain = worlds.episodes(made), worlds.episodes(twin)
    assert all(0.0 < row["policy_ms_p50"] <= row["policy_ms_p99"] for row in plain.values())
    assert {row["attempt"] for row in plain.values()} == {1}
    assert rows["raises_at_4-0"]["attempt"] > 4


def test_a_flood_of_output_is_read_and_told_in_one_line(runs, notes):
    [told] = [line for line in notes if "printed" in line]
    size = int(told.split("printed ")[1].split(" ")[0].replace(",", ""))
    assert size > 50 * 2**20
    assert told.endswith("[31mthe last line") and "\x1b" not in told


def test_the_manifest_says_what_drove_and_how_far_it_repeats(runs):
    manifest = runs[0].manifest
    [policy] = manifest["policies"]
    assert policy["kind"] == "learned policy" and policy["identity"].startswith("policy:")
    assert policy["spec"]["action"] == "acceleration_steering"
    assert (policy["device"], policy["dtype"], policy["torch_threads"]) == ("cpu", "float32", 1)
    assert any("imported unruly_policy" in note for note in policy["notes"])
    assert "one plan, torch build, device and number of torch threads" in manifest["determinism"]
