"""NAVSIM's totals by hand, its traps, and what an episode is measured as."""

import math
from dataclasses import replace

import numpy as np
import pytest

from simeval.judge import judge_episode, load_profile
from simeval.metrics import Episode, measure_episode
from simeval.metrics.examples import build
from simeval.metrics.navsim.inputs import drive_for_navsim
from simeval.metrics.navsim.rules import longest_beside, normalised_progress
from simeval.metrics.navsim.score import (
    NavsimScores,
    epdms,
    filtered_by_human,
    follow_up_weights,
    pdms,
    two_stage,
)
from simeval.metrics.navsim.simulation import simulate
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world

FULL = NavsimScores(
    no_at_fault_collisions=1.0, drivable_area=1.0, driving_direction=1.0, traffic_light=1.0, progress=1.0,
    time_to_collision=1.0, lane_keeping=1.0, history_comfort=1.0, extended_comfort=1.0, progress_m=40.0,
)  # fmt: skip


def judged(made, profile):
    rules = load_profile(f"builtin:{profile}")
    found = measure_episode(made.scenario, made.trace, wanted=rules.measures, companions=made.companions)
    assert not [m.reason for m in found.measurements if m.is_error]
    return judge_episode(rules, made.scenario, made.trace, found)


def score(verdict, metric):
    return next(s.score for s in verdict.subscores if s.metric == metric)


def test_epdms_by_hand():
    assert epdms(replace(FULL, progress=0.6, extended_comfort=0.0)) == 0.75
    assert epdms(replace(FULL, progress=0.6, extended_comfort=None)) == pytest.approx(12 / 14)
    assert epdms(replace(FULL, no_at_fault_collisions=0.5, driving_direction=0.5)) == 0.25


def test_pdms_leaves_direction_and_lights_out():
    assert pdms(replace(FULL, driving_direction=0.0, traffic_light=0.0), comfort=1.0) == 1.0
    assert pdms(replace(FULL, progress=0.4), comfort=0.0) == pytest.approx((2 + 5) / 12)
    with pytest.raises(ValueError, match="reference planner"):
        pdms(replace(FULL, progress=None), comfort=1.0)


def test_the_weight_of_a_follow_up_falls_with_the_square_of_its_distance():
    near, far = follow_up_weights([0.2, 0.5])
    assert near / far == pytest.approx(2.857651, abs=1e-6)
    assert follow_up_weights([50.0, 60.0]) == [0.5, 0.5]
    assert two_stage(0.5, [1.0, 0.0], [0.2, 0.5]) == pytest.approx(0.5 * near)


def test_the_human_filter_forgives_what_is_exactly_zero_and_nothing_else():
    """Filtered and raw differ; half scores and extended comfort are never filtered."""
    bad = replace(FULL, drivable_area=0.0, driving_direction=0.0, lane_keeping=0.0, extended_comfort=0.0)
    human = replace(FULL, drivable_area=0.0, driving_direction=0.5, extended_comfort=0.0)
    kept = filtered_by_human(bad, human)
    assert (kept.drivable_area, kept.driving_direction, kept.lane_keeping) == (1.0, 0.0, 0.0)
    assert kept.extended_comfort == 0.0


def test_filtered_and_raw_are_two_profiles_with_two_totals():
    """The log hits the standing car as well: only the raw score blames the ego."""
    made = build("straight_road", {"cars": [[0, 10], [25, 0]], "seconds": 5.0, "route": ["main.0"]}, {})
    raw, filtered = judged(made, "navsim-epdms"), judged(made, "navsim-epdms-filtered")
    assert (raw.outcome, raw.total) == ("fail", 0.0)
    assert filtered.outcome == "pass" and filtered.total > 0.5


def test_nobody_who_gets_farther_than_five_metres_gives_everybody_full_progress():
    assert normalised_progress([4.9, 0.0], [1.0, 1.0]) == [1.0, 1.0]
    assert normalised_progress([20.0, 30.0], [0.0, 0.0]) == [1.0, 1.0]  # all crash
    assert normalised_progress([20.0, 30.0, 5.0], [1.0, 0.0, 1.0]) == [1.0, 1.0, 0.25]


