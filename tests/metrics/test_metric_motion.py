"""Braking, standing, differences, spans: worlds whose answer is known without the code."""

from dataclasses import replace

import numpy as np
import pytest
from metric_helpers import measured_of, only

from simeval.metrics import Episode
from simeval.metrics.kinematics import difference
from simeval.metrics.spans import spans
from simeval.metrics.worlds import Track, straight_road, world


def test_braking_at_a_constant_rate_is_measured_as_that_rate():
    made = world([Track(speed=20.0, plan=((1.0, 0.0, 0.0), (3.0, -6.0, 0.0)))], seconds=4.0)
    measured = measured_of(made)
    assert measured.value("max_decel_mps2") == pytest.approx(6.0, abs=1e-9)
    event = only(measured, "hard_brake")
    assert event.kind == "ego"
    assert event.step == 11  # at step 10 the central difference sees half of it
    assert event.detail["until_s"] == pytest.approx(2.9)


def test_a_turn_at_constant_speed_is_no_braking():
    made = world([Track(speed=10.0, plan=((4.1, 0.0, 0.5),))], seconds=4.0)
    assert measured_of(made).value("max_decel_mps2") < 0.15  # one-sided differences at the ends are coarser
    motion = Episode(scenario=made.scenario, trace=made.trace).ego_motion
    assert motion.along[1:-1] == pytest.approx(0.0, abs=1e-9)
    assert motion.across[1:-1] == pytest.approx(5.0, abs=0.01)  # v times yaw rate, to the left


def test_hard_braking_of_the_car_ahead_is_an_event_only_when_it_matters():
    brakes = Track(x=25.0, speed=15.0, plan=((1.0, 0.0, 0.0), (4.0, -6.0, 0.0)))
    near = measured_of(world([Track(speed=15.0), brakes], seconds=5.0))
    assert ("other", "car1") in [(e.kind, e.agent) for e in near.events_of("hard_brake")]
    far = measured_of(world([Track(speed=15.0, y=40.0), brakes], seconds=5.0))
    assert far.events_of("hard_brake") == []


def test_one_step_has_no_acceleration():
    made = world([Track(speed=10.0)], seconds=0.0)
    row = measured_of(made).measurement("max_decel_mps2")
    assert (row.valid, row.reason) == (False, "the episode is too short for an acceleration")


def test_differences_do_not_cross_gaps():
    values = np.array([[0.0], [1.0], [np.nan], [10.0], [np.nan], [3.0], [5.0]])
    found = difference(values, 1.0)[:, 0]
    assert found == pytest.approx([1.0, 1.0, np.nan, np.nan, np.nan, 2.0, 2.0], nan_ok=True)


def test_a_deceleration_beyond_what_tyres_hold_carries_a_caution():
    made = straight_road(cars=[(0, 15)])
    velocity = made.trace.states.velocity.copy()
    velocity[-1] = 0.0  # as some logs end
    broken = replace(made.trace, states=replace(made.trace.states, velocity=velocity))
    row = measured_of(replace(made, trace=broken)).measurement("max_decel_mps2")
    assert row.value == pytest.approx(150.0)
    assert row.reason == "more than tyres can hold: the recorded velocities are noisy"


def test_standing_is_measured_from_the_first_to_the_last_still_step():
    made = world([Track(speed=8.0, plan=((1.0, -8.0, 0.0),))], seconds=6.0)
    measured = measured_of(made)
    assert measured.value("stall_time_s") == pytest.approx(5.0)
    assert only(measured, "stall").step == 10


def test_spans_join_over_short_breaks_and_drop_short_ones():
    mask = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)
    assert spans(mask) == [(0, 1), (3, 3), (7, 7), (9, 11)]
    assert spans(mask, bridge=1) == [(0, 3), (7, 11)]
    assert spans(mask, shortest=2) == [(0, 1), (9, 11)]
    assert spans(np.zeros(0, dtype=bool)) == []
