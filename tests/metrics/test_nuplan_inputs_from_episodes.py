"""What nuPlan's metrics are given from episodes of ours, and when they are measured at all."""

from dataclasses import replace

import numpy as np
import pytest

from simeval.judge import explain, judge_episode, load_profile
from simeval.metrics import METRICS, METRICS_VERSION, Episode, measure_episode, version_of_metrics
from simeval.metrics.nuplan.inputs import drive_of, nuplan_map
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.scenario import AgentKind, Areas, LaneKind, Polylines, States

NUPLAN = [name for name in METRICS if name.startswith("nuplan_")]


def drive(made):
    return drive_of(Episode(scenario=made.scenario, trace=made.trace))


def row(made, name):
    found = measure_episode(made.scenario, made.trace, wanted=[name]).measurement(name)
    assert not found.is_error, found.reason
    return found


def without_log(made):
    """The same drive in a scenario that knows the start only."""
    states = made.scenario.states
    valid = states.valid.copy()
    valid[1:] = False
    new = States.of(states.xy, states.heading, states.velocity, valid)
    return replace(made, scenario=replace(made.scenario, states=new))


def test_they_are_measured_only_where_a_profile_asks_for_them():
    made = straight_road(cars=[(0, 15), (30, 10)])
    assert not [m for m in measure_episode(made.scenario, made.trace).measurements if m.metric in NUPLAN]
    asked = load_profile("builtin:nuplan-cls").measures
    assert asked == set(NUPLAN)
    found = measure_episode(made.scenario, made.trace, wanted=asked)
    assert {m.metric for m in found.measurements if m.metric.startswith("nuplan_")} == set(NUPLAN)
    assert version_of_metrics(load_profile("builtin:simeval-core").measures) == METRICS_VERSION
    assert version_of_metrics(asked) != METRICS_VERSION


def test_the_rear_axle_moves_with_the_body():
    """In a steady turn it goes slower than the centre, along the vehicle but for a part across."""
    made = world([Track(speed=10.0, plan=((5.0, 0.0, 0.4),))], seconds=2.0)
    ego, axle = drive(made).ego, float(made.trace.agents.bodies.axle[0])
    moved = np.gradient(ego.rear_xy, 0.1, axis=0)[1:-1]
    ahead = np.column_stack([np.cos(ego.heading), np.sin(ego.heading)])[1:-1]
    along = (moved * ahead).sum(axis=1)
    across = ahead[:, 0] * moved[:, 1] - ahead[:, 1] * moved[:, 0]
    assert ego.velocity[1:-1, 0] == pytest.approx(along, abs=0.01)
    assert ego.velocity[1:-1, 1] == pytest.approx(across, abs=0.01)
    assert ego.velocity[5, 1] == pytest.approx(0.4 * axle)
    assert ego.xy == pytest.approx(made.trace.states.xy[:, 0])


def test_kinds_become_nuplans_groups():
    kinds = (AgentKind.CAR, AgentKind.TRUCK, AgentKind.MOTORCYCLE, AgentKind.PEDESTRIAN, AgentKind.STATIC)
    made = world([Track(), *(Track(x=20.0 * k + 20, kind=kind) for k, kind in enumerate(kinds))])
    groups = [kind.value for kind in drive(made).tracks.kinds[1:]]
    assert groups == ["vehicle", "vehicle", "vru", "vru", "object"]


def test_a_cone_leaves_half_of_the_collision_score():
    cone = Track(x=20.0, kind=AgentKind.STATIC, length=0.4, width=0.4)
    made = world([Track(speed=10.0), cone], road_map=straight_map(2), seconds=3.0)
    found = row(made, "nuplan_collision_score")
    assert (found.value, found.agent, found.step_of_extreme) == (0.5, "car1", 18)


def test_without_a_logged_drive_of_the_ego_progress_does_not_apply():
    found = row(without_log(straight_road(cars=[(0, 15)])), "nuplan_progress_ratio")
    assert (found.valid, found.reason) == (
        False, "the scenario has no logged drive of the ego to compare with"
    )  # fmt: skip