def test_steps_in_an_intersection_neither_count_nor_break_the_row():
    offset, crossing = np.full(30, 0.6), np.zeros(30, dtype=bool)
    crossing[10:15] = True
    assert longest_beside(offset, crossing) == (25, 29)
    offset[12] = 0.0  # in the intersection: not looked at
    assert longest_beside(offset, crossing)[0] == 25
    offset[20] = 0.0
    assert longest_beside(offset, crossing)[0] == 15


def test_whether_a_track_stands_is_asked_where_it_first_appears():
    """It moved at first and stands at the contact: to NAVSIM still moving, so a touch at the side is not the
    ego's fault while it keeps its lane."""
    cars = [Track(speed=12.0), Track(x=20.0, speed=8.0, plan=((2.5, -4.0, 0.0),))]
    made = world(cars, road_map=straight_map(2), seconds=4.0)
    found = measure_episode(made.scenario, made.trace, wanted=["navsim_collision_score"])
    drive = drive_for_navsim(Episode(scenario=made.scenario, trace=made.trace))
    assert drive.scene.first_speed[0] == pytest.approx(8.0)
    assert found.value("navsim_collision_score") == 0.0  # with the front: its fault all the same


def test_the_tracker_of_navsim_penalises_accelerations_where_nuplans_penalises_their_changes():
    """A plan that stops at once: the speed aimed at falls like a power of 0.38, without undershoot."""
    x = np.concatenate([np.arange(15) * 0.6, np.full(26, 8.4)])
    plan = np.column_stack([x, np.zeros(41), np.zeros(41)])
    now = np.zeros(11)
    now[3] = 6.0
    states = simulate(plan, now, 3.089)
    command = states[:-1, 5] + 3.0 * np.diff(states[:, 5])
    aimed = states[:-1, 3] + 1.1 * command
    ratio = (3.0 - math.sqrt(5.0)) / 2.0
    assert aimed[8] / aimed[7] == pytest.approx(ratio, abs=1e-6)
    assert (aimed[4:12] > 0.0).all()


def test_an_episode_without_a_reference_planner_has_no_progress_and_a_lower_coverage():
    made = straight_road(cars=[(0, 10)], seconds=4.0)
    verdict = judged(made, "navsim-pdms")
    assert score(verdict, "navsim_progress_ratio") is None
    assert verdict.total == 1.0  # of the rest
    row = measure_episode(made.scenario, made.trace, wanted=["navsim_progress_ratio"]).measurement(
        "navsim_progress_ratio"
    )
    assert (row.valid, row.reason) == (False, "there is no drive of a reference planner to compare with")


def test_steps_of_another_length_are_refused_with_the_reason():
    made = world([Track(speed=10.0)], road_map=straight_map(2), seconds=4.0, dt=0.2)
    row = measure_episode(made.scenario, made.trace, wanted=["navsim_conflict"]).measurement(
        "navsim_conflict"
    )
    assert row.reason == "NAVSIM's steps are 0.1 s long, those of this episode are not"


def test_a_drive_shorter_than_four_seconds_is_measured_with_a_caution():
    made = straight_road(cars=[(0, 10)], seconds=2.0)
    row = measure_episode(made.scenario, made.trace, wanted=["navsim_conflict"]).measurement(
        "navsim_conflict"
    )
    assert (row.value, row.reason) == (0.0, "only 2.0 s of the four that NAVSIM simulates")


def test_only_the_first_four_seconds_count():
    late = straight_road(cars=[(0, 10), (60, 0)], seconds=8.0)
    found = measure_episode(late.scenario, late.trace, wanted=["navsim_collision_score"])
    assert found.value("contacts") == 1.0 and found.value("navsim_collision_score") == 1.0


def test_leaving_the_route_is_the_wrong_way_and_driving_backwards_along_it_is_not():
    back = straight_road(cars=[(50, -5)], seconds=4.0, route=["main.0"])
    assert measure_episode(back.scenario, back.trace, wanted=["navsim_off_route_m"]).value(
        "navsim_off_route_m"
    ) == 0.0  # fmt: skip
