"""The taxonomy's file: how a mode is chosen, one's own modes, and what is refused."""

from pathlib import Path

import pytest

from simeval import content
from simeval.errors import InputError
from simeval.judge import current_taxonomy, judge_episode, load_profile
from simeval.metrics import EVENTS, measure_episode
from simeval.metrics.worlds import straight_road

CRASH = straight_road(cars=[(0, 15), (25, 10)])
OWN = """
[[mode]]
mode = "contact/{name}"
weakness = "reaction"
doc = "The ego hits a car."
all = [{{ event = "contact", where = {{ other_kind = "{kind}" }}{more} }}]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes a taxonomy of the user's."""
    builtin = content.builtin_root()
    (tmp_path / "metrics").mkdir()
    monkeypatch.setattr(content, "roots", lambda: [tmp_path, builtin])

    def write(text):
        (tmp_path / "metrics" / "taxonomy.toml").write_text(text)

    return write


def judged(made=CRASH, profile="simeval-core"):
    return judge_episode(
        load_profile(profile), made.scenario, made.trace, measure_episode(made.scenario, made.trace)
    )


def test_a_failure_has_a_mode_the_rule_it_explains_and_what_the_driver_lacks():
    verdict = judged()
    assert (verdict.mode, verdict.rule, verdict.weakness) == (
        "contact/rear_end",
        "contact/at_fault",
        "reaction",
    )
    assert [e["event"] for e in verdict.chain] == ["ttc_low", "contact"]
    assert any(said.startswith("contact/rear_end: contact with car1") for said in verdict.evidence)


def test_ones_own_mode_comes_first(own):
    own(OWN.format(name="car", kind="car", more=""))
    assert judged().mode == "contact/car"
    own(OWN.format(name="car", kind="bus", more=""))
    assert judged().mode == "contact/rear_end"


@pytest.mark.parametrize(("event", "holds"), [("ttc_low", True), ("swerve", False)])
def test_after_asks_for_an_earlier_event_of_the_same_road_user(own, event, holds):
    more = f', after = {{ event = "{event}", within_s = 5.0, same_agent = true }}'
    own(OWN.format(name="car", kind="car", more=more))
    assert (judged().mode == "contact/car") == holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[mode]]\nmode = 3", r"taxonomy.toml"),
        (
            OWN.format(name="car", kind="car", more="").replace("reaction", "luck"),
            r"weakness 'luck' is not known",
        ),
        (
            OWN.format(name="car", kind="car", more="").replace('"contact"', '"contct"'),
            r"event 'contct' is not known",
        ),
        (OWN.format(name="car", kind="car", more="") * 2, r"'contact/car' is there twice"),
    ],
)
def test_a_mistake_is_told_with_file_and_place(own, text, told):
    own(text)
    with pytest.raises(InputError, match=told):
        current_taxonomy()


def test_a_rule_without_modes_keeps_its_name_and_one_that_none_explains_is_unclassified(own, tmp_path):
    beside = straight_road(cars=[(0, 15), (0, 15, 2.3)])
    profile = tmp_path / "close.toml"
    rule = '[[fail]]\nmode = "{}"\nall = [{{ measure = "min_gap_m", below = 0.5 }}]\n'
    text = 'name = "close"\nversion = 1\n' + rule
    profile.write_text(text.format("distance/close"))
    assert judged(beside, str(profile)).mode == "distance/close"
    profile.write_text(text.format("contact/close"))
    verdict = judged(beside, str(profile))
    assert (verdict.mode, verdict.rule, verdict.weakness) == ("unclassified", "contact/close", None)


def test_every_mode_ends_its_meaning_and_says_where_it_stands():
    known = current_taxonomy()
    for mode in known.modes:
        assert mode.doc.endswith(".") and mode.weakness in known.weaknesses
        assert known.place(mode.mode, "").startswith("metrics/taxonomy.toml:")
        assert {c if isinstance(c, str) else c.event for c in mode.chain} <= set(EVENTS)


def test_the_page_has_every_mode():
    page = (Path(__file__).parents[2] / "docs" / "taxonomy.md").read_text()
    assert [
        m.mode for m in current_taxonomy().modes if f"| `{m.mode}` | {m.doc.rstrip('.')} |" not in page
    ] == []
