"""Failures are called by their name: driven on demand, nearly so, and as people labelled them."""

import pytest
from judging_labelled import labelled_answers
from labelled_episodes import FOLDERS, labelled
from validating import HELD_OUT, MODES, answers, is_right, share_unclassified, table

from simeval.judge import UNCLASSIFIED, current_taxonomy

FEW = [
    "contact/rear_end", "contact/crossing_traffic", "contact/into_cut_in", "road/missed_turn",
    "rule/red_light",
    "progress/behind_parked", "comfort/harsh_braking", "policy/nonfinite",
]  # fmt: skip
FAULTS = {"policy/error", "policy/timeout", "policy/nonfinite"}  # modes without a rule: endings


def test_every_mode_is_driven_on_demand():
    known = {mode.mode for mode in current_taxonomy().modes} | FAULTS
    assert set(MODES) == known
    assert len(known) >= 30


def test_modes_are_recognised_and_near_misses_are_not_taken_for_them():
    found = answers(FEW, HELD_OUT, 2, 1)
    assert [a for a in found if not is_right(a)] == []


@pytest.mark.nightly
def test_every_mode_has_high_precision_and_recall_on_the_seeds_that_were_held_out():
    found = answers(MODES, HELD_OUT, 20, 10)
    weak = [line for line in table(found) if min(line.recall, line.precision) < 0.95]
    assert weak == []
    assert share_unclassified(found) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_failures_of_naive_drivers_are_called_as_people_call_them(name):
    found = labelled_answers(name)
    assert sum(is_right(a) for a in found) >= 0.85 * len(found)
    assert share_unclassified(found) <= 0.05


@pytest.mark.parametrize(("name", "count"), [("seen", 60), ("blind", 99), ("later", 53), ("fresh", 70)])
def test_each_label_has_a_reason_and_a_known_mode(name, count):
    episodes = labelled(name)
    known = {mode.mode for mode in current_taxonomy().modes} | {UNCLASSIFIED}
    assert len(episodes) == count and all(e.why and {e.mode, *e.also} <= known for e in episodes)
