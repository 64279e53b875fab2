"""Every case of nuplan_collision_ttc_functions: what nuPlan's own functions gave on the same input.

The folder is named by SIMEVAL_PARITY_DATA. All cases are walked, however many there are.
"""

from __future__ import annotations

import math

import numpy as np

from simeval.geometry import touches
from simeval.safety.collision_type import CollisionType, collision_types, delta_v, nuplan_relative_angle
from simeval.safety.signed_distance import nuplan_signed_distances
from simeval.safety.ttc import nuplan_ttc

LENGTH, WIDTH, CENTRE_FROM_REAR = 5.176, 2.297, 1.461  # the vehicle those cases were computed with
AGENTS = ("VEHICLE", "PEDESTRIAN", "BICYCLE")


def centre(ego):
    x, y, heading, _ = ego
    return x + CENTRE_FROM_REAR * math.cos(heading), y + CENTRE_FROM_REAR * math.sin(heading)


def report(wrong):
    assert not wrong, f"{len(wrong)} cases differ, the first: {wrong[:5]}"


def test_collision_types_agree_with_nuplan(cases):
    pairs = cases["pairs"]
    egos, others = [], []
    for case in pairs:
        (_, _, heading, speed), (kind, x, y, h, length, width, vx, vy) = case["ego"], case["object"]
        egos.append((*centre(case["ego"]), heading, LENGTH, WIDTH, -CENTRE_FROM_REAR, speed))
        others.append((x, y, h, length, width, math.hypot(vx, vy), float(kind in AGENTS)))
    found = collision_types(np.array(egos), np.array(others))
    names = [f"{CollisionType(int(k)).name}_COLLISION" for k in found]
    report([(i, n, c["type"]) for i, (n, c) in enumerate(zip(names, pairs, strict=True)) if n != c["type"]])


def test_boxes_in_collision_agree_with_nuplan(cases):
    rows = []
    for case in cases["pairs"]:
        _, x, y, h, length, width, _, _ = case["object"]
        rows.append((*centre(case["ego"]), case["ego"][2], LENGTH, WIDTH, x, y, h, length, width))
    found = touches(np.array(rows))
    report([i for i, c in enumerate(cases["pairs"]) if bool(found[i]) != bool(c["in_collision"])])


def same_angle(case, found):
    expected = float(case["relative_angle"])
    if math.isnan(expected) or math.isnan(found):
        agree = math.isnan(expected) and math.isnan(found)
    else:
        agree = abs(expected - found) <= 1e-9
    ahead, behind = found < math.radians(30.0), found > math.radians(150.0)
    return agree and ahead == bool(case["ahead"]) and behind == bool(case["behind"])


def test_relative_angles_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["pairs"]):
        ego = case["ego"]
        found = nuplan_relative_angle(ego[2], np.array(ego[:2]), np.array(case["object"][1:3]))
        if not same_angle(case, found):
            wrong.append((i, found, case["relative_angle"]))
    report(wrong)


def test_objects_exactly_ahead_can_be_neither_ahead_nor_behind_as_in_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["aligned_angle"]):
        found = nuplan_relative_angle(case["ego_heading"], np.zeros(2), np.array(case["agent_xy"]))
        if not same_angle(case, found):
            wrong.append((i, found, case["relative_angle"]))
    report(wrong)


def test_delta_v_agrees_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["pairs"]):
        kind, _, _, h, _, _, vx, vy = case["object"]
        other = math.hypot(vx, vy) if kind in AGENTS else 0.0
        found = delta_v(case["ego"][3], case["ego"][2], other, h)
        if abs(found - case["delta_v"]) > 1e-9:
            wrong.append((i, found, case["delta_v"]))
    report(wrong)


def test_nuplan_time_to_collision_agrees_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["ttc_at_timestamp"]):
        _, _, heading, speed = case["ego"]
        ego = np.array([*centre(case["ego"]), heading, LENGTH, WIDTH, speed])
        found = nuplan_ttc(ego, np.array(case["tracks"], dtype=np.float64).reshape(-1, 6))
        expected = case["ttc"]
        if (found is None) != (expected is None) or (found is not None and abs(found - expected) > 1e-6):
            wrong.append((i, found, expected))
    report(wrong)


def test_signed_distances_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["pairs"]):
        ego = np.array([*case["ego"][:3], LENGTH, WIDTH])
        lateral, along = nuplan_signed_distances(ego, np.array(case["object"][1:6], dtype=np.float64))
        if abs(lateral - case["signed_lateral_distance"]) > 1e-9:
            wrong.append((i, "lateral", lateral, case["signed_lateral_distance"]))
        if abs(along - case["signed_longitudinal_distance"]) > 1e-9:
            wrong.append((i, "longitudinal", along, case["signed_longitudinal_distance"]))
    report(wrong)
