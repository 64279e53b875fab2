"""Which traffic a run has: the command line's before the suite's before the default."""

import dataclasses

import numpy as np
import pytest

import simeval
from simeval.errors import InputError, UsageError
from simeval.runs import run, settings_from
from simeval.scenario import Driver
from simeval.testing import simulate

FAMILY = """
format = 1
family = "{name}"
doc = "A car drives behind another one."
duration_s = 1.0
[map]
template = "straight"
[ego]
at = {{ lane = "main.0", s_m = 20.0, speed_mps = 5.0 }}
goal = {{ lane = "main.0", s_m = 300.0 }}
[[agent]]
id = "open"
controller = "auto"
at = {{ lane = "main.0", s_m = 60.0, speed_mps = 5.0 }}
"""


@pytest.fixture
def suite(tmp_path):
    def make(name, traffic=None, **families):
        folder = tmp_path / name
        folder.mkdir()
        text = 'format = 1\ndoc = "Cars."\n' + (f'traffic = "{traffic}"\n' if traffic else "")
        (folder / "suite.toml").write_text(text)
        for family, text in (families or {"one": FAMILY}).items():
            (folder / f"{family}.toml").write_text(text.format(name=family))
        return folder

    return make


def drivers(made):
    return {int(d) for key in made.plan["key"] for d in made.trace(key).driver[1:]}


def told(made):
    return made.manifest["settings"]["traffic"]


def test_a_suite_chooses_its_traffic_and_the_caller_chooses_another(suite, tmp_path):
    folder = suite("a", "id:op*=idm,truck=replay")
    made = simeval.evaluate("constant-velocity", folder, out=tmp_path / "runs")
    assert told(made) == {"value": "id:op*=idm,truck=replay", "from": "suite"}
    assert drivers(made) == {Driver.IDM}
    assert "--traffic 'id:op*=idm,truck=replay'" in made.reproduce(made.plan["key"][0])
    other = simeval.evaluate("constant-velocity", folder, out=tmp_path / "runs", traffic="idm")
    assert told(other) == {"value": "idm", "from": "python"}
    assert "--traffic idm" in other.reproduce(other.plan["key"][0])
    assert made.path != other.path


def test_an_equal_way_of_saying_it_finds_the_same_run(suite, tmp_path):
    folder = suite("a")
    one = simeval.evaluate("constant-velocity", folder, out=tmp_path / "runs", traffic="vehicle=idm")
    two = simeval.evaluate("constant-velocity", folder, out=tmp_path / "runs")
    assert one.path == two.path


def test_sources_that_ask_for_different_traffic_are_refused(suite, tmp_path):
    sources = [str(suite("a", "truck=replay")), str(suite("b"))]
    with pytest.raises(UsageError, match=r"for 'truck=replay', .* for 'idm'\. Choose one with --traffic"):
        run(sources, ["constant-velocity"], out=tmp_path / "runs")
    settings = settings_from({"traffic": "truck=replay"})
    assert run(sources, ["constant-velocity"], settings, tmp_path / "runs").headline()["planned"] == 2


def test_an_agent_without_a_log_cannot_be_replayed(suite, tmp_path):
    what = r"a/one: 'open' has no log to replay, only a path\. Give it a model that follows a path"
    with pytest.raises(UsageError, match=what):
        simeval.evaluate("idm", suite("a"), out=tmp_path / "runs", traffic="replay")


def test_a_mistake_in_a_suite_names_its_file(suite, tmp_path):
    with pytest.raises(InputError, match=r"a/suite\.toml: traffic: model 'idn' is not known. Did you mean"):
        run([suite("a", "idn")], ["constant-velocity"], out=tmp_path / "runs")


def test_a_test_in_this_process_has_the_traffic_of_the_suite(suite):
    folder = suite("a", "cyclist=idm", one=FAMILY.replace('id = "open"', 'id = "open"\nkind = "cyclist"'))
    assert simulate(folder / "one.toml", "constant-velocity").trace.driver[1] == Driver.IDM


def test_drivers_that_differ_drive_every_scenario_once_a_seed(make_pack, tools, tmp_path):
    pack = make_pack(tools.chase("behind", gap=-25.0, speed=8.0, lead_speed=8.0))
    made = simeval.evaluate("idm", pack, out=tmp_path / "runs", traffic="idm:drawn", seeds=3)
    assert list(made.plan["seed"]) == [0, 1, 2] and not made.manifest["notes"]
    ways = {made.trace(key).states.xy[:, 1].tobytes() for key in made.plan["key"]}
    assert len(ways) == 3
    again = made.reproduce(made.plan["key"][2])
    assert "--traffic vehicle=idm:drawn" in again and "--seeds 3" in again
    once = simeval.evaluate("idm", pack, out=tmp_path / "runs", traffic="idm", seeds=3)
    assert list(once.plan["seed"]) == [0]


def test_rules_without_effect_are_named(make_pack, tools, tmp_path):
    pack = make_pack(tools.chase("near", gap=60.0))
    made = simeval.evaluate("idm", pack, out=tmp_path / "runs", traffic="id:nobody*=replay")
    assert made.manifest["notes"] == ["traffic rule id:nobody* fits no agent that is left open."]
    scenario = tools.chase("set", gap=60.0)
    closed = dataclasses.replace(
        scenario, agents=dataclasses.replace(scenario.agents, controller=np.array([0, 1]))
    )
    made = simeval.evaluate(
        "idm", make_pack(closed, name="set.pack"), out=tmp_path / "runs", traffic="replay"
    )
    [note] = made.manifest["notes"]
    assert note.startswith(
        "--traffic replay changes nothing: every agent of these scenarios has a controller"
    )


def test_a_rule_by_id_that_fits_the_wrong_kind_names_scenario_and_agent(make_pack, tools, tmp_path):
    scenario = tools.chase("walker", gap=60.0)
    agents = dataclasses.replace(scenario.agents, kind=np.array([1, 7]))
    pack = make_pack(dataclasses.replace(scenario, agents=agents))
    what = r"tiny/walker: id:le\*=idm fits 'lead': idm drives .* cannot drive pedestrian"
    with pytest.raises(UsageError, match=what):
        simeval.evaluate("idm", pack, out=tmp_path / "runs", traffic="id:le*=idm")
