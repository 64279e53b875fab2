"""Runs in which policies drive the traffic: keys, processes, and faults that are never the ego's."""

import dataclasses
import sys

import numpy as np
import pytest
from policy_faults import fault_worlds as worlds
from policy_faults import unruly_policy

from simeval.errors import UsageError
from simeval.report.observed import observed_in
from simeval.scenario import Controller, Driver

TRAFFIC = "vehicle=policy:unruly_policy:Unruly"
TWIN = "vehicle=policy:unruly_policy:Unruly?obeys=false"
EGO = "unruly_policy:Unruly?obeys=false"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are watched as Linux shows them")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scenario(code, number=0):
    """The code is that of the car ahead, which the scenario leaves open; the ego is good."""
    made = worlds.scenario("well", number)
    agents, code_number = made.agents, unruly_policy.CODES.index(code)
    length = np.array([4.0, 4.0 + code_number / 100.0])
    agents = dataclasses.replace(
        agents,
        controller=np.array([int(Controller.AUTO)] * 2),
        bodies=dataclasses.replace(agents.bodies, length=length),
    )
    name = f"faults/{code}-{number}"
    return dataclasses.replace(made, agents=agents, id=name, family=code)


def test_traffic_by_a_policy_is_another_episode_which_resumes(here):
    worlds.project(here, [scenario("well", n) for n in range(3)])
    plain = worlds.drive(here, "idm")
    driven = worlds.drive(here, "idm", traffic=TWIN)
    assert not set(plain.plan["key"]) & set(driven.plan["key"])
    assert driven.headline()["coverage"] == 1.0
    trace = driven.trace(driven.find("faults/well-1"))
    assert trace.driver.tolist() == [Driver.IDM_EGO, Driver.TRAFFIC_POLICY]
    again = worlds.drive(here, "idm", traffic=TWIN)
    assert again.path == driven.path
    [entry] = driven.manifest["policies"]
    assert entry["kind"] == "engine driver"
    assert entry["traffic"][0]["name"] == "unruly_policy:Unruly?obeys=false"
    assert "bit for bit for one plan" in driven.manifest["determinism"]
    assert "--traffic" in driven.reproduce(driven.plan["key"][0])
    assert worlds.left_over(here) == []


def test_one_byte_of_the_policy_in_the_traffic_changed_is_another_episode(here):
    worlds.project(here, [scenario("well")])
    before = set(worlds.drive(here, "idm", traffic=TWIN).plan["key"])
    source = here / "unruly_policy.py"
    source.write_text(source.read_text() + "\n# another\n")
    assert not before & set(worlds.drive(here, "idm", traffic=TWIN).plan["key"])


@pytest.mark.parametrize("ego", [pytest.param("idm", marks=pytest.mark.nightly), EGO])
def test_processes_threads_and_batches_change_no_bit(here, ego):
    worlds.project(here, [scenario("well", n) for n in range(4)])
    one = worlds.drive(here, ego, traffic=TWIN)
    two = worlds.drive(here, ego, "here", traffic=TWIN, isolate=False, threads=2)
    exact = worlds.drive(here, ego, traffic=TWIN, exact=True, batch_size=64)
    single = worlds.drive(here, ego, "single", traffic=TWIN, exact=True, batch_size=1)
    for n in range(4):
        assert worlds.same_trace(one, two, f"well-{n}")
        assert worlds.same_trace(exact, single, f"well-{n}")


FAULTS = {  # code: (kind, words of the message)
    "raises_at_4": ("exception", "ValueError: at step four"),
    "nan": ("nonfinite", "for agent 'lead': step 4"),
    "wrong_shape": ("contract", "action of shape"),
    "exit": ("crash", "step 4: its process ended with exit code 3"),
    "hang_c": ("timeout", "step 4: no answer within 3 s"),
}


@pytest.mark.parametrize("ego", [pytest.param("idm", marks=pytest.mark.nightly), EGO])
def test_a_fault_in_the_traffic_is_unscored_and_the_others_do_not_notice(here, ego):
    codes = ["well", *FAULTS, "well"]
    worlds.project(here, [scenario(code, n) for n, code in enumerate(codes)])
    made = worlds.drive(here, ego, traffic=TRAFFIC, policy_timeout_s=3.0)
    twin = worlds.drive(here, ego, traffic=TWIN)
    rows = worlds.episodes(made)
    for n, code in enumerate(codes):
        row, name = rows[f"{code}-{n}"], f"{code}-{n}"
        verdict = made.verdict(made.find(f"faults/{name}"))
        if code == "well":
            assert row["error_type"] is None and verdict.outcome in ("pass", "fail")
            assert worlds.same_trace(made, twin, name)
            continue
        kind, words = FAULTS[code]
        assert (row["ending"], row["error_type"], row["num_steps"]) == ("traffic_error", kind, 5), code
        assert words in row["error_message"], row["error_message"]
        assert row["error_message"].startswith("traffic by unruly_policy:Unruly")
        assert verdict.outcome == "unscored" and verdict.reason.startswith("the traffic failed"), verdict
        assert worlds.begins_so(made, twin, name)
    head = made.headline()
    assert (head["policy_fault"], head["unscored"]) == (0, len(FAULTS))
    assert worlds.left_over(here) == []


@pytest.mark.parametrize(("how", "isolate"), [("factory", True), ("factory", False), ("init", True)])
def test_traffic_that_cannot_be_made_ends_every_episode_at_its_start(here, how, isolate):
    worlds.project(here, [scenario("well", n) for n in range(2)])
    rule = f"vehicle=policy:unruly_policy:raises?how={how}"
    made = worlds.drive(here, "idm", traffic=rule, isolate=isolate)
    for row in worlds.episodes(made).values():
        assert (row["ending"], row["error_type"], row["num_steps"]) == ("traffic_error", "construction", 1)
    assert made.headline()["unscored"] == 2


def test_the_fault_of_the_ego_stays_its_own(here):
    ego_fault = dataclasses.replace(worlds.scenario("nan"), id="faults/nan-0")
    agents = dataclasses.replace(ego_fault.agents, controller=np.array([int(Controller.AUTO)] * 2))
    worlds.project(here, [dataclasses.replace(ego_fault, agents=agents)])
    made = worlds.drive(here, "unruly_policy:Unruly", traffic=TWIN)
    [row] = worlds.episodes(made).values()
    assert row["ending"] == "nonfinite"
    assert made.headline()["policy_fault"] == 1


def test_what_a_driven_agent_saw_is_shown_from_the_stored_run(here):
    worlds.project(here, [scenario("well")])
    made = worlds.drive(here, "idm", traffic=TWIN)
    key = made.find("faults/well-0")
    seen = observed_in(made, key, 5, "lead")
    assert not seen.is_ego
    assert seen.tensors["goal"][2] == 1.0
    assert seen.tensors["route_valid"].all()


def test_a_name_that_is_no_policy_is_refused_in_words(here):
    worlds.project(here, [scenario("well")])
    with pytest.raises(UsageError, match=r"policy:idm is an engine driver of the ego\. Write idm alone"):
        worlds.drive(here, "idm", traffic="vehicle=policy:idm")
    with pytest.raises(UsageError, match=r"policy 'bc-smal' is not known\. Did you mean 'bc-small'"):
        worlds.drive(here, "idm", traffic="vehicle=policy:bc-smal")
    assert not (here / "runs").exists()
