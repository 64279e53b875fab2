"""Stop lines, gaps, exits, plans, likelihoods, CARLA's counts, CommonRoad's costs, and their profiles."""

import math

import numpy as np
import pytest
from scipy.integrate import simpson as scipys

from simeval.judge import explain, judge_episode, load_profile
from simeval.judge.scores import total_of
from simeval.metrics import measure_episode
from simeval.metrics.commonroad_costs import simpson
from simeval.metrics.examples import build
from simeval.metrics.realism import SPEED, likelihood
from simeval.metrics.worlds import Track, straight_road, world
from simeval.metrics.worlds_junction import junction
from simeval.scenario import AgentKind

NORTHWARDS = math.pi / 2.0


def measured(made, *names):
    found = measure_episode(made.scenario, made.trace, wanted=names, companions=made.companions)
    assert not [m.reason for m in found.measurements if m.is_error]
    return found


def verdict_of(made, profile):
    rules = load_profile(f"builtin:{profile}")
    found = measured(made, *rules.measures)
    return rules, found, judge_episode(rules, made.scenario, made.trace, found)


def test_a_stop_line_passed_without_standing_is_run():
    found = measured(junction(cars=[[-40, 10]], seconds=4.0, stop_sign=True))
    assert found.value("stop_lines_run") == 1.0
    (event,) = found.events_of("stop_line")
    assert (event.kind, round(event.value, 6)) == ("run", 10.0)


def test_who_stands_before_a_stop_line_and_then_goes_on_has_stopped():
    halt = [[2.0, -5.0, 0.0], [3.0, 0.0, 0.0], [6.0, 2.0, 0.0]]  # from 10 m/s to a stand after 10 m
    found = measured(junction(cars=[[-28.5, 10]], seconds=7.0, stop_sign=True, plans=[halt]))
    assert found.value("stop_lines_run") == 0.0
    assert [e.kind for e in found.events_of("stop_line")] == ["stood"]
    moving = junction(cars=[[-28.5, 10]], seconds=7.0, stop_sign=True, plans=[[[1.8, -5.0, 0.0]]])
    assert measured(moving).value("stop_lines_run") == 1.0


def test_a_stop_line_with_a_signal_is_the_signals():
    made = junction(cars=[[-40, 10]], seconds=4.0, stop_sign=True, red=["upwards"])
    row = measured(made).measurement("stop_lines_run")
    assert (row.valid, row.reason) == (
        False, "the map has no outlines of stop lines without a signal"
    )  # fmt: skip


@pytest.mark.parametrize(("y", "gap"), [(-34.0, 2.675), (-60.0, 5.275), (-150.0, None)])
def test_the_accepted_gap_is_the_time_until_the_other_would_be_there(y, gap):
    """From 10 m/s the other's front reaches the ego's side, 0.95 m south of the middle, when it crosses."""
    made = junction(cars=[[-20, 8], [0, 10, y, NORTHWARDS]], seconds=5.0, stop_sign=True)
    found = measured(made)
    if gap is None:
        assert not found.measurement("min_accepted_gap_s").valid
    else:
        assert found.value("min_accepted_gap_s") == pytest.approx(gap, abs=1e-6)
        assert found.value("right_of_way_violations") == float(gap < 3.0)


def test_who_comes_from_behind_takes_no_gap():
    made = junction(cars=[[-20, 8], [-45, 12]], seconds=5.0, stop_sign=True)
    assert measured(made).value("right_of_way_violations") == 0.0


def test_a_missed_exit_and_one_that_is_taken():
    lanes = ["west.in", "to_north", "north.out"]
    assert measured(junction(cars=[[-40, 12]], seconds=5.0, route=lanes)).value("missed_exits") == 1.0
    straight = junction(cars=[[-40, 12]], seconds=5.0, route=["west.in", "through", "east.out"])
    assert measured(straight).value("missed_exits") == 0.0
    turn = [[3.0, 0.0, 0.0], [3.0 + math.pi / 2, 0.0, 1.0]]  # 8 m/s on a circle of 8 m
    turning = junction(cars=[[-32, 8]], seconds=7.0, route=lanes, plans=[turn])
    assert measured(turning).value("missed_exits") == 0.0


def test_jitter_compares_the_same_moments_of_two_plans():
    steady = straight_road(cars=[(0, 10)], seconds=4.0).planned(0.5)
    assert measured(steady).value("max_plan_jitter_m") == pytest.approx(0.0, abs=1e-9)
    shaky = straight_road(cars=[(0, 10)], seconds=0.5).planned(0.5, sway=0.1)
    k = np.arange(16)  # 1.5 s that both cover, from where the second one starts
    apart = 2.0 * math.sin(0.05) * k
    expected = math.sqrt((apart**2).mean())
    assert measured(shaky).value("max_plan_jitter_m") == pytest.approx(expected, rel=0.02)


def test_a_drive_that_leaves_its_plan_has_a_tracking_error():
    plan = ((4.0, -2.0, 0.0),)
    made = world([Track(speed=20.0, plan=plan)], seconds=2.0).planned(2.0)
    assert measured(made).value("max_plan_tracking_error_m") == pytest.approx(
        4.0, abs=1e-6
    )  # half of 2 * 2^2


