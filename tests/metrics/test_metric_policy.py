"""What a policy's answers are worth: that they can be driven at all."""

from dataclasses import replace

import pytest

from simeval.metrics import measure_episode
from simeval.metrics.worlds import straight_road
from simeval.scenario import Driver, Ending


def row_of(ending, driver=Driver.POLICY):
    made = straight_road(cars=[(0, 10)]).ended(ending)
    who = made.trace.driver.copy()
    who[made.trace.ego] = int(driver)
    found = measure_episode(made.scenario, replace(made.trace, driver=who))
    return found.measurement("invalid_outputs")


@pytest.mark.parametrize(
    ("ending", "words"),
    [(Ending.POLICY_ERROR, "wrong form"), (Ending.TIMEOUT, "too late"), (Ending.NONFINITE, "not finite")],
)
def test_an_answer_that_cannot_be_driven_is_counted_and_named(ending, words):
    row = row_of(ending)
    assert (row.value, row.step_of_extreme) == (1.0, 50)
    assert words in row.reason


@pytest.mark.parametrize("ending", [Ending.HORIZON, Ending.CONTACT, Ending.OFF_ROAD, Ending.TRAFFIC_ERROR])
def test_other_ends_are_no_fault_of_the_answers(ending):
    assert row_of(ending).value == 0.0


def test_an_ego_without_a_policy_gives_no_answers():
    row = row_of(Ending.HORIZON, Driver.LOG)
    assert (row.valid, row.reason) == (False, "no policy drives the ego")