def test_the_expert_is_the_whole_log_also_where_the_episode_ended_before_it():
    log = straight_road(cars=[(0, 15)], seconds=10.0)
    slow = straight_road(cars=[(0, 10)], seconds=5.0)
    found = row(replace(slow, scenario=log.scenario), "nuplan_progress_ratio")
    assert (found.value, found.reason) == (pytest.approx(50.0 / 150.0), "the episode ended before the log")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nuplan_max_off_road_m", "the map does not say where the road is"),
        ("nuplan_wrong_way_m", "the map has no lanes"),
        ("nuplan_progress_ratio", "the map has no lanes"),
        ("nuplan_mean_overspeed_mps", "the map has no speed limits"),
    ],
)
def test_without_a_map_they_do_not_apply_and_say_why(name, reason):
    found = row(world([Track(speed=10.0)]), name)
    assert (found.valid, found.reason) == (False, reason)


def test_a_contact_at_the_side_without_lanes_is_nobodys_fault_and_not_scored():
    into_side = [Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-np.pi / 4)]
    assert not row(world(into_side, seconds=3.0), "nuplan_collision_score").valid
    assert row(world(into_side, road_map=straight_map(4), seconds=3.0), "nuplan_collision_score").value == 1.0


def test_lanes_without_bounds_are_widened_centre_lines_and_it_is_said():
    made = world([Track(speed=10.0)], road_map=straight_map(2, bounds=False))
    found = row(made, "nuplan_wrong_way_m")
    assert (found.value, found.reason) == (
        0.0,
        "lanes without bounds are taken as their centre lines, widened",
    )
    outline = nuplan_map(made.scenario.map).outline
    assert outline.boxes[0].tolist() == [-100.0, -1.75, 600.0, 1.75]


def test_bicycle_lanes_are_none_of_nuplans():
    road_map = straight_map(3)
    lanes = replace(road_map.lanes, kind=np.array([int(LaneKind.VEHICLE), int(LaneKind.BIKE), 1]))
    assert nuplan_map(replace(road_map, lanes=lanes)).ids == ("main.0", "main.2")


def test_where_lanes_overlap_all_of_them_come_into_question():
    road_map = straight_map(2)
    wide = Polylines.of([np.array([[-100.0, y], [600.0, y]]) for y in (2.0, 5.25)])
    overlapping = replace(road_map, lanes=replace(road_map.lanes, left=wide))
    made = world([Track(y=1.9, speed=10.0)], road_map=overlapping)
    assert drive(made).path == [[0, 1]] * made.trace.num_steps


def test_without_drivable_areas_the_road_is_inferred_and_it_is_said():
    road_map = straight_map(2)
    bare = replace(road_map, areas=Areas(kind=np.zeros(0, dtype=np.int64), outline=Polylines.of([])))
    found = row(world([Track(y=-3.0, speed=10.0)], road_map=bare), "nuplan_max_off_road_m")
    assert found.reason == "the road is inferred from lanes"
    assert found.value == pytest.approx(0.45, abs=0.02)  # half a lane beyond the lane


def test_lane_changes_inside_a_section_make_progress():
    plan = ((1.0, 0.0, 0.2), (2.0, 0.0, -0.2))
    made = world([Track(speed=15.0, plan=plan)], road_map=straight_map(2), seconds=5.0)
    straight = straight_road(cars=[(0, 15)])
    both = replace(made, scenario=replace(made.scenario, states=straight.trace.states))
    assert drive(both).ego.xy[-1, 1] > 1.75
    assert row(both, "nuplan_progress_ratio").value == pytest.approx(1.0, abs=0.01)


def test_the_arithmetic_of_nuplan_cls_is_explained():
    made = straight_road(cars=[(0, 15), (60, 13)], speed_limit=14.0, seconds=3.0)
    profile = load_profile("builtin:nuplan-cls")
    found = measure_episode(made.scenario, made.trace, wanted=profile.measures)
    verdict = judge_episode(profile, made.scenario, made.trace, found)
    says = explain(profile, verdict, found, tags=()).arithmetic
    assert says == "(5 × 1 + 5 × 1 + 4 × 0.5366 + 2 × 1) / 16 × 1 × 1 × 1 × 1 = 0.8842"
    # 31 samples of 1 m/s over 30 steps
    assert verdict.total == pytest.approx((12 + 4 * (1 - 31 / 30 / 2.23)) / 16)
