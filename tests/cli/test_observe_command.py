"""`simeval observe` on a run of bundled scenarios."""

import json

import numpy as np
import pytest
from PIL import Image

from simeval import content
from simeval.cli import main
from simeval.errors import UsageError
from simeval.policy import ObservationSpec
from simeval.report.observed import observed_in
from simeval.runs import open_run
from simeval.sim.observe_recorded import observe_recorded

LEFT_TURN, RED_LIGHT = "urban/oncoming_left_turn", "urban/red_light"


def run_into(folder, *options):
    source = str(content.builtin_root() / "scenarios" / "urban")
    words = ["run", source, "--policy", "idm", "--only", LEFT_TURN, "--only", RED_LIGHT, "--out", str(folder)]
    with pytest.raises(SystemExit) as done:
        main([*words, *options])
    assert done.value.code in (0, None)
    return folder


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    return run_into(tmp_path_factory.mktemp("runs"))


def observed(capsys, *words, code=0):
    with pytest.raises(SystemExit) as done:
        main(["observe", *map(str, words)])
    assert (done.value.code or 0) == code
    told = capsys.readouterr()
    return told.err if code else told.out


def test_what_is_seen_is_told_in_words_and_numbers(run_folder, capsys):
    text = observed(capsys, run_folder, LEFT_TURN, "--step", 70)
    assert "Step      70 of 0 to" in text
    assert "7.00 s, seen by ego (ego)" in text
    assert "default sizes (its driver observes nothing)" in text
    run = open_run(run_folder)
    trace = run.trace(run.find(LEFT_TURN))
    ahead, left = trace.states.xy[70, 1] - trace.states.xy[70, 0]
    row = next(line for line in text.splitlines() if "│ 1 │ car" in line)
    numbers = [float(word) for word in row.split("│")[3:8]]
    heading = trace.states.heading[70, 0]
    c, s = np.cos(heading), np.sin(heading)
    assert numbers[:2] == pytest.approx([c * ahead + s * left, c * left - s * ahead], abs=0.06)
    assert numbers[2] < np.hypot(ahead, left) - 2.3
    assert numbers[3] == pytest.approx(abs(trace.states.speed[70, 1]), abs=0.06)
    closing = np.hypot(*(trace.states.xy[69, 1] - trace.states.xy[69, 0])) - np.hypot(ahead, left)
    assert numbers[4] == pytest.approx(closing / trace.dt, abs=0.3)


def test_signals_on_the_lanes_are_told(run_folder, capsys):
    text = observed(capsys, run_folder, RED_LIGHT, "--step", 0)
    assert "Signals   on pieces: " in text
    assert "red" in text
    assert "Bodies    0 seen, 16 at most" in text


def test_json_holds_all_tensors_with_units(run_folder, capsys):
    seen = json.loads(observed(capsys, run_folder, LEFT_TURN, "--step", 12, "--json"))
    run = open_run(run_folder)
    key = run.find(LEFT_TURN)
    expected = observe_recorded(run.scenario(key), run.trace(key), 12, ObservationSpec())
    assert (seen["key"], seen["step"], seen["time_s"], seen["agent"]) == (key, 12, pytest.approx(1.2), "ego")
    assert list(seen["tensors"]) == list(expected.tensors())
    for name, tensor in expected.tensors().items():
        assert seen["tensors"][name]["values"] == tensor[0].tolist()
        assert seen["tensors"][name]["shape"] == list(tensor.shape[1:])
    assert seen["tensors"]["ego_history"]["columns"][4] == {"name": "speed", "unit": "m/s"}


def test_another_agent_can_look(run_folder, capsys):
    run = open_run(run_folder)
    other = run.trace(run.find(LEFT_TURN)).agents.ids[1]
    seen = json.loads(observed(capsys, run_folder, LEFT_TURN, "--step", 12, "--agent", other, "--json"))
    assert (seen["agent"], seen["is_ego"], seen["tensors"]["goal"]["values"][2]) == (other, False, 0.0)


def test_the_picture_shows_vehicle_route_and_others(run_folder, capsys, tmp_path):
    path = tmp_path / "new" / "a.png"
    assert observed(capsys, run_folder, LEFT_TURN, "--step", 70, "--png", path).strip() == str(path)
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert pixels.shape == (1050, 1650, 3)
    for colour, least in (((0x1F, 0x5F, 0xBF), 300), ((0x6B, 0x74, 0x80), 300), ((0xD9, 0xE5, 0xF5), 5000)):
        assert (np.abs(pixels - colour).sum(axis=-1) < 12).sum() > least


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((LEFT_TURN, "--step", "9999"), r"simeval: --step: 9999 is outside the episode. It has steps 0 to "),
        ((LEFT_TURN, "--step", "-1"), "simeval: --step: -1 is outside the episode."),
        ((LEFT_TURN, "--agent", "nobody"), "simeval: --agent: agent 'nobody' is not known. "),
        (("urban/red_lihgt",), "simeval: urban/red_lihgt: no episode of this run fits. Did you mean "),
        ((LEFT_TURN, "--png", "a", "--json"), "simeval: simeval observe: takes --png or --json, not both."),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_message(run_folder, capsys, words, message):
    told = observed(capsys, run_folder, *words, code=2)
    assert told.startswith(message)
    assert told.count("\n") == 1


def test_an_episode_without_a_trace_is_refused(tmp_path, capsys):
    folder = run_into(tmp_path, "--traces", "none")
    capsys.readouterr()
    told = observed(capsys, folder, LEFT_TURN, code=7)
    assert "has no trace. The run was made without --traces all" in told


def test_an_agent_that_has_left_is_refused_with_when_it_was_there(run_folder):
    run = open_run(run_folder)
    key = run.find(LEFT_TURN)
    trace = run.trace(key)
    trace.states.valid[5:, 1] = False
    run.trace = lambda key: trace
    with pytest.raises(UsageError, match=r"is not there at step 7\. It is there from step 0 to 4\."):
        observed_in(run, key, 7, trace.agents.ids[1])


def test_the_sizes_are_those_that_the_policy_declared(run_folder):
    run = open_run(run_folder)
    run.manifest["policies"] = [{"name": "idm", "spec": {"observation": {"history": 3, "agents": 5}}}]
    seen = observed_in(run, run.find(LEFT_TURN), 4)
    assert seen.is_own_spec
    assert seen.tensors["agents_history"].shape == (5, 3, 8)
