"""`simeval run`, `score` and `demo` from the command line: what they print and how they exit."""

from __future__ import annotations

import json

import pytest

from simeval.cli import main
from simeval.runs import faults


@pytest.fixture
def simeval(capsys, tmp_path, monkeypatch):
    """Calls the command line in the test's folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        capsys.readouterr()
        code = 0
        try:
            main([str(word) for word in argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_run_prints_modes_by_policy_coverage_and_the_next_commands(tiny, simeval):
    code, out, err = simeval("run", "tiny.pack", "--policy", "constant-velocity", "--policy", "log")
    assert code == 0
    assert all(word in out for word in ("constant-velocity", "log", "pass", "contact", "coverage", "100%"))
    assert "simeval report runs/" in out and "simeval explain runs/" in out
    assert out.endswith("simeval run tiny.pack --policy constant-velocity --only tiny/hit-0\n")
    assert "10/10 episodes" in err and "simulate" in err


def test_the_same_command_again_is_told_to_be_a_no_op(tiny, simeval):
    first = simeval("run", "tiny.pack", "-p", "constant-velocity")
    code, out, err = simeval("run", "tiny.pack", "-p", "constant-velocity")
    assert code == 0
    assert out == first[1]
    assert "all 5 episodes were finished before; nothing to simulate" in err


def test_json_is_one_document_and_nothing_else(tiny, simeval):
    code, out, _ = simeval("run", "tiny.pack", "-p", "constant-velocity", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["headline"]["planned"] == len(document["episodes"]) == 5
    assert {e["outcome"] for e in document["episodes"]} == {"pass", "fail"}
    code, out, _ = simeval("score", document["run"], "--json")
    assert (code, json.loads(out)["headline"]) == (0, document["headline"])


def test_score_prints_the_same_summary(tiny, simeval):
    _, out, _ = simeval("run", "tiny.pack", "-p", "constant-velocity")
    code, again, _ = simeval("score", "runs")
    assert (code, again) == (0, out)


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["run", "tiny.pack", "-p", "idmm"], 2, ["'idmm' is not known", "Did you mean 'idm'?"]),
        (["run", "highwy", "-p", "idm"], 2, ["no suite of that name", "Did you mean 'highway'?"]),
        (["run", "tiny.pack", "-p", "log", "--profile", "simeval-cor"], 2, ["Did you mean 'simeval-core'?"]),
        (["run", "tiny.pack", "-p", "log", "--only", "nothing*"], 5, ["none of 5 scenarios matches"]),
        (
            ["run", "tiny.pack", "-p", "log", "--traces", "fail"], 2,
            ["simeval: traces 'fail' is not known. Did you mean 'failed'? Known: all, failed, none."],
        ),
        (
            ["run", "tiny.pack", "-p", "log", "--traffic", "idn"], 2,
            ["simeval: traffic: model 'idn' is not known. Did you mean 'idm'? Known: "],
        ),
        (
            ["run", "tiny.pack", "-p", "log", "--seeds", "0"], 2,
            ["simeval: seeds: expected int >= 1, got 0. `simeval run --help` says more."],
        ),
        (["run", "tiny.pack", "-p", "log", "--horizon-s", "inf"], 2, ["horizon_s: expected a time > 0 s"]),
        (["run", "tiny.pack", "-p", "log", "--only", ""], 5, ["none of 5 scenarios matches --only ''."]),
        (["run", "tiny.pack", "-p", "log", "--horizon-s", "0"], 2, ["horizon_s"]),
        (["run", "tiny.pack", "-p", "log", "--end-on", "crash"], 2, ["'crash' is not known"]),
        (["run", "tiny.pack", "-p", "log", "--out", "file"], 2, ["file", "--out"]),
        (["run", "tiny.pack", "-p", "log", "--out", "file/below"], 2, ["file", "--out"]),
        (["run", "tiny.pack"], 2, ["--policy"]),
        (["score", "nowhere"], 2, ["does not exist", "simeval run"]),
        (["score", "tiny.pack"], 2, ["holds no run"]),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_message_and_their_exit_code(tiny, simeval, tmp_path, argv, code, words):
    (tmp_path / "file").write_text("not a folder")
    got, out, err = simeval(*argv)
    assert got == code
    assert out == ""
    assert all(word in err for word in words), err
    assert "Traceback" not in err


def test_a_full_disk_is_exit_code_4_and_a_damaged_run_7(tiny, simeval, tmp_path):
    before = faults.arm(faults.Fault.parse("write:6:ENOSPC"))
    try:
        code, _, err = simeval("run", "tiny.pack", "-p", "log", "--batch-size", "2")
    finally:
        faults.arm(before)
    assert code == 4
    assert "No space left on device" in err and "bytes needed" in err and "same command again" in err
    assert simeval("run", "tiny.pack", "-p", "log", "--batch-size", "2")[0] == 0
    victim = next(tmp_path.glob("runs/*/parts/*.traces.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1])
    code, _, err = simeval("score", "runs")
    assert code == 7
    assert victim.name in err


def test_policy_faults_above_the_limit_are_exit_code_3(tiny, simeval, monkeypatch):
    from simeval.runs import Run

    honest = Run.headline
    monkeypatch.setattr(Run, "headline", lambda self: honest(self) | {"policy_fault": 1, "pass": 3})
    assert simeval("run", "tiny.pack", "-p", "log", "--json")[0] == 3
    assert simeval("run", "tiny.pack", "-p", "log", "--json", "--max-policy-faults", "1")[0] == 0


def test_many_seeds_of_what_is_not_random_are_run_once_and_the_summary_says_so(tiny, simeval):
    code, out, err = simeval("run", "tiny.pack", "-p", "log", "--seeds", "5")
    assert code == 0
    assert "5/5 episodes" in err
    assert "nothing random" in out
