"""The file itself: escaping, policy, size, budget, what is said when something is missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from report_fakes import FakeRun, crash_case, pass_case, small_run

from simeval import content
from simeval.errors import StorageFull
from simeval.report.build import build_report, report_page
from simeval.report.page import assemble, json_for_html

KIB = 1024


def index_of(page: str) -> dict:
    return json.loads(re.search(r'id="index">(.*?)</script>', page).group(1))


def test_json_cannot_end_its_element():
    text = json_for_html({"a": "</script><!--&\u2028\u2029"})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"a": "</script><!--&\u2028\u2029"}


def test_times_of_answers_are_told_by_policy_and_left_out_where_there_are_none(monkeypatch):
    plain = FakeRun.episodes.fget
    assert index_of(report_page(small_run())[0])["latency"] == {}

    def timed(run):
        rows = plain(run)
        return rows.assign(
            policy_ms_p50=[2.0, None] * (len(rows) // 2) + [4.0] * (len(rows) % 2), policy_ms_p99=9.0
        )

    monkeypatch.setattr(FakeRun, "episodes", property(timed))
    told = index_of(report_page(small_run())[0])["latency"]
    assert {t["p99_ms"] for t in told.values()} == {9.0}
    assert sum(t["episodes"] for t in told.values()) == timed(small_run())["policy_ms_p50"].notna().sum()


def test_policy_allows_exactly_the_program_and_the_style_of_the_page():
    page, _ = report_page(small_run())
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page).group(1).replace("&#39;", "'")
    program = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    for rule, text in (("script-src", program), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}';" in policy
    for rule in ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'none'"):
        assert rule in policy
    assert "unsafe" not in policy


def test_program_never_turns_text_into_markup_or_code():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser"
        r"|setTimeout\(\s*[\"'`]|setAttribute\(\s*[\"'](on|style)|javascript:|createContextualFragment|fetch\(|XMLHttp"
    )
    root = content.builtin_root() / "reports"
    for path in [*root.glob("assets/*.js"), root / "page.html.j2"]:
        assert not forbidden.search(path.read_text("utf-8")), path.name
    assert not re.search(r"\son\w+=|style=", (root / "page.html.j2").read_text("utf-8"))


def test_program_files_are_short():
    for path in (content.builtin_root() / "reports" / "assets").glob("*.js"):
        assert len(path.read_text("utf-8").splitlines()) <= 250, path.name


def test_element_that_would_end_the_program_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="cannot hold"):
        assemble("title", {}, ["<b>"])


def test_same_run_gives_the_same_bytes():
    assert report_page(small_run())[0] == report_page(small_run())[0]


def test_outcomes_add_up_to_the_plan(tmp_path):
    summary = build_report(small_run(), tmp_path / "index.html")
    assert sum(summary.outcomes.values()) == summary.planned == 8
    assert summary.outcomes == {"pass": 4, "fail": 3, "policy_fault": 0, "unscored": 1}


def test_report_goes_into_the_run_folder(tmp_path):
    run = FakeRun([pass_case("a/b", "idm")], path=tmp_path)
    assert build_report(run).path == tmp_path / "report" / "index.html"
    assert [p.name for p in (tmp_path / "report").iterdir()] == ["index.html"]


def test_file_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFull, match=r"index\.html: cannot be written: .*Choose another file with -o\."):
        build_report(FakeRun([]), tmp_path / "file" / "index.html")


def test_each_map_is_in_the_page_once():
    page, _ = report_page(small_run())
    assert len(index_of(page)["maps"]) == 1


def test_budget_drops_passing_replays_first_and_says_so():
    run = small_run()
    whole, _ = report_page(run)
    with_failed = len(report_page(FakeRun([c for c in run.cases if c.outcome != "pass"]))[0])
    budget = (with_failed + len(whole)) / 2
    page, summary = report_page(run, budget_mib=budget / KIB**2)
    assert 0 < summary["left_out"] <= 4
    assert len(page) <= budget
    index = index_of(page)
    outcomes = [index["columns"]["outcome"]["values"][c] for c in index["columns"]["outcome"]["codes"]]
    kept = [place >= 0 for place in index["replays"]]
    assert all(kept[i] for i, outcome in enumerate(outcomes) if outcome == "fail")
    assert any("were left out to keep this page" in note for note in index["notes"])


def test_failed_replays_stay_beyond_the_budget_and_the_page_says_so():
    page, summary = report_page(small_run(), budget_mib=0.01)
    assert summary["replays"] == 3
    assert any("never left out" in note for note in index_of(page)["notes"])


def test_trace_that_was_not_kept_is_told():
    case = replace(pass_case("a/b", "idm"), trace=None)
    page, summary = report_page(FakeRun([case]))
    reason = index_of(page)["no_replay"]
    assert "was not kept" in reason["values"][reason["codes"][0]]
    assert summary["without_trace"] == 1


def test_trace_with_a_value_that_cannot_be_drawn_is_told():
    case = crash_case("a/b", "idm")
    xy = case.trace.states.xy.copy()
    xy[3, 0, 0] = 1e12
    broken = replace(case, trace=replace(case.trace, states=replace(case.trace.states, xy=xy)))
    page, _ = report_page(FakeRun([broken, pass_case("a/c", "idm")]))
    index = index_of(page)
    assert [place >= 0 for place in index["replays"]] == [False, True]
    assert "x_m holds a value that cannot be drawn" in index["no_replay"]["values"][0]


def test_episode_that_was_not_run_counts_as_unscored():
    index = index_of(report_page(small_run())[0])
    assert "1 of 8 planned episodes have not run; they count as unscored." in index["notes"]


def test_thousand_episodes_without_replays_stay_below_400_kib():
    metrics = [f"some_metric_number_{i}_mps2" for i in range(15)]
    template = crash_case("highway/lead_brakes", "idm")
    cases = [
        replace(
            template, trace=None, seed=i, policy=("idm", "constant-velocity")[i % 2],
            scenario=replace(template.scenario, id=f"highway/lead_brakes[gap_m-{i / 10}]"),
            values={m: (i * 7919 % 1000) / 37 + k for k, m in enumerate(metrics)},
        )
        for i in range(1000)
    ]  # fmt: skip
    page, _ = report_page(FakeRun(cases))
    assert len(page) / KIB <= 400


def test_own_page_file_replaces_ours_and_is_named(tmp_path, monkeypatch):
    assets = tmp_path / "reports" / "assets"
    assets.mkdir(parents=True)
    (assets / "40-facts.css").write_text(".mine{top:0}")
    (assets / "unrelated.js").write_text("not ours")
    monkeypatch.chdir(tmp_path)
    page, _ = report_page(FakeRun([]))
    assert ".mine{top:0}" in page
    assert "not ours" not in page
    assert index_of(page)["overrides"] == ["40-facts.css"]
