"""Where benchmarks use one name for different things: each pair of numbers side by side, on one drive."""

import math

import numpy as np
import pytest

from simeval.metrics import measure_episode
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.safety.following import drac
from simeval.scenario import AgentKind


def values(made, *names):
    found = measure_episode(made.scenario, made.trace, wanted=names)
    assert not [m.reason for m in found.measurements if m.is_error]
    return [found.value(name) for name in names]


def test_time_to_collision_is_another_metric_in_navsim_than_in_nuplan():
    """Somebody pulls away fast: at constant speeds there is a collision in 0.8 s, in truth there is none."""
    cars = [Track(speed=10.0), Track(x=8.6, speed=5.0, plan=((1.0, 12.0, 0.0),))]
    made = world(cars, road_map=straight_map(2), seconds=4.0)
    nuplan, navsim = values(made, "nuplan_min_ttc_s", "navsim_conflict")
    assert nuplan < 0.95 and navsim == 0.0


def test_a_track_that_stops_before_the_contact_stands_to_nuplan_and_moves_to_navsim():
    """It comes from the side and stands when it touches the ego, which keeps its lane."""
    other = Track(x=10.0, y=4.245, heading=-math.pi / 2.0, speed=2.0, plan=((1.0, -2.0, 0.0),))
    made = world([Track(speed=10.0), other], road_map=straight_map(2), seconds=4.0)
    contacts, nuplan, navsim = values(made, "contacts", "nuplan_collision_score", "navsim_collision_score")
    assert (contacts, nuplan, navsim) == (1.0, 0.0, 1.0)


def test_driving_direction_is_about_the_lane_in_nuplan_and_about_the_route_in_navsim():
    names = ("nuplan_wrong_way_m", "navsim_off_route_m")
    backwards = straight_road(cars=[(50, -4)], seconds=4.0, route=["main.0"])
    nuplan, navsim = values(backwards, *names)
    assert nuplan > 2.0 and navsim == 0.0
    beside = straight_road(cars=[(0, 10, -4.0)], seconds=4.0, num_lanes=1, route=["main.0"])
    nuplan, navsim = values(beside, *names)
    assert nuplan == 0.0 and navsim > 6.0


def test_wrong_way_is_a_distance_in_waymax_whatever_the_heading():
    (along,) = values(straight_road(cars=[(50, -8)], seconds=3.0), "waymax_wrong_way_m")
    route = np.array([[0.0, 0.0], [200.0, 0.0]])
    far = world([Track(y=12.0, speed=8.0)], road_map=straight_map(1), seconds=3.0, route=route)
    (aside,) = values(far, "waymax_wrong_way_m")
    assert along == 0.0
    assert aside == pytest.approx(12.0, abs=0.1)


def test_boxes_are_never_shrunk():
    """Boxes of 0.7 of the size, as some simulators take them, would be 0.42 m apart."""
    made = straight_road(cars=[(0, 10), (0.5, 10, 1.75)], seconds=1.0)
    contacts, overlap = values(made, "contacts", "waymax_overlap")
    assert (contacts, overlap) == (1.0, 1.0)
    assert pytest.approx(0.42) == 1.75 - 0.7 * 1.9


def test_a_collision_is_any_contact_in_waymax_at_fault_in_nuplan_and_moving_in_carla():
    names = ("waymax_overlap", "nuplan_collision_score", "carla_vehicle_contacts")
    hit_standing = straight_road(cars=[(0, 0.0), (-30, 10)], seconds=5.0)
    assert values(hit_standing, *names) == [1.0, 1.0, 0.0]
    hit_driving = straight_road(cars=[(0, 5.0), (-20, 15)], seconds=5.0)
    assert values(hit_driving, *names) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("gap", "closing"), [(10.0, 10.0), (20.0, 5.0), (3.0, 1.0)])
def test_the_required_deceleration_divides_by_twice_the_gap(gap, closing):
    """Closing^2 / (2 gap); without the parentheses it would grow with the gap."""
    assert drac(gap, closing + 4.0, 4.0) == pytest.approx(closing**2 / (2.0 * gap))


def test_touching_boxes_overlap_everywhere_but_in_waymax():
    made = straight_road(cars=[(0, 0), (4.6, 0)], seconds=1.0)
    contacts, overlap = values(made, "contacts", "waymax_overlap")
    assert (contacts, overlap) == (1.0, 0.0)


def test_one_object_leaves_half_and_two_leave_nothing_in_nuplan_and_half_in_navsim():
    cones = [Track(x=x, kind=AgentKind.STATIC, length=0.4, width=0.4) for x in (12.0, 24.0)]
    names = ("nuplan_collision_score", "navsim_collision_score")
    one = world([Track(speed=10.0), cones[0]], road_map=straight_map(2), seconds=4.0)
    two = world([Track(speed=10.0), *cones], road_map=straight_map(2), seconds=4.0)
    assert values(one, *names) == [0.5, 0.5]
    assert values(two, *names) == [0.0, 0.5]
