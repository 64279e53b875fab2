"""Every setting says what it changes, and the keys of episodes follow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simeval.errors import UsageError
from simeval.policy.runtime import Runtime
from simeval.runs.chosen import choose
from simeval.runs.plan import make_plan
from simeval.runs.policy_settings import RUNTIME, PolicySettings
from simeval.runs.settings import NESTED, RunSettings, kinds_of_fields, settings_from
from simeval.runs.sources import resolve
from simeval.sim import SimSettings

OTHER: dict[str, Any] = {
    "sim.traffic": "replay",
    "sim.end_on": ("contact",),
    "sim.horizon_s": 2.0,
    "sim.vehicle": "actuated",
    "sim.latency_s": 0.2,
    "sim.drop_plans": 0.1,
    "sim.noise_position_m": 0.3,
    "sim.noise_heading_rad": 0.02,
    "sim.noise_speed_mps": 0.5,
    "sim.miss": 0.1,
    "sim.miss_for_s": 1.0,
    "sim.steer_gain": 0.9,
    "sim.steer_offset_rad": 0.01,
    "sim.accel_gain": 0.8,
    "sim.friction": 0.4,
    "sim.load": 0.0,
    "policy.device": "cpu",  # the device counts that is taken, so `auto` may be the same
    "policy.dtype": "float64",
    "policy.compile": True,
    "policy.exact": True,
    "policy.compact": True,
    "policy.policy_timeout_s": 1.0,
    "policy.policy_memory_gib": 2.0,
    "policy.isolate": False,
    "policy.trust_policy_code": True,
    "seeds": 3,
    "only": ("tiny/hit-0",),
    "batch_size": 2,
    "threads": 1,
    "processes": 2,
    "profile": "another",
    "traces": "none",
}
NEEDED: dict[str, dict[str, Any]] = {name: {"vehicle": "actuated"} for name in ("sim.friction", "sim.load")}
"""Settings that make sense only with another one."""


def fields() -> set[str]:
    own = set(RunSettings.__struct_fields__) - set(NESTED)
    return own | {f"{group}.{name}" for group, kind in NESTED.items() for name in kind.__struct_fields__}


def changed(name: str) -> RunSettings:
    group, _, inner = name.rpartition(".")
    if group:
        needed = NEEDED.get(name, {})
        return RunSettings(
            **{group: msgspec.structs.replace(NESTED[group](), **needed, **{inner: OTHER[name]})}
        )
    return RunSettings(**{name: OTHER[name]})


def test_every_field_is_classified_and_tried_here():
    assert set(kinds_of_fields()) == fields() == set(OTHER)
    assert set(kinds_of_fields().values()) == {"identity", "policy", "selection", "runtime"}


def test_a_new_field_without_a_class_is_noticed():
    class Extended(RunSettings, frozen=True, kw_only=True):
        newcomer: int = 0

    assert "newcomer" not in kinds_of_fields(Extended)


@pytest.fixture
def learned(tmp_path, monkeypatch):
    """A policy whose code can be digested."""
    (tmp_path / "still.py").write_text("def stand(observation):\n    return observation.goal[:, :2] * 0.0\n")
    monkeypatch.chdir(tmp_path)
    return "still:stand"


def keys(source, policy, settings) -> set[str]:
    return set(make_plan([source], choose([policy], settings.policy), settings).keys)


@pytest.mark.parametrize("name", sorted(OTHER))
@pytest.mark.parametrize("driver", ["engine", "learned"])
def test_identity_settings_give_new_keys_and_others_do_not(tiny, learned, name, driver):
    source, policy = resolve(tiny), "idm" if driver == "engine" else learned
    plain = RunSettings(sim=SimSettings(**NEEDED.get(name, {})))
    before, after = keys(source, policy, plain), keys(source, policy, changed(name))
    kind = kinds_of_fields()[name]
    if kind == "identity" or (kind == "policy" and driver == "learned" and name != "policy.device"):
        assert not before & after
        assert len(after) == len(before)
    elif kind == "selection":
        assert after & before and (after <= before or before <= after)
    elif name != "policy.device":
        assert after == before


def test_keys_of_engine_drivers_change_with_the_meaning_of_the_simulator_alone(tiny):
    keys = make_plan([resolve(tiny)], choose(["idm"], PolicySettings()), RunSettings()).keys
    assert keys[0] == "b0cceb338d2a4b9ab7527976c6b4a241347719822eb94a38ee20cf6143189177"


def test_settings_of_policies_are_those_of_a_runtime():
    assert PolicySettings().runtime() == Runtime()
    assert set(RUNTIME) == set(Runtime.__struct_fields__)
    hints = {name: PolicySettings.__annotations__[name] for name in RUNTIME}
    for name, hint in Runtime.__annotations__.items():
        assert hints[name] == f"Annotated[{hint}, _policy]"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param(
            {"trafic": "idm"}, ["'trafic' is not a setting", "Did you mean 'traffic'?"], id="unknown"
        ),
        pytest.param({"batch_size": 0}, ["batch_size", ">= 1"], id="out of range"),
        pytest.param({"traces": "some"}, ["traces"], id="not one of the words"),
        pytest.param({"horizon_s": -1.0}, ["horizon_s"], id="negative horizon"),
        pytest.param({"seeds": "many"}, ["seeds: expected int, got 'many'."], id="wrong type"),
        pytest.param({"device": "cud"}, ["device 'cud' is not known. Did you mean 'cuda'"], id="device"),
        pytest.param({"exact": True, "compact": True}, ["--exact --compact", "exclude"], id="exclusive"),
        pytest.param({"latency_s": -0.1}, ["latency_s", "a time >= 0, got -0.1"], id="negative latency"),
        pytest.param(
            {"drop_plans": 1.5}, ["drop_plans", "a share from 0 to 1, got 1.5"], id="no probability"
        ),
        pytest.param({"miss": float("nan")}, ["miss", "from 0 to 1"], id="not a number"),
        pytest.param({"noise_position_m": float("inf")}, ["noise_position_m", "a distance"], id="endless"),
        pytest.param({"steer_gain": 0.0}, ["steer_gain", "a factor > 0", "1 is off"], id="no steering"),
        pytest.param({"steer_offset_rad": 1.0}, ["steer_offset_rad", "at most 0.5 rad"], id="far off"),
        pytest.param({"friction": 0.0, "vehicle": "actuated"}, ["friction", "ice 0.1"], id="no friction"),
        pytest.param({"friction": 0.5}, ["friction", "no tyres", "--vehicle actuated"], id="no tyres"),
        pytest.param({"load": 1.0}, ["load", "no mass", "--vehicle actuated"], id="no mass"),
        pytest.param({"policy_timeout_s": 0.0}, ["policy_timeout_s", "> 0 s"], id="no time"),
        pytest.param({"policy_memory_gib": -1.0}, ["policy_memory_gib", ">= 0"], id="negative memory"),
    ],
)
def test_wrong_settings_are_refused_in_words(values, words):
    with pytest.raises(UsageError) as caught:
        settings_from(values)
    assert all(word in str(caught.value) for word in words)
