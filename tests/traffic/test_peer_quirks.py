"""Quirks of other simulators: kept in the models that bear their names, absent from our own."""

import math

import numpy as np
import pytest

from simeval.traffic.highway_env_idm import HighwayIdm, HighwayRoad, highway_acceleration
from simeval.traffic.highway_env_mobil import highway_lane_policy, highway_mobil
from simeval.traffic.highway_env_traffic import HighwayTraffic, highway_steering, highway_vehicles
from simeval.traffic.idm import IdmParameters, follow
from simeval.traffic.idm_nuplan import (
    NUPLAN_AGENT,
    PDM_BATCH,
    nuplan_agent_gap,
    nuplan_agent_step,
    nuplan_idm_acceleration,
    nuplan_idm_step,
)
from simeval.traffic.idm_waymax import WaymaxIdm, waymax_idm_step

OURS, WAYMAX, HIGHWAY = IdmParameters(), WaymaxIdm(), HighwayIdm()


def test_a_leader_who_draws_away_fast_brakes_nuplan_and_highwayenv_but_not_us():
    free = nuplan_idm_acceleration(8.0, 1e9, 30.0, NUPLAN_AGENT)
    assert nuplan_idm_acceleration(8.0, 5.0, 60.0, NUPLAN_AGENT) < free - 1.0
    assert highway_acceleration(8.0, 15.0, -52.0, 30.0, 30.0, 4.0, HIGHWAY) < 0.0
    assert follow(8.0, 5.0, -52.0, 15.0, OURS) == follow(8.0, 5.0, -20.0, 15.0, OURS) > 0.0


def test_nuplan_agents_never_brake_harder_than_their_comfortable_braking_and_so_run_into_things():
    x, speed, gap = 0.0, 15.0, 30.0
    for _ in range(100):
        moved, speed = nuplan_agent_step(0.0, speed, gap - x, 0.0, 0.1, NUPLAN_AGENT)
        x += moved
    assert x > gap
    v, room = 15.0, gap
    for _ in range(100):
        new = max(0.0, v + follow(v, room, v, 15.0, OURS) * 0.1)
        room, v = room - 0.05 * (v + new), new
    assert room > 0.0


def settled_gap(lead_speed, projected):
    """The gap that a nuPlan agent keeps behind a steady leader after five minutes [m]."""
    p, x, speed, lead = NUPLAN_AGENT._replace(target_speed=1e3), 0.0, lead_speed, 60.0
    for k in range(3000):
        seen = nuplan_agent_gap(lead - x, speed, k == 0, p) if projected else lead - x
        moved, speed = nuplan_agent_step(0.0, speed, seen, lead_speed, 0.1, p)
        x, lead = x + moved, lead + lead_speed * 0.1
    return lead - x


@pytest.mark.parametrize("speed", [3.0, 8.0])
def test_in_nuplan_the_headway_counts_twice_once_footprints_are_projected(speed):
    p = NUPLAN_AGENT
    assert settled_gap(speed, projected=False) == pytest.approx(p.min_gap + speed * p.headway, abs=0.05)
    assert settled_gap(speed, projected=True) == pytest.approx(p.min_gap + 2.0 * speed * p.headway, abs=0.05)


def test_the_first_step_of_a_nuplan_agent_sees_the_true_gap():
    assert nuplan_agent_gap(20.0, 10.0, True, NUPLAN_AGENT) == 20.0
    assert nuplan_agent_gap(20.0, 10.0, False, NUPLAN_AGENT) == 5.0
    assert nuplan_agent_gap(10.0, 10.0, False, NUPLAN_AGENT) == 0.0


def test_the_batch_lets_the_speed_become_negative_and_the_agent_does_not():
    assert nuplan_idm_step(0.0, 0.1, 0.5, 0.0, 0.5, PDM_BATCH)[1] < 0.0
    assert nuplan_agent_step(0.0, 0.1, 0.5, 0.0, 0.5, PDM_BATCH)[1] == 0.0


def test_the_golden_values_of_both_parameter_sets():
    def agent(speed, gap, lead_speed):
        return nuplan_idm_acceleration(speed, gap, lead_speed, NUPLAN_AGENT)

    assert agent(8.0, 20.0, 5.0) == pytest.approx(-0.563643, abs=1e-6)
    assert agent(5.0, 3.0, 0.0) == pytest.approx(-32.466410, abs=1e-6)
    assert agent(13.89, 40.0, 13.89) == pytest.approx(-3.020259, abs=1e-6)
    assert nuplan_idm_acceleration(8.0, 20.0, 5.0, PDM_BATCH) == pytest.approx(0.191914, abs=1e-6)
    assert nuplan_idm_acceleration(
        10.0, 1000.0, 10.0, PDM_BATCH._replace(target_speed=11.0)
    ) == pytest.approx(0.921301, abs=1e-6)


def straight_logs(boxes, speed, steps=30):
    """Logs that start at the boxes and drive on straight."""
    way = np.asarray(speed)[:, None] * 0.1 * np.arange(steps)
    x = boxes[:, :1] + way * np.cos(boxes[:, 2:3])
    y = boxes[:, 1:2] + way * np.sin(boxes[:, 2:3])
    return np.stack([x, y, np.broadcast_to(boxes[:, 2:3], x.shape)], axis=-1)


