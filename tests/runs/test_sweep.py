"""Sweeps: one run for each combination, which adds up, resumes, and says what changed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simeval.cli import app
from simeval.errors import UsageError
from simeval.report.sweep_figure import draw_sweep
from simeval.runs import Axis, sweep
from simeval.runs.sweep_axes import combinations, read_axes
from simeval.statistics import clopper_pearson

BRAKES = "brakes:act"
CODE = """
import torch

def act(observation):
    "Brakes hard for whoever is ahead."
    gap = observation.agents_history[:, 0, -1, 0]
    near = (gap < 16.0) & (observation.agents_kind[:, 0] > 0)
    return torch.stack([-9.0 * near.float(), 0.0 * gap], dim=1)
"""
GIVEN = {"threads": 1, "isolate": False, "end_on": ("contact",)}


@pytest.fixture
def place(tmp_path, monkeypatch, make_pack, tools):
    """Cars that stand 12 to 24 m ahead of one at 10 m/s, and a policy that brakes 16 m before."""
    (tmp_path / "brakes.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    make_pack(*(tools.chase(f"gap-{k}", gap=18.0 + 2.0 * k) for k in range(4)))
    return tmp_path


def test_every_combination_is_run_and_its_counts_add_up(place):
    axes = [Axis(name="latency_s", values=(0, 0.3)), Axis(name="accel_gain", values=(1.0, 0.5))]
    found = sweep(["tiny.pack"], [BRAKES], axes, GIVEN, place / "runs")
    assert [row.values for row in found.rows] == [
        {"latency_s": 0, "accel_gain": 1.0}, {"latency_s": 0, "accel_gain": 0.5},
        {"latency_s": 0.3, "accel_gain": 1.0}, {"latency_s": 0.3, "accel_gain": 0.5},
    ]  # fmt: skip
    first = found.rows[0]
    for row in found.rows:
        assert row.passed + row.failed + row.policy_fault + row.unscored == row.planned == 4
        assert row.passed - first.passed == row.fixed - row.broke
        exact = clopper_pearson(row.passed, row.planned - row.unscored)
        assert (row.pass_rate.low, row.pass_rate.high) == (exact.low, exact.high)
    assert len({row.run for row in found.rows}) == 4
    assert found.rows[3].failed > first.failed  # half the brakes, late
    again = sweep(["tiny.pack"], [BRAKES], axes, GIVEN, place / "runs")
    assert again.as_dict() == found.as_dict()
    assert len(list((place / "runs").iterdir())) == 4
    draw_sweep(found, place / "sweep.png")
    assert (place / "sweep.png").read_bytes()[:4] == b"\x89PNG"


def test_the_default_is_the_run_without_a_sweep(place):
    from simeval.runs import run, settings_from

    plain = run(["tiny.pack"], ["idm"], settings_from(GIVEN), place / "runs")
    found = sweep(["tiny.pack"], ["idm"], [Axis(name="steer_gain", values=(1, 0.9))], GIVEN, place / "runs")
    assert found.rows[0].run.endswith(plain.path.name)
    assert found.rows[1].run != found.rows[0].run


def test_an_engine_driver_is_said_not_to_notice_what_policies_do(place):
    axes = [Axis(name="miss", values=(0, 0.5))]
    found = sweep(["tiny.pack"], ["idm"], axes, GIVEN, place / "runs")
    assert found.rows[0].passed == found.rows[1].passed
    assert found.notes[0].startswith("miss changes nothing for idm")


def test_the_command_prints_keeps_and_repeats(place):
    words = ["sweep", "tiny.pack", "-p", "idm", "--vary", "accel-gain=1,0.2", "--set", "threads=1"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["axes"] == {"accel_gain": [1, 0.2]}
    assert [row["values"]["accel_gain"] for row in told["rows"]] == [1, 0.2]
    [kept] = (place / "runs").glob("sweep-*")
    assert {path.name for path in kept.iterdir()} == {"sweep.json", "sweep.md", "sweep.png"}
    assert json.loads((kept / "sweep.json").read_text()) == told
    table = CliRunner().invoke(app, [*words, "--markdown"])
    assert table.stdout == (kept / "sweep.md").read_text()
    assert table.stdout.startswith("| policy | accel\\_gain |")
    shown = CliRunner().invoke(app, words)
    assert "pass rate" in shown.stdout and "Clopper-Pearson" in shown.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to vary"),
        (["latency_s"], "is not NAME=VALUE,VALUE,..."),
        (["latency_s="], "is not NAME=VALUE,VALUE,..."),
        (["latencys=1"], "'latencys' is not a setting. Did you mean 'latency_s'"),
        (["threads=1,2"], "'threads' changes nothing in an episode"),
        (["latency_s=0,0"], "a value comes twice"),
        (["latency_s=0,,1"], "a value comes twice, or is empty"),
        (["latency_s=0", "latency-s=1"], "latency_s is varied already"),
    ],
)
def test_axes_that_make_no_sense_are_refused_in_words(words, told):
    with pytest.raises(UsageError) as caught:
        read_axes(words)
    assert told in str(caught.value)


def test_values_are_read_as_what_they_are():
    [axis] = read_axes(["traffic=vehicle=idm,pedestrian=replay;replay"])
    assert axis.values == ("vehicle=idm,pedestrian=replay", "replay")
    assert read_axes(["horizon_s=1,2.5,none"])[0].values == (1, 2.5, None)
    with pytest.raises(UsageError, match="1331 combinations, at most 1000"):
        many = tuple(range(11))
        combinations([Axis(name=name, values=many) for name in ("a", "b", "c")])


def test_a_combination_that_makes_no_sense_is_refused_before_anything_runs(place):
    axes = [Axis(name="latency_s", values=(0, -1))]
    with pytest.raises(UsageError, match="latency_s"):
        sweep(["tiny.pack"], ["idm"], axes, GIVEN, place / "runs")
    with pytest.raises(UsageError, match="latency_s is varied, and set to 1"):
        sweep(["tiny.pack"], ["idm"], axes[:1], GIVEN | {"latency_s": 1}, place / "runs")
    assert not (place / "runs").exists()


def test_noise_is_declared_randomness_one_episode_a_seed(place):
    given = GIVEN | {"seeds": 3, "noise_position_m": 0.5}
    found = sweep(["tiny.pack"], [BRAKES, "idm"], [Axis(name="miss", values=(0.2,))], given, place / "runs")
    assert [(row.policy, row.planned) for row in found.rows] == [(BRAKES, 12), ("idm", 4)]
