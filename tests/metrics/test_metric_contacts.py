"""Contacts of the ego: type, fault, and where they begin."""

import math

import pytest
from metric_helpers import measured_of, only

from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.scenario import AgentKind, RoadMap


def crash(ego, other, road_map=None):
    made = world([ego, other], road_map=straight_map(2) if road_map is None else road_map, seconds=4.0)
    return only(measured_of(made), "contact")


@pytest.mark.parametrize(
    ("ego", "other", "kind", "fault"),
    [
        pytest.param(Track(), Track(x=-20, speed=10), "stopped_ego", "no", id="hit while standing"),
        pytest.param(Track(speed=10), Track(x=20), "stopped_track", "yes", id="hits what stands"),
        pytest.param(
            Track(speed=10), Track(x=20, speed=0.5, kind=AgentKind.STATIC), "stopped_track", "yes",
            id="objects count as standing",
        ),
        pytest.param(Track(speed=5), Track(x=-20, speed=15), "active_rear", "no", id="hit from behind"),
        pytest.param(Track(speed=15), Track(x=20, speed=5), "active_front", "yes", id="runs into the next"),
        pytest.param(
            Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-math.pi / 4), "active_lateral", "no",
            id="cut off from the side, in its lane",
        ),
        pytest.param(
            Track(speed=14.14, y=0.2, heading=math.pi / 4, x=-3.0), Track(x=0.0, y=7.2, speed=10),
            "active_front", "yes", id="turns its front into the neighbour",
        ),
        pytest.param(
            Track(speed=10, y=1.7), Track(x=-1.0, y=7.0, speed=11, heading=-0.5), "active_lateral", "yes",
            id="side contact while straddling two lanes",
        ),
    ],
)  # fmt: skip
def test_collision_types_and_fault(ego, other, kind, fault):
    event = crash(ego, other)
    assert (event.kind, event.detail["fault"]) == (kind, fault)


def test_without_lanes_nobody_can_tell_whose_fault_a_side_contact_is():
    ego, other = Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-math.pi / 4)
    assert crash(ego, other, RoadMap.empty()).detail["fault"] == "unknown"
    assert crash(ego, other, straight_map(2, bounds=False)).detail["fault"] == "unknown"


def test_off_all_lanes_a_side_contact_is_the_egos_fault():
    ego, other = Track(speed=10, y=-20.0), Track(x=1.0, y=-13.0, speed=14.14, heading=-math.pi / 4)
    assert crash(ego, other).detail["fault"] == "yes"


def test_a_contact_counts_once_a_road_user_however_long_it_lasts():
    made = straight_road(cars=[(0, 15), (20, 5), (40, 5)], seconds=5.0)
    measured = measured_of(made)
    assert measured.value("contacts") == 2.0
    assert [e.agent for e in measured.events_of("contact")] == ["car1", "car2"]


def test_the_first_contact_is_where_the_gap_is_used_up():
    event = only(measured_of(straight_road(cars=[(0, 15), (30, 10)], seconds=6.0)), "contact")
    assert event.step == math.ceil((30 - 4.6) / 5 / 0.1 - 1e-9)
    assert event.value == pytest.approx(5.0)
    assert event.detail["delta_v_mps"] == pytest.approx(2.5)  # equal masses: half the relative speed


@pytest.mark.parametrize("x", [20.0, 20.4, 20.8, 21.2, 21.6])
def test_a_pedestrian_hit_by_the_front_is_a_front_contact_however_far_a_step_goes(x):
    someone = Track(x=x, speed=1.0, kind=AgentKind.PEDESTRIAN, length=0.4, width=0.4)
    event = crash(Track(speed=20.0), someone)  # 2 m a step: the pedestrian can be inside the ego's box
    assert (event.kind, event.detail["fault"]) == ("active_front", "yes")


@pytest.mark.parametrize("x", [20.0, 20.4, 20.8, 21.2, 21.6])
@pytest.mark.parametrize("turn", [-0.4, 0.4])
def test_what_turns_while_it_is_hit_by_the_front_is_a_front_contact(x, turn):
    oncoming = Track(x=x, y=1.0, heading=math.pi, speed=2.5, plan=((9.0, 0.0, turn),))
    event = crash(Track(speed=10.0), oncoming)  # moved straight, the boxes would not touch yet at that moment
    assert (event.kind, event.detail["fault"]) == ("active_front", "yes")
