"""`simeval table`: sums that add up, rates and means with their limits."""

from __future__ import annotations

import dataclasses
import io
import json
import math

import numpy as np
import pandas as pd
import pytest

from simeval.cli import main
from simeval.errors import UsageError
from simeval.runs import RunSettings, run
from simeval.runs.summary import GROUPS, TOTAL
from simeval.statistics import clopper_pearson, cluster_mean

COUNTS = ["planned", "pass", "fail", "policy_fault", "unscored"]


@pytest.fixture
def finished(make_pack, tools, tmp_path):
    free = [tools.chase(f"free-{i}", gap=60.0 + 10.0 * i, lead_speed=8.0) for i in range(3)]
    hits = [tools.chase(f"hit-{i}", gap=16.0 + i) for i in range(2)]
    pack = make_pack(*free, *hits, tools.chase("noego-0", gap=30.0, ego=False))
    return run([pack], ["constant-velocity", "idm"], None, tmp_path / "runs")


@pytest.mark.parametrize("by", [g for g in GROUPS if g != "tag"])
def test_groups_add_up_to_the_total(finished, by):
    table = finished.summary_table(by)
    groups, [total] = table.iloc[:-1], table.iloc[-1:].to_dict("records")
    assert total[by] == TOTAL
    for name in COUNTS:
        assert groups[name].sum() == total[name]
    assert total["planned"] == sum(total[name] for name in COUNTS[1:]) == len(finished.plan)
    head = finished.headline()
    assert {name: total[name] for name in COUNTS} == {name: head[name] for name in COUNTS}
    assert groups["score_count"].sum() == total["score_count"]


def test_two_groups_make_one_row_a_combination(finished):
    table = finished.summary_table(["policy", "mode"])
    assert list(table.columns[:2]) == ["policy", "mode"]
    groups = table.iloc[:-1]
    assert not groups.duplicated(["policy", "mode"]).any()
    contacts = groups[groups["mode"].str.startswith("contact/")]
    assert set(contacts["policy"]) == {"constant-velocity"} and contacts["fail"].sum() == 2
    assert contacts["share"].sum() == pytest.approx(2 / 10)


def test_any_measured_metric_can_be_shown_instead_of_the_main_ones(finished):
    table = finished.summary_table("policy", ["invalid_outputs", "contacts", "max_plan_jitter_m"])
    assert "min_gap_m" not in table
    values = finished.measurements.query("metric == 'contacts'").merge(finished.plan[["key", "policy"]])
    means = values[values["key"].isin(judged_keys(finished))].groupby("policy")["value"].mean()
    assert dict(table.set_index("policy")["contacts"].drop(TOTAL)) == pytest.approx(dict(means))
    assert table["max_plan_jitter_m_count"].tolist() == [0, 0, 0]  # neither driver plans
    with pytest.raises(UsageError, match="min_gap_m"):
        finished.summary_table((), ["min_gap"])


def judged_keys(finished):
    return finished.scores.query("outcome != 'unscored'")["key"]


def test_rates_are_over_what_was_judged_and_have_exact_limits(finished):
    total = finished.summary_table().iloc[0]
    expected = clopper_pearson(int(total["fail"] + total["policy_fault"]), 10)
    assert total["coverage"] == 10 / 12
    assert (total["fail_rate"], total["fail_rate_low"]) == (expected.value, expected.low)
    assert total["fail_rate_high"] == expected.high


def test_means_are_over_clusters_and_count_what_they_are_over(finished):
    table = finished.summary_table("policy").set_index("policy")
    measured = finished.measurements
    mine = finished.plan[finished.plan["policy"] == "idm"].set_index("key")
    rows = measured[(measured["metric"] == "min_gap_m") & measured["key"].isin(mine.index)]
    rows = rows.dropna(subset="value")
    clusters = mine.loc[rows["key"], "cluster"]
    units = clusters if clusters.nunique() > 1 else mine.loc[rows["key"], "scenario_id"]
    expected = cluster_mean(rows["value"].to_numpy(), list(units), "x")
    assert table.loc["idm", "min_gap_m"] == pytest.approx(expected.value)
    assert table.loc["idm", "min_gap_m_low"] == pytest.approx(expected.low)
    assert table.loc["idm", "min_gap_m_count"] == len(rows)


def test_a_group_without_a_verdict_has_no_rate(finished):
    row = finished.summary_table("family").set_index("family").loc["tiny/noego"]
    assert row["unscored"] == row["planned"] == 2 and row["coverage"] == 0.0
    assert np.isnan(row["fail_rate"]) and np.isnan(row["score"])


def test_bench2drive_divides_by_all_routes_and_a_mean_of_ours_by_those_that_have_a_score(
    make_pack, tools, tmp_path
):
    """A route that nobody could drive lowers its driving score, and here the coverage beside the mean."""
    routes = [tools.chase("free-0", gap=60.0, lead_speed=8.0), tools.chase("hit-0", gap=16.0)]
    pack = make_pack(*routes, tools.chase("noego-0", gap=30.0, ego=False))
    found = run([pack], ["constant-velocity"], RunSettings(profile="carla-ds"), tmp_path / "runs")
    total, scores = found.summary_table().iloc[0], found.scores["total"].dropna()
    assert (total["planned"], total["score_count"], total["unscored"]) == (3, 2, 1)
    assert total["coverage"] == found.headline()["coverage"] == 2 / 3
    assert total["score"] == pytest.approx(scores.mean())
    bench2drive = scores.sum() / total["planned"]
    assert 0.0 < bench2drive == pytest.approx(total["score"] * total["score_count"] / total["planned"])
    assert bench2drive < total["score"]


def test_an_unknown_group_is_refused_with_the_nearest(finished):
    with pytest.raises(UsageError, match=r"group 'familly' is not known\. Did you mean 'family'"):
        finished.summary_table("familly")


def printed(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["table", *[str(w) for w in words]])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_every_form_holds_the_same_numbers(finished, capsys):
    expected = finished.summary_table("policy")
    as_csv = pd.read_csv(io.StringIO(printed(capsys, finished.path, "--by", "policy", "--csv")))
    pd.testing.assert_frame_equal(as_csv, expected, check_dtype=False, rtol=1e-12)
    told = json.loads(printed(capsys, finished.path, "--by", "policy", "--json"))
    assert told["by"] == ["policy"] and told["profile"] == finished.profile
    for row, other in zip(told["rows"], expected.to_dict("records"), strict=True):
        for name, value in other.items():
            undefined = isinstance(value, float) and math.isnan(value)
            assert row[name] is None if undefined else row[name] == value
    text = printed(capsys, finished.path, "--by", "policy,outcome", "--markdown")
    assert text.splitlines()[0].startswith("| policy | outcome | planned |")
    assert "95 %" in printed(capsys, finished.path)
    asked = printed(capsys, finished.path, "--metric", "contacts,invalid_outputs", "--csv")
    assert {"contacts", "invalid_outputs_count"} <= set(asked.splitlines()[0].split(","))


def test_by_tag_an_episode_counts_under_each_of_its_tags(make_pack, tools, tmp_path):
    parts = [
        dataclasses.replace(tools.chase(f"free-{i}", gap=70.0 + i, lead_speed=8.0), tags=tags)
        for i, tags in enumerate([("night", "rain"), ("night",), ()])
    ]
    table = run([make_pack(*parts)], ["idm"], None, tmp_path / "runs").summary_table("tag").set_index("tag")
    assert table["planned"].to_dict() == {"night": 2, "rain": 1, "–": 1, TOTAL: 3}
