"""The rules language: each operator and combinator on measurements made by hand."""

import msgspec
import pytest

from simeval.judge.conditions import evaluate
from simeval.judge.facts import Facts
from simeval.judge.language import Condition
from simeval.metrics import Event, Measured, Measurement


def row(metric, value, reason=None, step=None):
    return Measurement(
        metric=metric, version=1, value=value, valid=value is not None, reason=reason, unit="s",
        step_of_extreme=step,
    )  # fmt: skip


def event(name, step, **given):
    detail = given.pop("detail", {})
    fields = {"kind": "", "agent": None, "body": None, "value": None, "limit": None} | given
    return Event(
        event=name, step=step, time_s=step * 0.1, x_m=0.0, y_m=0.0, unit="m/s", detail=detail, **fields
    )


MEASURED = Measured(
    measurements=[
        row("min_ttc_s", 1.2), row("min_gap_m", None, "there is no other road user"), row("contacts", 2.0),
        row("time_ttc_low_s", 0.5), row("hard_brakes", 1.0),
        row("stall_time_s", None, "error: ValueError: x"),
    ],
    events=[
        event(
            "contact", 50, agent="a", kind="active_front", value=4.0,
            detail={"fault": "yes", "delta_v_mps": None},
        ),
        event("contact", 60, agent="b", kind="active_rear", value=1.0, detail={"fault": "no"}),
        event("ttc_low", 30, agent="a", value=0.4),
        event("hard_brake", 20, kind="other", agent="a", value=6.0),
    ],
    series={},
)  # fmt: skip
FACTS = Facts(measured=MEASURED, tags=frozenset({"must_stop"}), dt=0.1)


def truth(**condition):
    return evaluate("x", msgspec.convert(condition, Condition), FACTS).truth


def m(**operators):
    return {"measure": "min_ttc_s"} | operators


TRUE, FALSE, UNKNOWN = m(above=1.0), m(above=2.0), {"measure": "min_gap_m", "above": 1.0}


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        ({"above": 1.2}, False), ({"above": 1.1}, True), ({"below": 1.2}, False), ({"below": 1.3}, True),
        ({"at_least": 1.2}, True), ({"at_least": 1.3}, False),
        ({"at_most": 1.2}, True), ({"at_most": 1.1}, False),
        ({"equals": 1.2}, True), ({"equals": 1.0}, False), ({"in": [1.0, 1.2]}, True), ({"in": [1.0]}, False),
        ({"above": 1.0, "below": 1.1}, False), ({"above": 1.0, "below": 1.3}, True),
    ],
)  # fmt: skip
def test_operators_on_a_measure(operators, expected):
    assert truth(**m(**operators)) is expected


def test_an_undefined_measure_is_unknown_under_every_operator():
    for operator in ("above", "below", "at_least", "at_most", "equals"):
        assert truth(measure="min_gap_m", **{operator: 1.0}) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"all": [TRUE, TRUE]}, True), ({"all": [TRUE, UNKNOWN]}, None), ({"all": [FALSE, UNKNOWN]}, False),
        ({"any": [FALSE, TRUE]}, True), ({"any": [FALSE, UNKNOWN]}, None), ({"any": [TRUE, UNKNOWN]}, True),
        ({"none": [FALSE, FALSE]}, True), ({"none": [FALSE, UNKNOWN]}, None),
        ({"none": [TRUE, UNKNOWN]}, False),
        ({"not": FALSE}, True), ({"not": UNKNOWN}, None), ({"not": TRUE}, False),
        ({"not": {"all": [{"tag": "must_stop"}, {"not": {"tag": "rain"}}]}}, False),
        ({"tag": "must_stop"}, True), ({"tag": "rain"}, False),
    ],
)  # fmt: skip
def test_combinators(condition, expected):
    assert truth(**condition) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"where": {"fault": "yes"}}, True),
        ({"where": {"fault": "unknown"}}, False),
        ({"where": {"fault": ["no", "unknown"]}}, True),
        ({"where": {"value": {"above": 3.0}}}, True),
        ({"where": {"value": {"above": 5.0}}}, False),
        ({"where": {"fault": "no", "value": {"above": 3.0}}}, False),
        ({"where": {"agent": "b"}}, True),
        ({"where": {"delta_v_mps": {"above": 1.0}}}, None),
        ({"count_at_least": 2}, True),
        ({"count_at_least": 3}, False),
        ({"count_at_least": 2, "where": {"fault": "yes"}}, False),
        ({"first": True, "where": {"fault": "no"}}, False),
        ({"last": True, "where": {"fault": "no"}}, True),
    ],
)
def test_conditions_on_events(condition, expected):
    assert truth(event="contact", **condition) is expected


@pytest.mark.parametrize(
    ("first", "then", "within", "expected"),
    [
        ("ttc_low", "contact", 2.0, True),
        ("ttc_low", "contact", 1.9, False),
        ("contact", "ttc_low", 10.0, False),
        ("hard_brake", "ttc_low", 1.0, True),
    ],
)
def test_one_event_before_another(first, then, within, expected):
    assert truth(event=first, before={"event": then, "within_s": within}) is expected


def test_where_its_metric_is_undefined_nobody_knows_whether_an_event_happened():
    assert truth(event="off_road") is None
    assert truth(event="stall") is None


def test_a_condition_says_the_numbers_it_compared():
    result = evaluate("x", msgspec.convert(m(above=1.0), Condition), FACTS)
    assert result.compared[0].says == "min_ttc_s is 1.2 s, above 1 s"
    result = evaluate("x", msgspec.convert(m(above=2.0), Condition), FACTS)
    assert result.compared[0].says == "min_ttc_s is 1.2 s, not above 2 s"
    result = evaluate("x", msgspec.convert({"event": "contact", "where": {"fault": "yes"}}, Condition), FACTS)
    assert result.compared[0].says == "contact with a at 5.0 s (active_front), closing at 4 m/s, fault yes"
    result = evaluate("x", msgspec.convert(UNKNOWN, Condition), FACTS)
    assert result.compared[0].says == "min_gap_m is not known: there is no other road user"


def test_an_error_is_told_apart_from_undefined():
    broken = evaluate("x", msgspec.convert({"measure": "stall_time_s", "above": 1.0}, Condition), FACTS)
    missing = evaluate("x", msgspec.convert(UNKNOWN, Condition), FACTS)
    assert (broken.compared[0].failed, missing.compared[0].failed) == (True, False)
