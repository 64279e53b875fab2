"""Two runs compared: what is paired with what, what is found, what is refused."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest

from simeval.cli import main
from simeval.errors import NothingSelected, UsageError
from simeval.runs import Limits, compare, open_run, rescore, run, settings_from


@pytest.fixture
def ten(make_pack, tools):
    """Eight scenarios in which whoever does not brake hits a car, and two in which nobody does."""
    hits = [tools.chase(f"hit-{i}", gap=16.0 + i) for i in range(8)]
    free = [tools.chase(f"free-{i}", gap=60.0 + i, lead_speed=8.0) for i in range(2)]
    return make_pack(*hits, *free)


@pytest.fixture
def both(ten, tmp_path):
    """`idm`, which brakes, and `constant-velocity`, which does not."""
    settings = settings_from({"end_on": ("contact",)})
    return [run([ten], [name], settings, tmp_path / "runs") for name in ("idm", "constant-velocity")]


def test_every_scenario_and_seed_has_one_change_and_they_add_up(both):
    found = compare(*both)
    assert sum(found.changes.values()) == len(found.pairs) == 10
    assert found.changes["broke"] == 8 and found.changes["still_passing"] == 2
    assert {row["scenario_id"] for row in found.listed("broke")} == {f"tiny/hit-{i}" for i in range(8)}
    for row in found.listed("broke"):
        assert both[0].verdict(row["key_a"]).outcome == "pass"
        assert both[1].verdict(row["key_b"]).mode == row["mode_b"] is not None


def test_the_family_that_broke_is_named(both):
    verdict = compare(*both).verdict
    assert (verdict.word, verdict.families, verdict.is_alarm) == ("regressed", ["tiny/hit"], True)


def test_the_other_way_round_it_is_no_regression(both):
    found = compare(both[1], both[0])
    assert found.changes["fixed"] == 8
    assert found.verdict.word != "regressed" and not found.verdict.is_alarm


def test_a_run_compared_with_itself_is_never_regressed(both):
    for made in both:
        for limits in (Limits(), Limits(alpha=0.49), Limits(must_pass=("*",))):
            found = compare(made, made, limits=limits)
            assert found.verdict.word == "not_worse"
            assert all(f.p == 1.0 for f in found.assessment.findings)
            assert found.assessment.failures.change.value == 0.0


def test_two_policies_of_one_run_are_compared_by_name(ten, tmp_path):
    made = run([ten], ["idm", "constant-velocity"], None, tmp_path / "runs")
    assert compare(made, made, "idm:constant-velocity").changes["broke"] == 8
    with pytest.raises(UsageError, match=r"Say which: --policy NAME, or --policy A:B"):
        compare(made, made)
    with pytest.raises(UsageError, match="'idm:nobody' names none of them"):
        compare(made, made, "idm:nobody")


def test_a_must_pass_scenario_needs_no_statistics(make_pack, tools, tmp_path):
    pack = make_pack(tools.chase("hit-0", gap=20.0), tools.chase("free-0", gap=90.0, lead_speed=9.0))
    a, b = (run([pack], [name], None, tmp_path / "runs") for name in ("idm", "constant-velocity"))
    without = compare(a, b).verdict
    assert without.word == "no_evidence" and without.is_inconclusive
    assert any("flips that it takes" in reason for reason in without.reasons)
    held = compare(a, b, limits=Limits(must_pass=("tiny/hit*",))).verdict
    assert held.word == "regressed" and "must pass broke: tiny/hit-0" in held.reasons[0]
    assert compare(a, b, limits=Limits(must_pass=("tiny/free*",))).verdict.word == "no_evidence"
    with pytest.raises(UsageError, match=r"--must-pass: 'tiny/hti\*' fits no scenario of these runs"):
        compare(a, b, limits=Limits(must_pass=("tiny/hit*", "tiny/hti*")))


def test_new_and_removed_scenarios_are_listed_and_left_out(make_pack, tools, tmp_path):
    parts = [tools.chase(f"free-{i}", gap=60.0 + i, lead_speed=8.0) for i in range(4)]
    first, second = make_pack(*parts[:3]), make_pack(*parts[1:], name="again.pack")
    a, b = (run([p], ["idm"], None, tmp_path / "runs") for p in (first, second))
    found = compare(a, b)
    assert found.changes == dict.fromkeys(found.changes, 0) | {"still_passing": 2, "new": 1, "removed": 1}
    assert found.listed("new")[0]["scenario_id"] == "tiny/free-3"
    assert found.listed("removed")[0]["key_b"] is None
    assert found.assessment.failures.pairs == 2


def test_a_scenario_that_changed_is_refused_by_name_or_left_out(make_pack, tools, tmp_path):
    same = tools.chase("free-0", gap=70.0, lead_speed=8.0)
    first = make_pack(same, tools.chase("hit-0", gap=20.0))
    second = make_pack(same, tools.chase("hit-0", gap=21.0), name="again.pack")
    a, b = (run([p], ["idm"], None, tmp_path / "runs") for p in (first, second))
    with pytest.raises(UsageError, match=r"1 scenarios of the same id have another content: tiny/hit-0 \("):
        compare(a, b)
    found = compare(a, b, allow=["edited"])
    assert (found.changes["edited"], found.changes["still_passing"]) == (1, 1)
    assert any("tiny/hit-0" in note for note in found.notes)
    with pytest.raises(UsageError, match="'edits' is not known"):
        compare(a, b, allow=["edits"])


def test_runs_without_a_common_scenario_are_refused(make_pack, tools, tmp_path):
    packs = [make_pack(tools.chase(f"free-{i}", gap=80.0 + i), name=f"p{i}.pack") for i in range(2)]
    a, b = (run([p], ["idm"], None, tmp_path / "runs") for p in packs)
    with pytest.raises(UsageError, match=r"no scenario in common: .*p0\.pack; .*p1\.pack"):
        compare(a, b)


def test_runs_that_were_simulated_differently_are_refused_with_the_setting(ten, tmp_path):
    a = run([ten], ["idm"], None, tmp_path / "runs")
    b = run([ten], ["idm"], settings_from({"horizon_s": 1.0}), tmp_path / "runs")
    with pytest.raises(UsageError, match=r"simulated differently: horizon_s None and 1\.0"):
        compare(a, b)
    assert any("horizon_s" in note for note in compare(a, b, allow=["settings"]).notes)


PROFILE = """
name = "strict"
version = {version}
doc = "Nothing may be near."
[[fail]]
mode = "near/any"
all = [{{ measure = "min_gap_m", below = {gap} }}]
"""


def test_runs_under_other_rules_are_refused_with_what_makes_them_alike(both, tmp_path, monkeypatch):
    folder = tmp_path / "metrics" / "profiles"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    a, b = (made.path for made in both)

    def judged(path, version, gap):
        (folder / "strict.toml").write_text(PROFILE.format(version=version, gap=gap))
        return rescore(path, "strict")

    judged(a, 1, 5.0)
    with pytest.raises(UsageError, match=r"by strict@1, .* by simeval-core@\d.*--profile simeval-core"):
        compare(a, b)
    judged(b, 2, 5.0)
    with pytest.raises(UsageError, match=r"judged by strict@1, .* by strict@2"):
        compare(a, b)
    judged(b, 1, 9.0)
    with pytest.raises(UsageError, match=r"different states of strict@1 \(profile\)"):
        compare(a, b)
    judged(a, 1, 9.0)
    assert compare(a, b).after.run.profile == "strict@1"


def test_other_metrics_and_another_simulator_are_refused(both):
    path = both[1].path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["simulation_semantics"] += 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="simulator of version"):
        compare(both[0].path, both[1].path)
    newer = open_run(both[1].path)
    newer._stamp = newer._stamp | {"simeval.metrics": "0" * 12}
    with pytest.raises(UsageError, match=r"different states of simeval-core@\d \(metrics\)"):
        compare(both[0].path, newer)


def test_a_run_without_scores_is_refused(both):
    shutil.rmtree(both[1].path / "scores")
    with pytest.raises(UsageError, match=r"is not judged under simeval-core@\d.*simeval score"):
        compare(both[0].path, both[1].path)


def test_pairs_that_one_run_did_not_judge_make_the_comparison_void(ten, tmp_path, capsys):
    settings = settings_from({"batch_size": 4})
    made = run([ten], ["idm"], settings, tmp_path / "runs")
    whole = tmp_path / "whole" / made.path.name
    shutil.copytree(made.path, whole)
    batches = list(dict.fromkeys(made.plan["batch"]))
    (made.path / "parts" / f"{batches[0]}.episodes.parquet").unlink()
    found = compare(whole, made.path)
    assert found.changes["unscored"] == sum(made.plan["batch"] == batches[0])
    assert found.verdict.word == "no_evidence" and found.verdict.is_void and found.verdict.is_alarm
    assert "have a verdict in one run only (before 0, after" in found.verdict.reasons[0]
    assert any("is not finished" in note for note in found.notes)
    assert cli("compare", whole, made.path) == 1
    assert "void" in capsys.readouterr().out
    for batch in batches[1:]:
        (made.path / "parts" / f"{batch}.episodes.parquet").unlink()
    with pytest.raises(NothingSelected, match=r"no pair is judged in both\. For example: not run yet"):
        compare(whole, made.path)
    assert cli("compare", whole, made.path) == 5


def test_a_comparison_is_one_json_document_without_nan(both):
    told = json.loads(msgspec.json.encode(compare(*both).as_dict()))
    assert told["verdict"]["word"] == "regressed"
    assert {t["name"] for t in told["tests"]} == {"failures", "scores", "families"}
    assert told["mcnemar"]["p_exact"] == 2.0**-8
    assert len(told["episodes"]["broke"]) == told["changes"]["broke"] == 8
    assert all(len(row["key_b"]) == 64 for row in told["episodes"]["broke"])
    assert "NaN" not in json.dumps(told)


def test_swapping_the_runs_mirrors_every_number(both):
    a, b = compare(*both).assessment, compare(both[1], both[0]).assessment
    for name in ("failures", "scores"):
        one, other = getattr(a, name), getattr(b, name)
        assert one.before == other.after and one.after == other.before
        assert one.change.value == pytest.approx(-other.change.value)
        assert one.change.low == pytest.approx(-other.change.high, abs=1e-6)
    assert (a.flips.broke, a.flips.fixed) == (b.flips.fixed, b.flips.broke)


def cli(*words):
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return end.value.code


def test_the_exit_code_says_whether_it_regressed(both, capsys):
    a, b = (made.path for made in both)
    assert cli("compare", a, b) == 1
    told = capsys.readouterr().out
    assert "regressed" in told and "Worse in tiny/hit" in told and "simeval explain" in told
    assert cli("compare", b, a) == 0
    assert cli("compare", a, a) == 0
    assert cli("compare", a, b, "--alpha", "0.9") == 2
    assert cli("compare", a, a.parent / "nowhere") == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_command_line_speaks_json_and_markdown(both, capsys):
    a, b = (made.path for made in both)
    assert cli("compare", a, b, "--json") == 1
    assert json.loads(capsys.readouterr().out)["changes"]["broke"] == 8
    assert cli("compare", a, b, "--markdown") == 1
    text = capsys.readouterr().out
    assert text.startswith("### ❌ regressed")
    assert "**worse** tiny/hit" in text
    assert text.count("<details>") == text.count("</details>") >= 3
    rows = [line for line in text.splitlines() if line.startswith("| `tiny/hit")]
    assert len(rows) == 8 and all(line.count(" | ") == 3 for line in rows)
    assert cli("compare", a, b, "--json", "--markdown") == 2
