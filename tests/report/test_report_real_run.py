"""From a simulated run to a page in the browser: the whole path, nothing made up."""

from __future__ import annotations

import numpy as np
import pytest

import simeval

pytestmark = pytest.mark.browser


def test_report_of_a_simulated_run_opens_and_shows_its_traces(open_report, tmp_path):
    run = simeval.evaluate(
        ["idm", "constant-velocity"], "highway", only=("highway/lead_brakes*",), out=tmp_path / "runs"
    )
    report = open_report(run)
    planned, failed = run.headline()["planned"], run.headline()["fail"]
    assert report.page.inner_text("h1") == f"{failed} of {planned} episodes failed."
    for key in run.plan["key"]:
        report.episode(key)
        assert report.page.text_content("#reproduce") == run.reproduce(key)
        trace, state = run.trace(key), report.state()
        x, y = trace.states.xy[state["step"], trace.ego]
        assert np.allclose([state["ego"]["x"], state["ego"]["y"]], [x, y], atol=0.0051)
        assert state["numSteps"] == trace.num_steps
    assert report.problems == []
