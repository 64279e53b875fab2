"""What a finished run says, and that its numbers add up."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest

import simeval
from simeval.errors import NothingSelected, StoreError, UsageError
from simeval.runs import open_run, rescore, run, settings_from
from simeval.scenario import Ending
from simeval.sim import simulate


@pytest.fixture
def finished(tiny, tmp_path):
    return run([tiny], ["constant-velocity", "log"], settings_from({"batch_size": 2}), tmp_path / "runs")


def test_every_planned_episode_has_one_outcome(finished):
    head = finished.headline()
    assert head["planned"] == 10 == len(finished.plan) == len(finished.scores) == len(finished.episodes)
    assert head["pass"] + head["fail"] + head["policy_fault"] + head["unscored"] == 10
    assert sum(p["planned"] for p in head["policies"].values()) == 10
    assert sum(head["modes"].values()) == head["fail"] == 2
    assert head["coverage"] == 1.0


def test_a_trace_comes_back_as_the_simulator_made_it(finished):
    for key in finished.plan["key"]:
        trace, scenario = finished.trace(key), finished.scenario(key)
        [again] = simulate([scenario], finished.row(key)["policy"])
        assert (again.ending, again.ending_detail) == (trace.ending, trace.ending_detail)
        for name in ("xy", "heading", "velocity", "valid", "hitch"):
            np.testing.assert_array_equal(getattr(again.states, name), getattr(trace.states, name))
        for name in ("yaw_rate", "flags", "driver", "command", "acceleration", "steering"):
            np.testing.assert_array_equal(getattr(again, name), getattr(trace, name))


def test_keys_are_found_by_their_beginning_or_by_scenario(finished):
    key = str(finished.plan["key"][3])
    assert finished.find(key[:10]) == finished.find(key) == key
    with pytest.raises(UsageError, match="2 episodes fit"):
        finished.find("tiny/hit-0")
    with pytest.raises(UsageError, match="Did you mean"):
        finished.find(f"{key[:7]}zzzz")
    with pytest.raises(UsageError, match="no episode"):
        finished.find("")


def test_the_reproducing_command_runs_that_one_episode(finished, tmp_path):
    for key in finished.plan["key"]:
        words = shlex.split(finished.reproduce(key))
        assert words[:2] == ["simeval", "run"]
        options = dict(zip(words[3::2], words[4::2], strict=True))
        alone = run(
            [words[2]], [options["--policy"]], settings_from({"only": (options["--only"],)}), tmp_path / "one"
        )
        assert list(alone.plan["key"]) == [key]


def test_changed_settings_are_part_of_the_reproducing_command(tiny, tmp_path):
    settings = settings_from({"traffic": "replay", "end_on": (), "horizon_s": 1.5})
    made = run([tiny], ["idm"], settings, tmp_path)
    command = made.reproduce(str(made.plan["key"][0]))
    assert "--traffic replay --end-on none --horizon-s 1.5" in command
    assert set(made.episodes["duration_s"]) == {1.5}
    assert "--profile" not in command
    rescore(made.path, "simeval-triage")
    assert open_run(made.path).reproduce(str(made.plan["key"][0])).endswith("--profile simeval-triage")


def test_the_table_has_one_row_an_episode(finished):
    table = finished.table()
    assert len(table) == 10
    assert {"id", "policy", "seed", "outcome", "mode", "ending", "duration_s", "min_gap_m"} <= set(table)
    assert "<table" in finished._repr_html_()
    assert "10 episodes" in repr(finished)


def test_series_have_one_value_a_recorded_step(finished):
    key = str(finished.plan["key"][0])
    assert {len(v) for v in finished.series(key).values()} == {finished.trace(key).num_steps}


def test_a_scenario_that_cannot_run_is_unscored_and_the_others_run(make_pack, tools, tmp_path):
    pack = make_pack(tools.chase("noego-0", gap=30.0, ego=False), tools.chase("free-0", gap=90.0))
    made = run([pack], ["constant-velocity"], None, tmp_path / "runs")
    head = made.headline()
    assert (head["planned"], head["unscored"], head["coverage"]) == (2, 1, 0.5)
    [reason] = head["unscored_reasons"]
    assert "no ego" in reason and "--ego" in reason
    assert set(made.episodes["ending"]) >= {"not_run"}
    with pytest.raises(StoreError, match="no ego"):
        made.trace(made.find("tiny/noego-0"))


def test_an_exception_of_ours_costs_only_the_episode_that_raises(tiny, tmp_path, monkeypatch):
    calls: list[int] = []

    def failing(scenarios, driver, settings, **more):
        calls.append(len(scenarios))
        if any(s.id == "tiny/free-2" for s in scenarios):
            raise ZeroDivisionError("in the middle")
        return simulate(scenarios, driver, settings, **more)

    monkeypatch.setattr("simeval.runs.execute.simulate", failing)
    made = run([tiny], ["constant-velocity"], None, tmp_path)
    assert calls == [5, 1, 1, 1, 1, 1, 1]  # together, then one by one; the guilty one twice
    head = made.headline()
    assert (head["planned"], head["unscored"]) == (5, 1)
    row = made.episodes.set_index("scenario_id").loc["tiny/free-2"]
    assert (row["ending"], row["error_type"], row["attempt"]) == ("harness_error", "ZeroDivisionError", 3)
    assert "in the middle" in row["error_trace"]
    [reason] = head["unscored_reasons"]
    assert "failed on it 3 times: ZeroDivisionError: in the middle" in reason
    monkeypatch.setattr("simeval.runs.execute.simulate", simulate)  # as if it had been mended
    assert run([tiny], ["constant-velocity"], None, tmp_path).headline()["unscored"] == 1
    assert run([tiny], ["constant-velocity"], None, tmp_path, retry_errors=True).headline()["unscored"] == 0


def test_a_trace_that_is_not_finite_never_reaches_the_store(tiny, tmp_path, monkeypatch):
    def broken(scenarios, driver, settings, **more):
        traces = simulate(scenarios, driver, settings, **more)
        traces[0].states.xy[-1, 0, 0] = np.nan
        return traces

    monkeypatch.setattr("simeval.runs.execute.simulate", broken)
    made = run([tiny], ["constant-velocity"], settings_from({"only": ("tiny/hit-0",)}), tmp_path)
    assert list(made.episodes["ending"]) == ["harness_error"]
    assert made.headline()["unscored"] == 1


@pytest.mark.parametrize("traces", ["failed", "none"])
def test_traces_that_nobody_wants_are_not_kept(tiny, tmp_path, traces):
    made = run([tiny], ["constant-velocity"], settings_from({"traces": traces}), tmp_path / "less")
    whole = run([tiny], ["constant-velocity"], None, tmp_path / "all")
    for name in ("headline", "table"):
        assert str(getattr(made, name)()) == str(getattr(whole, name)())
    kept = {k for k in made.plan["key"] if made.row(k) and has_trace(made, k)}
    failed = set(made.scores[made.scores["outcome"] == "fail"]["key"])
    assert kept == (failed if traces == "failed" else set())
    assert str(rescore(made.path).headline()) == str(whole.headline())  # the same profile: verdicts stand


def has_trace(made, key):
    try:
        made.trace(key)
    except StoreError as error:
        assert "--traces all" in str(error)
        return False
    return True


PROFILE = """
name = "{name}"
version = 3
doc = "Every contact fails, and so does every episode that goes on for long."
[[fail]]
mode = "duration/long"
any = [ {{ measure = "min_gap_m", at_least = 0.0 }} ]
"""


@pytest.fixture
def own_profile(tmp_path, monkeypatch):
    folder = tmp_path / "metrics" / "profiles"
    folder.mkdir(parents=True)
    (folder / "strict.toml").write_text(PROFILE.format(name="strict"))
    monkeypatch.chdir(tmp_path)
    return "strict"


def test_another_profile_judges_without_simulating(tiny, tmp_path, own_profile, monkeypatch):
    made = run([tiny], ["constant-velocity"], None, tmp_path / "runs")
    monkeypatch.setattr("simeval.runs.execute.simulate", None)
    judged = rescore(made.path, own_profile)
    assert judged.profile == "strict@3"
    assert judged.headline()["modes"] == {"duration/long": 5}
    assert open_run(made.path).profile == "strict@3"  # the last one asked for is shown
    assert open_run(made.path, made.profile).headline() == made.headline()
    assert sorted(p.name for p in (made.path / "scores").iterdir()) == sorted(
        [f"{made.profile}.parquet", "strict@3.parquet"]
    )


def test_scoring_without_traces_says_what_is_missing(tiny, tmp_path, own_profile):
    made = run([tiny], ["constant-velocity"], settings_from({"traces": "none"}), tmp_path / "runs")
    judged = rescore(made.path, own_profile)
    assert judged.headline()["unscored"] == 5
    assert "--traces all" in next(iter(judged.headline()["unscored_reasons"]))


def test_measurements_and_scores_that_were_deleted_are_made_again(tiny, tmp_path, tools):
    import shutil

    made = run([tiny], ["constant-velocity"], None, tmp_path)
    whole = tools.dump(made.path)
    shutil.rmtree(made.path / "measured")
    shutil.rmtree(made.path / "scores")
    assert open_run(made.path).headline()["unscored"] == 5
    rescore(made.path)
    assert tools.dump(made.path) == whole


def test_the_newest_run_below_a_folder_is_opened(tiny, tmp_path):
    run([tiny], ["log"], None, tmp_path / "runs")
    newest = run([tiny], ["constant-velocity"], None, tmp_path / "runs")
    assert open_run(tmp_path / "runs").path == newest.path
    with pytest.raises(UsageError, match="does not exist"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="holds no run"):
        open_run(tiny)


def test_threads_and_batch_size_do_not_change_results(tiny, tmp_path):
    runs = [
        run(
            [tiny],
            ["constant-velocity"],
            settings_from({"batch_size": b, "threads": t}),
            tmp_path / f"{b}-{t}",
        )
        for b, t in ((1, 1), (2, 2), (64, 2))
    ]
    tables = [made.measurements.sort_values(["key", "metric"]).to_json() for made in runs]
    assert len({made.path.name for made in runs}) == 1
    assert json.loads(tables[0]).keys() and [t for t in tables if len(t) == len(tables[0])] == tables


def test_selection_is_by_id_pattern_or_key(tiny, tmp_path):
    def chosen(*words):
        made = run([tiny], ["log"], settings_from({"only": words}), tmp_path)
        return sorted(made.plan["scenario_id"])

    assert chosen("tiny/free-1") == ["tiny/free-1"]
    assert chosen("tiny/free-*") == [f"tiny/free-{i}" for i in range(4)]
    assert chosen("tiny/hit-0", "*free-3") == ["tiny/free-3", "tiny/hit-0"]
    key = run([tiny], ["log"], None, tmp_path).find("tiny/free-2")
    assert chosen(key[:16]) == ["tiny/free-2"]
    with pytest.raises(NothingSelected, match="none of 5 scenarios matches --only tiny/none"):
        chosen("tiny/none")


def test_two_different_scenarios_of_one_id_are_refused(make_pack, tools, tmp_path):
    one = make_pack(tools.chase("free-0", gap=60.0), name="one.pack")
    two = make_pack(tools.chase("free-0", gap=61.0), name="two.pack")
    with pytest.raises(UsageError, match="different scenarios of this id"):
        run([one, two], ["log"], None, tmp_path)
    assert run([one, one], ["log"], None, tmp_path).headline()["planned"] == 1


def test_names_that_are_not_known_are_answered_with_the_nearest(tiny, tmp_path):
    with pytest.raises(UsageError, match="Did you mean 'constant-velocity'"):
        run([tiny], ["constant-velocty"], None, tmp_path)
    with pytest.raises(UsageError, match="no suite of that name"):
        run(["nowhere"], ["idm"], None, tmp_path)
    (tmp_path / "log.json").write_text("{}")
    with pytest.raises(UsageError, match="simeval import"):
        run([tmp_path / "log.json"], ["idm"], None, tmp_path)


def test_only_what_draws_parameters_has_more_than_one_seed(tmp_path):
    from simeval.runs.sources import resolve, suites

    families = {f.name: f for name in suites() for f in resolve(f"builtin:{name}").families}
    drawn = next(f for f in families.values() if f.is_random)
    fixed = next(f for f in families.values() if not f.is_random)
    settings = settings_from({"seeds": 3, "horizon_s": 0.5})
    made = run([drawn.path, fixed.path], ["constant-velocity"], settings, tmp_path / "runs")
    seeds = made.plan.groupby("family")["seed"].agg(lambda s: sorted(set(s)))
    assert seeds[fixed.name] == [0]
    assert seeds[drawn.name] == [0, 1, 2]
    [note] = made.manifest["notes"]
    assert "3 seeds asked for: 1 families" in note
    last = made.plan[made.plan["seed"] == 2].iloc[0]
    words = shlex.split(made.reproduce(last["key"]))
    chosen = {"only": (words[words.index("--only") + 1],), "horizon_s": 0.5}
    seeds = {"seeds": int(words[words.index("--seeds") + 1])}
    again = run([words[2]], ["constant-velocity"], settings_from(chosen | seeds), tmp_path / "runs")
    assert list(again.plan["key"]) == [last["key"]]
    from_pack = run(
        [made.path / "scenarios.pack"], ["constant-velocity"], settings_from(chosen), tmp_path / "p"
    )
    assert list(from_pack.plan["scenario_id"]) == [last["scenario_id"]]


def test_evaluate_is_the_same_from_python(tiny, tmp_path):
    made = simeval.evaluate("constant-velocity", tiny, out=tmp_path, traffic="replay")
    assert made.headline()["planned"] == 5
    assert made.manifest["settings"]["traffic"] == {"value": "replay", "from": "python"}
    assert made.manifest["settings"]["batch_size"]["from"] == "default"


def test_the_manifest_holds_no_home_folder(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["simeval", "run", str(tiny), "--policy", "log"])
    made = run([tiny], ["log"], None, tmp_path / "runs")
    assert str(tmp_path) not in (made.path / "manifest.json").read_text()
    assert made.manifest["argv"][:2] == ["run", "~/tiny.pack"]


def test_endings_are_facts_in_words(finished):
    assert set(finished.episodes["ending"]) <= {e.name.lower() for e in Ending}
    hit = finished.episodes.set_index("scenario_id").loc["tiny/hit-0"].iloc[0]
    assert (hit["ending"], hit["ending_detail"]) == ("contact", "contact with lead")
