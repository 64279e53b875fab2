"""Pictures of single episodes, and the commands."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from PIL import Image
from report_fakes import FakeRun, crash_case, small_run
from typer.testing import CliRunner

import simeval.runs
from simeval.cli import app
from simeval.errors import UsageError
from simeval.report.drawing import body_poses
from simeval.report.render import render_gif, render_png
from simeval.report.source import RunFolder


@pytest.fixture
def run(tmp_path):
    return FakeRun([crash_case("highway/lead_brakes", "idm")], path=tmp_path)


def test_picture_shows_the_moment_of_the_first_cause(run, tmp_path):
    path = render_png(run, run.cases[0].key)
    assert path == tmp_path / "report" / f"{run.cases[0].key[:16]}.png"
    pixels = np.asarray(Image.open(path).convert("RGB"))
    assert pixels.shape[:2] == (810, 1440)
    blue = (np.abs(pixels.astype(int) - [0x1F, 0x5F, 0xBF]).sum(axis=-1) < 12).any()
    assert blue


def test_moment_outside_the_episode_is_refused(run):
    with pytest.raises(UsageError, match=r"--time: 99 s is outside the episode\. It lasts 8\.00 s\."):
        render_png(run, run.cases[0].key, time=99.0)


def test_animation_has_a_frame_a_step_and_is_quick(run, tmp_path):
    start = time.process_time()
    path = render_gif(run, run.cases[0].key, tmp_path / "a.gif")
    assert time.process_time() - start < 10.0
    with Image.open(path) as image:
        assert image.n_frames == run.cases[0].trace.num_steps
        assert image.info["duration"] == 100


def test_trailer_is_behind_its_tractor():
    trace = crash_case("a/b", "idm").trace
    truck = trace.agents.ids.index("truck")
    bodies = np.flatnonzero(trace.agents.bodies.agent == truck)
    poses = body_poses(trace)[0, bodies]
    assert poses[0, 0] - poses[1, 0] == pytest.approx(1.2 + 5.2)


@pytest.fixture
def commands(monkeypatch, tmp_path):
    fake = small_run()
    fake.path = tmp_path
    fake.find = lambda prefix, policy=None: next(c.key for c in fake.cases if c.key.startswith(prefix))
    monkeypatch.setattr(simeval.runs, "open_run", lambda path: fake)
    return lambda *args: CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)


def test_report_command_prints_the_path(commands, tmp_path):
    result = commands("report", tmp_path)
    assert result.exit_code == 0
    assert result.stdout.strip() == str(tmp_path / "report" / "index.html")


def test_report_command_speaks_json(commands, tmp_path):
    told = json.loads(commands("report", tmp_path, "-o", tmp_path / "x.html", "--json").stdout)
    assert told["path"] == str(tmp_path / "x.html")
    assert told["outcomes"]["fail"] == 3


def test_render_command_wants_one_form(commands, tmp_path):
    with pytest.raises(UsageError, match="needs --png or --gif"):
        commands("render", tmp_path, "abc")


def test_render_command_prints_the_path(commands, tmp_path):
    key = small_run().cases[1].key
    result = commands("render", tmp_path, key[:8], "--png", "--time", "2.0")
    assert result.stdout.strip() == str(tmp_path / "report" / f"{key[:16]}.png")


def test_fake_and_real_runs_are_what_the_report_asks_for(run):
    assert isinstance(run, RunFolder)
    wanted = {name for name in vars(RunFolder) if not name.startswith("_")} - {"manifest", "path"}
    assert wanted <= set(dir(simeval.runs.Run))
