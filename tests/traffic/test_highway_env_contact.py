"""Contacts as highway-env has them; the numbers are those of its version 1.12.1, rounded to 1e-9."""

import numpy as np
import pytest

from simeval.traffic.highway_env_idm import HighwayRoad
from simeval.traffic.highway_env_traffic import HighwayTraffic, highway_vehicles

NAMES = ("x", "y", "heading", "speed", "target_speed", "lane")
SCENE = (
    (100.0, 0.4, 0.02, 25.0, 30.0, 0),
    (112.0, -0.2, -0.05, 2.0, 5.0, 0),
    (107.0, 3.4, -0.08, 15.0, 20.0, 1),
)
# After this many steps of 0.1 s: x, y, heading, speed, crashed of each vehicle.
PEER = {
    2: (
        (104.939699241, 0.354244964, -0.015045332, 23.8, 0),
        (112.37664645, -0.009409805, 0.029115997, 2.579066145, 0),
        (110.017456386, 3.535557331, 0.026081123, 15.404857779, 0),
    ),
    4: (
        (109.623306058, 1.132125975, -0.020964442, 22.6, 1),
        (112.934796724, -0.900007626, 0.017760542, 3.125811823, 1),
        (113.114927451, 3.670403766, 0.040144699, 15.788241272, 0),
    ),
    6: (
        (113.916207426, 1.12051331, -0.020964442, 18.306, 1),
        (113.528762346, -0.967862173, 0.017760542, 2.531907576, 1),
        (116.289167646, 3.775697071, 0.032977288, 16.149724388, 0),
    ),
    10: (
        (120.210610764, 1.00539418, -0.020964442, 12.0105666, 1),
        (114.398994703, -0.969249923, 0.017760542, 1.661184561, 1),
        (122.849039152, 3.902101505, 0.015675962, 16.806376213, 0),
    ),
}


def traffic(scene, lanes):
    rows = [{**dict(zip(NAMES, row, strict=True)), "timer": 0.01} for row in scene]
    return HighwayTraffic(highway_vehicles(rows), HighwayRoad(lanes))


def test_two_who_meet_are_pushed_apart_and_roll_out_as_in_highwayenv():
    scene, done = traffic(SCENE, 2), 0
    for steps, expected in PEER.items():
        scene.advance(steps - done, 0.1)
        done = steps
        found = np.column_stack([scene.vehicles[n] for n in ("x", "y", "heading", "speed", "crashed")])
        assert np.abs(found - expected).max() < 2e-9


def test_one_who_would_be_met_within_a_step_is_crashed_by_the_push():
    scene = traffic([(100.0, 0.0, 0.0, 30.0, 30.0, 0), (109.5, 0.0, 0.0, 0.0, 0.0, 0)], 1)
    scene.advance(1, 0.1)
    assert scene.vehicles.pushed.tolist() == [1, 1]
    assert scene.vehicles.crashed.tolist() == [0, 0]
    scene.advance(1, 0.1)
    assert scene.vehicles.crashed.tolist() == [1, 1]


@pytest.mark.parametrize("aside", [2.1, -2.1])
def test_those_who_pass_each_other_leave_no_trace(aside):
    scene = traffic([(100.0, 0.0, 0.0, 10.0, 10.0, 0), (103.0, aside, 0.0, 10.0, 10.0, 0)], 1)
    scene.vehicles.changes_lanes[:] = 0
    scene.vehicles.target_speed[:] = 10.0
    scene.advance(1, 0.01)
    assert not scene.vehicles.crashed.any()
    assert not scene.vehicles.pushed.any()
