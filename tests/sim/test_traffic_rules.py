"""The rules of `--traffic`: who is driven by what, one form for equal rules, one message for each mistake."""

import itertools

import msgspec
import pytest

from simeval.errors import UsageError
from simeval.runs.keys import episode_key
from simeval.scenario import AgentKind, Driver
from simeval.sim import SimSettings
from simeval.sim.traffic_rules import MODELS, canonical, driver_of
from simeval.sim.traffic_selectors import SELECTORS

CAR, TRUCK, CYCLIST, WALKER = AgentKind.CAR, AgentKind.TRUCK, AgentKind.CYCLIST, AgentKind.PEDESTRIAN


def test_a_model_alone_means_what_it_always_meant():
    for kind in AgentKind:
        reacts = Driver.IDM if kind.is_vehicle else Driver.REPLAY
        assert driver_of("idm", kind, "a") == reacts
        assert driver_of("replay", kind, "a") == Driver.REPLAY
    assert SimSettings().traffic == "idm"
    assert msgspec.to_builtins(SimSettings(traffic="replay"))["traffic"] == "replay"


@pytest.mark.parametrize(
    ("rules", "kind", "name", "driver"),
    [
        ("cyclist=idm", CYCLIST, "c", Driver.IDM),
        ("cyclist=idm", CAR, "a", Driver.IDM),
        ("cyclist=idm", WALKER, "p", Driver.REPLAY),
        ("replay,truck=idm", TRUCK, "t", Driver.IDM),
        ("replay,truck=idm", CAR, "t", Driver.REPLAY),
        ("vehicle=replay,car=idm", CAR, "a", Driver.IDM),
        ("car=idm,vehicle=replay", CAR, "a", Driver.REPLAY),
        ("id:a1=replay", CAR, "a1", Driver.REPLAY),
        ("id:a1=replay", CAR, "a11", Driver.IDM),
        ("id:a*=replay,vehicle=idm", CAR, "a1", Driver.IDM),
        ("vehicle=idm,id:a?=replay", CAR, "a1", Driver.REPLAY),
        ("id:b[1]=replay", CAR, "b[1]", Driver.REPLAY),
        ("id:b[1]=replay", CAR, "b1", Driver.IDM),
    ],
)
def test_the_last_rule_that_fits_holds(rules, kind, name, driver):
    assert driver_of(rules, kind, name) == driver
    assert driver_of(canonical(rules), kind, name) == driver


def test_every_text_keeps_its_meaning_in_its_canonical_form():
    able = [
        f"{selector}={name}"
        for selector, kinds in SELECTORS.items() for name, model in MODELS.items() if kinds <= model.kinds
    ]  # fmt: skip
    items = [*MODELS, *able[::3], "id:a*=idm", "id:ab=replay"]
    for rules in itertools.chain(
        itertools.combinations(items, 2), zip(items, items[3:], items[1:], strict=False)
    ):
        text = ",".join(rules)
        short = canonical(text)
        assert canonical(short) == short
        for kind, name in itertools.product(MODELS["idm"].kinds, ("ab", "ac", "b")):
            assert driver_of(short, kind, name) == driver_of(text, kind, name), text


@pytest.mark.parametrize(
    ("one", "other", "short"),
    [
        ("vehicle=idm,pedestrian=replay", "idm", "idm"),
        ("all=replay", "replay", "replay"),
        ("truck=replay, bus=replay", "bus=replay,truck=replay", "truck=replay,bus=replay"),
        ("id:a=replay,all=replay", "replay", "replay"),
        ("id:a=idm,id:a=replay", "id:a=replay", "id:a=replay"),
        ("car=replay,van=replay,truck=replay,bus=replay,motorcycle=replay", "replay", "replay"),
    ],
)
def test_equal_rules_give_equal_keys(one, other, short):
    assert SimSettings(traffic=one) == SimSettings(traffic=other)
    keys = {episode_key("c", "p", SimSettings(traffic=text), 0) for text in (one, other, short)}
    assert (SimSettings(traffic=one).traffic, len(keys)) == (short, 1)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("idn", "traffic: model 'idn' is not known. Did you mean 'idm'? Known: "),
        ("vehicl=idm", "traffic: selector 'vehicl' is not known. Did you mean 'vehicle'? Known: all, bus, "),
        ("pedestrian=idm", "=idm': idm drives car, van, truck, bus, motorcycle, cyclist; it cannot "
                           "drive pedestrian. For pedestrian there is "),
        ("all=idm", "cannot drive pedestrian, static, other. For pedestrian, static, other there is rep"),
        ("truck", "'truck' says who, not what moves them. Write truck=MODEL; models: "),
        ("vehicle=", "rule 'vehicle=' lacks a side. Write rules like vehicle=idm,pedestrian=replay."),
        ("vehicle=idm,", "'vehicle=idm,': a rule is empty."),
        ("", "'': a rule is empty."),
        ("id:=idm", "rule 'id:=idm' names no agent. Write id:NAME; * and ? fit anything."),
    ],
)  # fmt: skip
def test_each_mistake_has_one_message(rules, message):
    with pytest.raises(UsageError) as caught:
        SimSettings(traffic=rules)
    assert message in str(caught.value)
