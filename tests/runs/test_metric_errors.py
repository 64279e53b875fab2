"""A metric whose code fails is said beside the headline; everything else goes on."""

import json
from dataclasses import replace

import pytest

from simeval.cli import main
from simeval.metrics import METRICS
from simeval.report import build_report
from simeval.runs import run


def raises(episode):
    raise ValueError("my mistake")


@pytest.fixture
def finished(make_pack, tools, tmp_path, monkeypatch):
    monkeypatch.setitem(METRICS, "duration_s", replace(METRICS["duration_s"], read=raises))
    pack = make_pack(*(tools.chase(f"free-{i}", gap=60.0, lead_speed=8.0 + i) for i in range(3)))
    return run([pack], ["idm"], None, tmp_path / "runs")


def test_a_metric_that_raises_is_named_with_the_number_of_episodes_and_the_reason(finished, capsys):
    assert finished.metric_errors() == {"duration_s": (3, "ValueError: my mistake")}
    assert finished.headline()["pass"] == 3
    values = finished.measurements.query("metric == 'min_gap_m'")["value"]
    assert values.notna().all()


def test_the_end_of_scoring_and_the_report_say_so(finished, capsys):
    with pytest.raises(SystemExit) as left:
        main(["score", str(finished.path)])
    assert left.value.code == 0
    assert "metric duration_s failed in 3 episodes: ValueError: my mistake" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["score", str(finished.path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["metric_errors"] == {"duration_s": {"episodes": 3, "reason": "ValueError: my mistake"}}
    page = build_report(finished).path.read_text()
    assert "Metrics failed: duration_s in 3 episodes: ValueError: my mistake." in page


def test_without_errors_nothing_is_said(make_pack, tools, tmp_path):
    made = run([make_pack(tools.chase("free-0", gap=60.0))], ["idm"], None, tmp_path / "runs")
    assert made.metric_errors() == {}
