"""Every case of highwayenv that concerns traffic: accelerations, lane changes, roll-outs."""

import numpy as np

from simeval.traffic.highway_env_idm import (
    HighwayIdm,
    HighwayRoad,
    highway_desired_gap,
    highway_pair_acceleration,
)
from simeval.traffic.highway_env_mobil import highway_mobil, highway_neighbours, highway_prediction
from simeval.traffic.highway_env_traffic import HighwayTraffic, highway_vehicles

PARITY_FILE = "highwayenv"
SINGLE, ROLLOUT = 1e-9, 1e-6
DRIVERS = HighwayIdm()
STATE = ("x", "y", "heading", "speed", "target_lane", "steering", "acceleration", "crashed")


def report(wrong, walked):
    assert walked > 0
    assert not wrong, f"{len(wrong)} of {walked} cases differ, the first: {wrong[:5]}"


def test_accelerations_agree_with_highwayenv(cases):
    wrong = []
    for i, case in enumerate(cases["idm"]):
        pair = highway_vehicles([case["ego"], case["front"]])
        road, delta = HighwayRoad(1, speed_limit=float(case["speed_limit"])), float(case["ego"]["delta"])
        free = highway_pair_acceleration(pair, 0, -1, delta, road, DRIVERS)
        behind = highway_pair_acceleration(pair, 0, 1, delta, road, DRIVERS)
        clipped = min(max(behind, -DRIVERS.limit), DRIVERS.limit)
        found = (free, behind, clipped)
        expected = [case[n] for n in ("accel_free", "accel_unclipped", "accel_clipped_in_act")]
        if np.abs(np.subtract(found, expected)).max() > SINGLE:
            wrong.append((i, found, expected))
    report(wrong, len(cases["idm"]))


def test_desired_gaps_agree_with_highwayenv(cases):
    wrong = []
    for i, case in enumerate(cases["idm"]):
        ego, front = case["ego"], case["front"]
        along = ego["speed"] - front["speed"] * np.cos(front["heading"] - ego["heading"])
        for closing, name in ((along, "desired_gap"), (None, "desired_gap_not_projected")):
            by = float(ego["speed"] - front["speed"] if closing is None else closing)
            found = highway_desired_gap(float(ego["speed"]), by, DRIVERS)
            if (
                abs(found - case[name]) > SINGLE
                or abs(front["x"] - ego["x"] - case["lane_distance"]) > SINGLE
            ):
                wrong.append((i, name, found, case[name]))
    report(wrong, len(cases["idm"]))


def somebody(pair):
    return tuple(-1 if who is None else who for who in pair)


def candidates(cases):
    """(name, vehicles, road, vehicle, candidate lane and what the peer found) of every decision."""
    for i, scene in enumerate(cases["mobil"]):
        vehicles, road = highway_vehicles(scene["vehicles"]), HighwayRoad(scene["lanes"])
        for decision in scene["decisions"]:
            for candidate in decision["candidates"]:
                yield (i, decision["vehicle"], candidate["lane"]), vehicles, road, decision, candidate


def test_neighbours_in_lanes_agree_with_highwayenv(cases):
    wrong, walked = [], 0
    for name, vehicles, road, decision, candidate in candidates(cases):
        it, walked = decision["vehicle"], walked + 1
        here = highway_neighbours(vehicles, it, int(vehicles[it].lane), road)
        there = highway_neighbours(vehicles, it, candidate["lane"], road)
        expected = (
            somebody(decision["old_preceding_following"]),
            somebody(candidate["new_preceding_following"]),
        )
        if (here, there) != expected:
            wrong.append((name, here, there, expected))
    report(wrong, walked)


def test_predicted_accelerations_of_a_lane_change_agree_with_highwayenv(cases):
    wrong, walked = [], 0
    for name, vehicles, road, decision, candidate in candidates(cases):
        walked += 1
        found = highway_prediction(vehicles, decision["vehicle"], candidate["lane"], road, DRIVERS)
        expected = [candidate[n] for n in ("self_a", "self_pred_a", "new_following_pred_a")]
        if np.abs(np.subtract(found, expected)).max() > SINGLE:
            wrong.append((name, found, expected))
    report(wrong, walked)


def test_lane_change_decisions_agree_with_highwayenv(cases):
    wrong, taken, walked = [], 0, 0
    for name, vehicles, road, decision, candidate in candidates(cases):
        found = highway_mobil(vehicles, decision["vehicle"], candidate["lane"], road, DRIVERS)
        walked, taken = walked + 1, taken + found
        if found != bool(candidate["mobil"]):
            wrong.append((name, found))
    assert 0 < taken < walked
    report(wrong, walked)


def test_roll_outs_of_traffic_agree_with_highwayenv(cases):
    wrong = []
    for i, case in enumerate(cases["rollouts"]):
        changes = int(case["enable_lane_change"])
        vehicles = highway_vehicles([{**v, "changes_lanes": changes} for v in case["vehicles"]])
        traffic, worst = HighwayTraffic(vehicles, HighwayRoad(case["lanes"])), 0.0
        assert case["steps"] == case["record_every"] * len(case["states"])
        for expected in case["states"]:
            traffic.advance(case["record_every"], case["dt"])
            found = np.column_stack([traffic.vehicles[n] for n in STATE])
            worst = max(worst, np.abs(found - np.array(expected, dtype=float)).max())
        if worst > ROLLOUT:
            wrong.append((i, worst))
    report(wrong, len(cases["rollouts"]))
