"""The examples in docs/rules.md and docs/metrics.md are executed."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from simeval.judge import judge_episode, read_profile
from simeval.judge.language import Compare, ScoreMap
from simeval.metrics import EVENTS, METRICS, measure_episode, registry
from simeval.metrics.cards import Card
from simeval.metrics.worlds import straight_road

DOCS = Path(__file__).parents[2] / "docs"


def example(page, name):
    found = re.search(
        rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", (DOCS / page).read_text(), re.DOTALL
    )
    assert found, f"{page} has no example {name!r}"
    return found[1]


@pytest.fixture
def strict(tmp_path):
    path = tmp_path / "strict.toml"
    path.write_text(example("rules.md", "strict.toml"))
    return read_profile(path)


def judged(profile, made):
    measured = measure_episode(made.scenario, made.trace)
    return judge_episode(profile, made.scenario, made.trace, measured)


def test_the_example_profile_judges_as_the_page_says(strict):
    crash = judged(strict, straight_road(cars=[(0, 15), (25, 10)]))
    assert (crash.rule, crash.cause_event, crash.total) == ("contact/any", "ttc_low", 0.0)
    assert crash.also == ["distance/too_close"]
    beside = straight_road(cars=[(0, 15), (0, 15, 2.3)])
    assert judged(strict, beside).mode == "distance/too_close"
    assert judged(strict, beside.tagged("narrow")).outcome == "pass"
    alone = judged(strict, straight_road(cars=[(0, 15)], goal=150.0))
    assert (alone.outcome, alone.total) == ("pass", pytest.approx((3 * 0.5 + 1 * 1.0) / 4))


def test_every_key_of_the_language_is_on_the_page():
    page = (DOCS / "rules.md").read_text()
    keys = {
        *Compare.__struct_encode_fields__,
        "where",
        "count_at_least",
        "before",
        "after",
        "first",
        "last",
        "tag",
    }
    keys |= {*ScoreMap.__struct_encode_fields__}
    keys |= {"all", "any", "none", "not", "chain", "chain_within_s", "required", "undefined", "when", "ramp"}
    assert not [key for key in keys if f"`{key}" not in page and f"{key} =" not in page]


def test_every_event_is_in_the_table_of_the_page():
    page = (DOCS / "metrics.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", page, re.MULTILINE))
    assert rows == {name: kind.defined_by for name, kind in EVENTS.items()}


def test_the_metric_of_the_page_can_be_added():
    before = dict(METRICS)
    try:
        namespace = {}
        exec(example("metrics.md", "metric") + example("metrics.md", "world"), namespace)
        assert registry.METRICS["top_speed_mps"].doc == "Highest speed of the ego along its heading."
        card = msgspec.convert(tomllib.loads(example("metrics.md", "card")), Card)
        entry, made = registry.METRICS[card.metric], card.example.world()
        assert (card.unit, card.better) == (entry.unit, entry.better)
        found = measure_episode(made.scenario, made.trace)
        assert found.value(card.metric) == pytest.approx(card.example.value)
    finally:
        METRICS.clear()
        METRICS.update(before)


def test_a_metric_with_card_and_test_takes_at_most_forty_lines():
    parts = [example("metrics.md", name) for name in ("metric", "card", "world")]
    assert sum(len(part.strip().splitlines()) for part in parts) <= 40