def test_without_trajectories_plans_do_not_apply():
    row = measured(straight_road(cars=[(0, 10)])).measurement("max_plan_jitter_m")
    assert (row.valid, row.reason) == (False, "who drives the ego gives no trajectories")


def test_the_likelihood_of_the_same_values_is_highest_and_never_one():
    rng = np.random.default_rng(3)
    own = rng.uniform(5.0, 12.0, 200)
    same, other = likelihood(own, own, SPEED), likelihood(own, own + 6.0, SPEED)
    assert 0.0 < other < same < 1.0
    counts = np.histogram(own, bins=10, range=(0.0, 25.0))[0] + 0.1
    p = counts / counts.sum()
    by_hand = np.exp(np.log(p[np.clip((own / 2.5).astype(int), 0, 9)]).mean())
    assert same == pytest.approx(by_hand)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 10, 41])
def test_simpsons_rule_is_scipys(count):
    values = np.random.default_rng(count).normal(size=count)
    assert simpson(values, 0.1) == pytest.approx(float(scipys(values, dx=0.1)), abs=1e-12)


def test_the_inverse_duration_of_commonroad_takes_the_smaller_as_coded():
    """min(T, 0.1): every drive longer than a tenth of a second costs the same."""
    for seconds in (1.0, 5.0):
        made = straight_road(cars=[(0, 10)], seconds=seconds)
        found = measured(made, "commonroad_mw1_cost")
        assert found.value("commonroad_mw1_cost") == pytest.approx(10.0)


def test_carlas_driving_score_by_hand():
    """80 % of the route, a pedestrian and a red light: 80 * 0.5 * 0.7 = 28."""
    rules = load_profile("builtin:carla-ds")
    made = straight_road(cars=[(0, 10)], seconds=16.0)
    found = measured(made, *rules.measures)
    changed = {
        "carla_route_completion": 0.8, "carla_pedestrian_contacts": 1.0, "red_light_crossings": 1.0,
        "carla_outside_lanes_share": 0.0,
    }  # fmt: skip
    from msgspec.structs import replace

    rows = [
        replace(m, value=changed[m.metric], valid=True) if m.metric in changed else m
        for m in found.measurements
    ]
    verdict = judge_episode(rules, made.scenario, made.trace, replace(found, measurements=rows))
    assert 100.0 * verdict.total == pytest.approx(28.0)
    said = explain(rules, verdict, found, tags=())
    assert said.total == total_of(verdict.subscores)
    factor = next(t for t in said.terms if t.metric == "carla_pedestrian_contacts")
    assert (factor.map, factor.place.split(":")[0]) == ("0.5 to the value", "metrics/profiles/carla-ds.toml")


def test_a_standing_ego_is_not_blamed_by_carla():
    hit = straight_road(cars=[(0, 0.0), (-30, 10)], seconds=5.0)
    found = measured(hit, "carla_vehicle_contacts")
    assert (found.value("contacts"), found.value("carla_vehicle_contacts")) == (1.0, 0.0)


def test_contacts_at_one_place_are_one_accident_to_carla():
    people = [Track(x=30.0, y=y, kind=AgentKind.PEDESTRIAN, length=0.6, width=0.6) for y in (-0.5, 0.0, 0.5)]
    found = measured(world([Track(speed=10.0), *people], seconds=5.0), "carla_pedestrian_contacts")
    assert (found.value("contacts"), found.value("carla_pedestrian_contacts")) == (3.0, 1.0)


def test_costs_are_reported_and_count_for_nothing():
    made = straight_road(cars=[(0, 10)], seconds=5.0, goal=50.0)
    rules, found, verdict = verdict_of(made, "commonroad")
    assert (verdict.outcome, verdict.total) == ("pass", 1.0)
    assert found.value("commonroad_jb1_cost") == 5.0
    assert "commonroad_jb1_cost" in rules.measures
    assert "commonroad_jb1_cost" not in {s.metric for s in verdict.subscores}


def test_a_truck_that_corners_too_fast_would_tip_over():
    arguments = {"plan": [[1.0, 0.0, 0.0], [6.0, 0.0, 0.02]], "speed": 22.0, "seconds": 5.0}
    _, found, verdict = verdict_of(build("semitrailer", arguments), "simeval-truck")
    assert found.value("min_rollover_margin_mps2") < 0.0
    assert (verdict.outcome, verdict.total) == ("fail", 0.0)
    assert verdict.rule == "vehicle/rollover"


@pytest.mark.parametrize("profile", ["simeval-car", "simeval-core", "simeval-truck"])
def test_a_quiet_drive_passes_our_profiles_with_all_of_the_score(profile):
    made = straight_road(cars=[(0, 10), (60, 10)], seconds=5.0, speed_limit=13.9, goal=50.0)
    _, _, verdict = verdict_of(made, profile)
    assert (verdict.outcome, verdict.total) == ("pass", 1.0)