def waymax_pair(distance, speeds=(8.0, 0.0), turn=0.0):
    """What the follower of a pair does, the whole scene turned by an angle."""
    centres = np.array([[0.0, 0.0], [distance * math.cos(turn), distance * math.sin(turn)]])
    boxes = np.column_stack([centres, np.full(2, turn), np.full(2, 4.5), np.full(2, 2.0)])
    logs = straight_logs(boxes, speeds)
    return waymax_idm_step(boxes, np.array(speeds), np.ones(2, dtype=bool), logs, 0.1, WAYMAX)[0]


def test_waymax_sees_nobody_beyond_ten_metres_and_one_body():
    free = waymax_pair(1000.0)[0]
    assert waymax_pair(14.6)[0] == free
    assert waymax_pair(14.4)[0] < free


def test_waymax_gaps_go_in_whole_metres_of_the_centre():
    assert waymax_pair(10.3)[0] == waymax_pair(9.7)[0]
    assert waymax_pair(10.3)[0] > waymax_pair(9.4)[0]


def test_waymax_brakes_without_bound_when_boxes_overlap():
    assert waymax_pair(4.0)[0] < -10_000.0
    assert waymax_pair(4.0)[1] == 0.0
    assert follow(8.0, 0.01, 8.0, 15.0, OURS) == -OURS.max_braking


@pytest.mark.parametrize("turn", [0.7, 2.5, -1.9])
def test_a_waymax_scene_may_be_turned(turn):
    straight, turned = waymax_pair(9.3), waymax_pair(9.3, turn=turn)
    assert turned[:2] == pytest.approx(straight[:2])
    assert turned[4] == pytest.approx(turn)
    assert turned[2:4] == pytest.approx([straight[2] * math.cos(turn), straight[2] * math.sin(turn)])


def test_a_waymax_agent_stays_on_its_curved_log():
    angle = np.linspace(0.0, 1.0, 40)
    log = np.stack([20.0 * np.sin(angle), 20.0 * (1.0 - np.cos(angle)), angle], axis=-1)
    box, speed = np.array([[*log[0], 4.5, 2.0]]), np.array([6.0])
    for _ in range(20):
        _, speed[0], *box[0, :3] = waymax_idm_step(
            box, speed, np.ones(1, dtype=bool), log[None], 0.1, WAYMAX
        )[0]
    radius = math.hypot(box[0, 0], box[0, 1] - 20.0)
    assert radius == pytest.approx(20.0, abs=0.01)
    assert box[0, 2] == pytest.approx(math.atan2(box[0, 0], 20.0 - box[0, 1]), abs=0.01)
    assert box[0, 2] > 0.5


def cars(*rows):
    names = ("x", "lane", "speed", "target_speed")
    return highway_vehicles(
        [{**dict(zip(names, r, strict=True)), "y": 4.0 * r[1], "timer": 2.0} for r in rows]
    )


def test_a_higher_lane_that_is_recommended_too_overrides_the_lower_one_in_highwayenv():
    vehicles = cars((100.0, 1, 20.0, 30.0), (125.0, 1, 5.0, 5.0))
    road = HighwayRoad(3)
    assert highway_mobil(vehicles, 0, 0, road, HIGHWAY)
    assert highway_mobil(vehicles, 0, 2, road, HIGHWAY)
    highway_lane_policy(vehicles, 0, road, HIGHWAY)
    assert vehicles[0].target_lane == 2
    assert vehicles[0].timer == 0.0


def test_a_route_in_highwayenv_asks_for_the_direction_and_not_for_a_gain():
    vehicles, road = cars((100.0, 1, 20.0, 30.0)), HighwayRoad(3)
    assert not highway_mobil(vehicles, 0, 0, road, HIGHWAY)
    vehicles[0].route_lane = 0
    assert highway_mobil(vehicles, 0, 0, road, HIGHWAY)
    assert not highway_mobil(vehicles, 0, 2, road, HIGHWAY)


def test_a_slow_vehicle_in_highwayenv_does_not_change_lanes_and_an_imposed_brake_forbids_it():
    road = HighwayRoad(2)
    slow = cars((100.0, 0, 0.9, 30.0), (108.0, 0, 0.0, 0.0))
    highway_lane_policy(slow, 0, road, HIGHWAY)
    assert slow[0].target_lane == 0
    pressed = cars((100.0, 0, 20.0, 30.0), (120.0, 0, 5.0, 5.0), (92.0, 1, 28.0, 30.0))
    assert not highway_mobil(pressed, 0, 1, road, HIGHWAY)
    assert highway_mobil(pressed[:2].copy(), 0, 1, road, HIGHWAY)


def test_a_lane_change_in_highwayenv_is_given_up_for_one_who_changes_ahead():
    vehicles, road = cars((100.0, 0, 20.0, 30.0), (115.0, 2, 15.0, 30.0)), HighwayRoad(3)
    vehicles.target_lane[:] = 1
    highway_lane_policy(vehicles, 0, road, HIGHWAY)
    assert vehicles[0].target_lane == 0
    assert vehicles[1].target_lane == 1


def test_highwayenv_brings_a_vehicle_to_its_lane_and_lets_a_crashed_one_roll_out():
    vehicles = cars((100.0, 0, 20.0, 25.0), (300.0, 1, 20.0, 20.0))
    vehicles[0].y, vehicles[1].crashed = 1.2, 1
    traffic = HighwayTraffic(vehicles, HighwayRoad(2))
    assert highway_steering(1.2, 0.0, 20.0, 0.0) < 0.0
    traffic.advance(100, 0.05)
    assert abs(vehicles[0].y) < 0.01
    assert 0.0 <= vehicles[1].speed < 0.2
