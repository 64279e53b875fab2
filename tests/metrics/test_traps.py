"""Where a faithful formula still gives a different number: sixteen traps, each with a test that names it.

Those of nuPlan are in test_nuplan_traps.py, those of NAVSIM in test_navsim_scores.py, those of traffic in
tests/traffic, those of means in tests/runs; what concerns several benchmarks is here, and so is the list of
all."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from simeval.metrics import METRICS, measure_episode
from simeval.metrics.world_map import LANE_WIDTH, straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.safety.following import required_deceleration
from simeval.scenario import AgentKind, Controller
from simeval.sim import SimSettings, simulate

sys.path.insert(0, str(Path(__file__).parents[1] / "sim"))
from sim_worlds import line
from sim_worlds import world as sim_world

HERE = "metrics/test_traps.py"
NUPLAN, NAVSIM = "metrics/test_nuplan_traps.py", "metrics/test_navsim_scores.py"
PEERS, COSTS = "traffic/test_peer_quirks.py", "metrics/test_metric_rules_and_costs.py"
TABLE = "runs/test_compare_table.py"
TRAPS = {
    "nuPlan's lateral acceleration is vacuous in simulation": (
        (NUPLAN, "test_lateral_acceleration_cannot_fail_in_closed_loop"),
        (NUPLAN, "test_yaw_acceleration_leaks_into_longitudinal_jerk"),
    ),
    "documents and configuration differ": (
        (NUPLAN, "test_the_driving_direction_is_a_multiplier_not_a_weighted_metric"),
        (NUPLAN, "test_progress_is_compared_from_two_metres_on_not_a_tenth"),
    ),
    "windows of the filters": (
        (NUPLAN, "test_yaw_filters_use_five_samples_not_fifteen"),
        (NUPLAN, "test_fewer_than_four_steps_have_no_comfort"),
        (NUPLAN, "test_the_even_window_shifts_the_acceleration_by_half_a_step"),
    ),
    "two times to collision of one name": (
        (NUPLAN, "test_the_grid_of_times_to_collision_begins_at_a_tenth_and_ends_before_three_seconds"),
        (HERE, "test_navsim_looks_at_what_others_will_do_and_nuplan_at_what_they_do_now"),
    ),
    "failed simulations vanish from means": (
        (NUPLAN, "test_a_drive_that_a_fault_of_the_policy_ended_counts_as_zero_and_does_not_vanish"),
        (TABLE, "test_bench2drive_divides_by_all_routes_and_a_mean_of_ours_by_those_that_have_a_score"),
        (TABLE, "test_rates_are_over_what_was_judged_and_have_exact_limits"),
    ),
    "nuPlan's traffic drops some road users and brakes softly": (
        (
            PEERS,
            "test_nuplan_agents_never_brake_harder_than_their_comfortable_braking_and_so_run_into_things",
        ),
        (HERE, "test_reactive_traffic_keeps_parked_vehicles_and_cyclists_which_nuplan_drops"),
    ),
    "the human filter changes totals": (
        (NAVSIM, "test_the_human_filter_forgives_what_is_exactly_zero_and_nothing_else"),
        (NAVSIM, "test_filtered_and_raw_are_two_profiles_with_two_totals"),
    ),
    "required accelerations of commonroad-crime": (
        (HERE, "test_ways_aside_are_measured_to_the_other_and_not_to_the_ego_itself"),
        (HERE, "test_the_demand_of_a_braking_leader_divides_by_twice_its_braking"),
    ),
    "the inverse duration of CommonRoad takes a minimum": (
        (COSTS, "test_the_inverse_duration_of_commonroad_takes_the_smaller_as_coded"),
    ),
    "three driving directions": (
        (NUPLAN, "test_the_driving_direction_is_summed_over_one_second_not_over_the_whole_stretch"),
        (NAVSIM, "test_leaving_the_route_is_the_wrong_way_and_driving_backwards_along_it_is_not"),
    ),
    "boxes that are shrunk": ((HERE, "test_boxes_are_not_shrunk_before_they_are_asked_whether_they_touch"),),
    "what a collision is": (
        (HERE, "test_any_contact_is_a_collision_to_waymax_and_not_to_nuplan_navsim_and_carla"),
        (NUPLAN, "test_a_collision_is_any_contact_to_us_and_only_one_by_the_egos_fault_to_nuplan"),
    ),
    "what the wrong way is": ((HERE, "test_the_wrong_way_of_waymax_is_a_distance_and_not_a_direction"),),
    "product of means and mean of products": (
        (NUPLAN, "test_the_mean_of_scenarios_is_of_products_not_a_product_of_means"),
    ),
    "gaps between projected footprints": (
        (PEERS, "test_in_nuplan_the_headway_counts_twice_once_footprints_are_projected"),
    ),
    "when a track is asked whether it stands": (
        (NUPLAN, "test_whether_a_track_stands_is_decided_at_the_contact_not_when_it_first_appears"),
        (NAVSIM, "test_whether_a_track_stands_is_asked_where_it_first_appears"),
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_a_test_whose_name_says_it(trap):
    for file, name in TRAPS[trap]:
        assert f"\ndef {name}(" in (Path(__file__).parents[1] / file).read_text(), (file, name)


def measured(made):
    found = measure_episode(made.scenario, made.trace, wanted=METRICS)
    assert not [m.reason for m in found.measurements if m.is_error]
    return found


def test_navsim_looks_at_what_others_will_do_and_nuplan_at_what_they_do_now():
    """A leader at the ego's speed that stops at once in half a second: at present nobody closes in. And one
    that stands and leaves in time is no conflict to NAVSIM, though the ego is about to touch its box."""
    stops = Track(x=10.0, speed=10.0, plan=((0.5, 0.0, 0.0), (1.0, -100.0, 0.0)))
    made = world([Track(speed=10.0), stops], road_map=straight_map(1), seconds=4.0)
    now = world([Track(speed=10.0), stops], road_map=straight_map(1), seconds=0.3)
    assert measured(now).value("nuplan_min_ttc_s") is None
    assert measured(made).value("navsim_conflict") == 1.0
    leaves = Track(x=10.0, speed=0.0, plan=((9.0, 15.0, 0.0),))
    made = world([Track(speed=7.0), leaves], road_map=straight_map(1), seconds=4.0)
    found = measured(made)
    assert found.value("contacts") == 0.0
    assert found.value("nuplan_min_ttc_s") == pytest.approx(0.8)
    assert found.value("navsim_conflict") == 0.0


def test_reactive_traffic_keeps_parked_vehicles_and_cyclists_which_nuplan_drops():
    cars = [
        {"id": "ego", "x": -50.0, "speed": 5.0, "path": line(-50.0, 400.0)},
        {"id": "parked", "x": 20.0, "y": 3.0, "speed": 0.0, "path": line(20.0, 20.5, 3.0),
         "controller": int(Controller.PARKED)},
        {"id": "bike", "kind": int(AgentKind.CYCLIST), "controller": int(Controller.AUTO),
         "log": np.column_stack([0.4 * np.arange(31), np.full(31, -2.0), np.zeros(31), np.full(31, 4.0)])},
        {"id": "beside", "x": 0.0, "y": 30.0, "speed": 6.0, "path": line(0.0, 400.0, 30.0)},
    ]  # fmt: skip
    trace = simulate([sim_world(cars, num_steps=31)], "idm", SimSettings(end_on=(), traffic="idm"))[0]
    assert trace.states.valid[-1].all()


def test_ways_aside_are_measured_to_the_other_and_not_to_the_ego_itself():
    """Somebody half beside the way leaves more time to swerve by exactly the way that is saved."""
    left = []
    for y in (0.0, 0.6, 1.2):
        found = measured(straight_road(cars=[(0.0, 20.0), (50.0, 0.0, y)], seconds=0.0))
        left.append(found.value("min_tts_s"))
        assert left[-1] == pytest.approx(45.4 / 20.0 - math.sqrt(2.0 * (1.9 - y) / 5.0), abs=1e-4)
    assert np.all(np.diff(left) > 0.1)


@pytest.mark.parametrize(("gap", "v", "u", "b"), [(20.0, 15.0, 12.0, 6.0), (8.0, 20.0, 20.0, 4.0)])
def test_the_demand_of_a_braking_leader_divides_by_twice_its_braking(gap, v, u, b):
    """Without the parentheses u^2 / 2 b would be u^2 / 2 times b; the drive itself tells them apart."""
    demanded = required_deceleration(gap, v, u, b)
    t = np.linspace(0.0, 20.0, 200_001)

    def way(speed, braking):
        at = np.minimum(t, speed / braking)
        return speed * at - 0.5 * braking * at * at

    assert (gap + way(u, b) - way(v, demanded)).min() == pytest.approx(0.0, abs=1e-3)
    assert demanded != pytest.approx(v * v / (2.0 * (gap + u * u / 2.0 * b)), rel=0.2)


@pytest.mark.parametrize(("y", "touches"), [(1.89, 1.0), (1.4, 1.0), (1.91, 0.0)])
def test_boxes_are_not_shrunk_before_they_are_asked_whether_they_touch(y, touches):
    """At 0.7 of their sizes neither of two boxes 1.9 m wide would touch, 1.89 or 1.4 m aside."""
    found = measured(straight_road(cars=[(0.0, 10.0), (20.0, 0.0, y)], seconds=4.0))
    assert y > 0.7 * 1.9
    for name in ("contacts", "waymax_overlap", "at_fault_contacts"):
        assert found.value(name) == touches, name
    assert found.value("nuplan_collision_score") == found.value("navsim_collision_score") == 1.0 - touches


def test_any_contact_is_a_collision_to_waymax_and_not_to_nuplan_navsim_and_carla():
    """The ego stands and is hit from behind; then it drives and is hit from behind."""
    for speed in (0.0, 5.0):
        found = measured(straight_road(cars=[(0.0, speed), (-30.0, 15.0)], seconds=4.0))
        assert found.value("contacts") == found.value("waymax_overlap") == 1.0
        assert found.value("at_fault_contacts") == 0.0
        assert found.value("nuplan_collision_score") == found.value("navsim_collision_score") == 1.0
        assert found.value("carla_vehicle_contacts") == float(speed > 0.0)  # fault by speed


def test_the_wrong_way_of_waymax_is_a_distance_and_not_a_direction():
    """Backwards in the middle of a lane; forwards on a field beside the road."""
    road = straight_map(2)
    backwards = measured(world([Track(x=60.0, speed=-8.0)], road_map=road, seconds=3.0))
    assert backwards.value("waymax_wrong_way_m") == 0.0
    assert backwards.value("nuplan_wrong_way_m") > 6.0
    field = np.column_stack([np.linspace(0.0, 200.0, 41), np.zeros(41)])
    beside = world([Track(speed=8.0, y=-2.0 * LANE_WIDTH)], road_map=road, seconds=3.0, route=field)
    found = measured(beside)
    assert found.value("waymax_wrong_way_m") == pytest.approx(2.0 * LANE_WIDTH, abs=0.05)
    assert found.value("nuplan_wrong_way_m") == 0.0
