"""Every setting says what it changes, and the keys of episodes follow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simeval.errors import UsageError
from simeval.runs.plan import make_plan
from simeval.runs.settings import RunSettings, kinds_of_fields, settings_from
from simeval.runs.sources import resolve
from simeval.sim import SimSettings

OTHER: dict[str, Any] = {
    "sim.traffic": "replay",
    "sim.end_on": ("contact",),
    "sim.horizon_s": 2.0,
    "seeds": 3,
    "only": ("tiny/hit-0",),
    "batch_size": 2,
    "threads": 1,
    "profile": "another",
    "traces": "none",
}


def fields() -> set[str]:
    own = set(RunSettings.__struct_fields__) - {"sim"}
    return own | {f"sim.{name}" for name in SimSettings.__struct_fields__}


def changed(name: str) -> RunSettings:
    if name.startswith("sim."):
        return RunSettings(sim=msgspec.structs.replace(SimSettings(), **{name[4:]: OTHER[name]}))
    return RunSettings(**{name: OTHER[name]})


def test_every_field_is_classified_and_tried_here():
    assert set(kinds_of_fields()) == fields() == set(OTHER)
    assert set(kinds_of_fields().values()) == {"identity", "selection", "runtime"}


def test_a_new_field_without_a_class_is_noticed():
    class Extended(RunSettings, frozen=True, kw_only=True):
        newcomer: int = 0

    assert "newcomer" not in kinds_of_fields(Extended)


@pytest.mark.parametrize("name", sorted(OTHER))
def test_identity_settings_give_new_keys_and_others_do_not(tiny, name):
    source = resolve(tiny)
    before = set(make_plan([source], ["idm"], RunSettings()).keys)
    after = set(make_plan([source], ["idm"], changed(name)).keys)
    kind = kinds_of_fields()[name]
    if kind == "identity":
        assert not before & after
        assert len(after) == len(before)
    elif kind == "selection":
        assert after & before and (after <= before or before <= after)
    else:
        assert after == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param(
            {"trafic": "idm"}, ["'trafic' is not a setting", "Did you mean 'traffic'?"], id="unknown"
        ),
        pytest.param({"batch_size": 0}, ["batch_size", ">= 1"], id="out of range"),
        pytest.param({"traces": "some"}, ["traces"], id="not one of the words"),
        pytest.param({"horizon_s": -1.0}, ["horizon_s"], id="negative horizon"),
        pytest.param({"seeds": "many"}, ["seeds"], id="wrong type"),
    ],
)
def test_wrong_settings_are_refused_in_words(values, words):
    with pytest.raises(UsageError) as caught:
        settings_from(values)
    assert all(word in str(caught.value) for word in words)
