"""Every scenario of nuplan_metrics_scenarios: nuPlan's metrics on synthetic maps, and its score.

Outputs that nuPlan's file calls sensitive to a tie (they change when positions move by micrometres) are left
out.
"""

import math

import numpy as np
import pytest
from nuplan_comfort_cases import differences
from nuplan_inputs import drive_of, map_of, report

from simeval.judge import load_profile
from simeval.judge.facts import Facts
from simeval.judge.scores import subscores_of, total_of
from simeval.metrics import METRICS, Measured, Measurement
from simeval.metrics.nuplan import readings
from simeval.metrics.nuplan.aggregate import closed_loop_score
from simeval.metrics.nuplan.collisions import collision_score
from simeval.metrics.nuplan.comfort import broken_bounds, comfort_signals
from simeval.metrics.nuplan.overspeed import mean_overspeed
from simeval.metrics.nuplan.tracks import NuplanKind

CLOSE = 1e-5


@pytest.fixture(scope="module")
def drives(cases):
    """(index, what nuPlan gave, what it calls sensitive, our drive) of each scenario."""
    maps = {name: map_of(raw) for name, raw in cases["maps"].items()}
    sensitive = [s for s in cases["scenarios"] if s["expected"]["tie_sensitive"]]
    assert len(sensitive) < 0.1 * len(cases["scenarios"])  # what is left out below is the exception
    return [
        (i, s["expected"], set(s["expected"]["tie_sensitive"]), drive_of(s, maps[s["map"]]))
        for i, s in enumerate(cases["scenarios"])
    ]


def far(ours, theirs):
    one, two = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    return not np.allclose(one, two, rtol=0.0, atol=CLOSE)


def test_lanes_of_the_ego_agree_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        if "ego_driven_route" not in ties:
            ours = [sorted(drive.road_map.ids[k] for k in objects) for objects in drive.path]
            theirs = [sorted(ids) for ids in expected["ego_driven_route"]]
            wrong += [(i, t) for t in range(len(ours)) if ours[t] != theirs[t]]
    report(wrong)


def test_standing_in_one_lane_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = np.array(expected["in_common_or_connected_route_objs"], dtype=bool)
        if "in_common_or_connected_route_objs" not in ties:
            wrong += [(i, t) for t in np.flatnonzero(drive.one_lane != theirs).tolist()]
    report(wrong)


def test_collisions_agree_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = expected["no_ego_at_fault_collisions"]
        if "collisions" in ties:
            continue
        found = {
            (drive.tracks.names[c.track], round(drive.ego.time[c.step] * 1e6)): c for c in drive.collisions
        }
        wanted = {(c["token"], c["time_us"]): c for c in theirs["collisions"]}
        if found.keys() != wanted.keys():
            wrong.append((i, sorted(found), sorted(wanted)))
            continue
        for key, c in wanted.items():
            if f"{found[key].type.name}_COLLISION" != c["type"]:
                wrong.append((i, key, found[key].type.name, c["type"]))
            if abs(found[key].delta_v - c["ego_delta_v"]) > CLOSE:
                wrong.append((i, key, found[key].delta_v, c["ego_delta_v"]))
    report(wrong)


def test_faults_agree_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = expected["no_ego_at_fault_collisions"]
        if "no_ego_at_fault_collisions" in ties:
            continue
        kinds = [c.kind for c in drive.at_fault]
        ours = {
            "score": collision_score(drive.at_fault),
            "number_of_all_at_fault_collisions": len(kinds),
            "number_of_at_fault_collisions_with_VRUs": kinds.count(NuplanKind.VULNERABLE),
            "number_of_at_fault_collisions_with_vehicles": kinds.count(NuplanKind.VEHICLE),
            "number_of_at_fault_collisions_with_objects": kinds.count(NuplanKind.OBJECT),
        }
        wrong += [(i, k, v, theirs[k]) for k, v in ours.items() if v != theirs[k]]
        times = sorted({round(drive.ego.time[c.step] * 1e6) for c in drive.at_fault})
        if times != sorted(set(theirs["timestamps_at_fault"])):
            wrong.append((i, times, theirs["timestamps_at_fault"]))
    report(wrong)


def test_time_to_collision_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs, ours = expected["time_to_collision_within_bound"], drive.times_to_collision()
        if "ttc_series" not in ties and far(ours, theirs["series"]):
            wrong.append((i, "series", ours.min(), theirs["min_time_to_collision"]))
        if "time_to_collision_within_bound" not in ties and (ours.min() > 0.95) != bool(theirs["score"]):
            wrong.append((i, "score"))
    report(wrong)


def test_drivable_area_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = expected["drivable_area_compliance"]
        on_road = np.array(theirs["corners_in_drivable_area"], dtype=bool)
        if "corners_in_drivable_area" not in ties and (drive.corners_on_road.all(axis=1) != on_road).any():
            wrong.append((i, "corners"))
        kept = float(drive.distance_off_road.max() < 0.3)
        if "drivable_area_compliance" not in ties and kept != theirs["score"]:
            wrong.append((i, "score", drive.distance_off_road.max(), theirs["score"]))
    report(wrong)


def test_driving_direction_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs, ours = expected["driving_direction_compliance"], drive.way_in_one_second
        if "driving_direction_compliance_series" not in ties and far(ours, theirs["series"]):
            wrong.append((i, "series"))
        if far(-abs(ours.min()), theirs["min_progress_along_driving_direction_in_1_second_interval"]):
            wrong.append((i, ours.min()))
        score = 1.0 if abs(ours.min()) < 2.0 else 0.5 if abs(ours.min()) < 6.0 else 0.0
        if "driving_direction_compliance" not in ties and score != theirs["score"]:
            wrong.append((i, "score", ours.min(), theirs["score"]))
    report(wrong)


def test_speed_limit_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = expected["speed_limit_compliance"]
        if far(drive.overspeed, theirs["series"]):
            wrong.append((i, "series"))
        score = max(0.0, 1.0 - mean_overspeed(drive.ego, drive.overspeed) / 2.23)
        if "speed_limit_compliance" not in ties and far(score, theirs["score"]):
            wrong.append((i, "score", score, theirs["score"]))
    report(wrong)


def test_progress_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        theirs = expected["ego_progress_along_expert_route"]
        ours = drive.progress(drive.ego.xy)
        if "ego_progress_along_expert_route" in ties:
            continue
        pairs = {
            "ego_total_progress_along_route": ours.sum(),
            "expert_total_progress_along_route": drive.progress(drive.expert_xy).sum(),
            "ego_expert_progress_along_route_ratio": drive.progress_ratio,
            "score": drive.progress_ratio,
        }
        wrong += [(i, k, v, theirs.get(k)) for k, v in pairs.items() if k in theirs and far(v, theirs[k])]
        # An expert without a route has no series.
        if far(ours, theirs["series"]) if drive.legs else theirs["series"] is not None:
            wrong.append((i, "series"))
        making = expected["scores"]["ego_is_making_progress"]
        if float(drive.progress_ratio >= 0.2) != making:
            wrong.append((i, "making progress", drive.progress_ratio, making))
    report(wrong)


def test_comfort_in_scenarios_agrees_with_nuplan(drives):
    report(
        [
            (i, *what)
            for i, expected, _, drive in drives
            for what in differences(drive.ego, expected["comfort"])
        ]
    )


def scores_of(drive):
    """nuPlan's eight scores, with its thresholds."""
    wrong_way = abs(drive.way_in_one_second.min())
    return {
        "no_ego_at_fault_collisions": collision_score(drive.at_fault),
        "drivable_area_compliance": float(drive.distance_off_road.max() < 0.3),
        "driving_direction_compliance": 1.0 if wrong_way < 2.0 else 0.5 if wrong_way < 6.0 else 0.0,
        "ego_is_making_progress": float(drive.progress_ratio >= 0.2),
        "ego_progress_along_expert_route": drive.progress_ratio,
        "time_to_collision_within_bound": float(drive.times_to_collision().min() > 0.95),
        "speed_limit_compliance": max(0.0, 1.0 - mean_overspeed(drive.ego, drive.overspeed) / 2.23),
        "ego_is_comfortable": float(not broken_bounds(comfort_signals(drive.ego))),
    }


def test_the_closed_loop_score_agrees_with_nuplan(drives):
    wrong = []
    for i, expected, ties, drive in drives:
        if ties & {"closed_loop_score", *expected["scores"]}:
            continue
        ours = scores_of(drive)
        wrong += [(i, k, ours[k], v) for k, v in expected["scores"].items() if far(ours[k], v)]
        if not math.isclose(closed_loop_score(ours), expected["closed_loop_score"], abs_tol=CLOSE):
            wrong.append((i, closed_loop_score(ours), expected["closed_loop_score"]))
    report(wrong)


READINGS = {
    "nuplan_collision_score": readings.collision_reading,
    "nuplan_max_off_road_m": readings.off_road,
    "nuplan_wrong_way_m": readings.wrong_way,
    "nuplan_progress_ratio": readings.progress,
    "nuplan_min_ttc_s": readings.min_ttc,
    "nuplan_mean_overspeed_mps": readings.overspeed,
    "nuplan_comfort_bounds_broken": readings.broken_comfort_bounds,
}


def measured(drive):
    """What our metrics read from a drive."""
    rows = [
        Measurement(
            metric=name, version=1, value=found.value, valid=found.value is not None, reason=found.note,
            unit=METRICS[name].unit,
        )
        for name, found in ((name, read(drive)) for name, read in READINGS.items())
    ]  # fmt: skip
    return Measured(measurements=rows, events=[], series={})


def test_the_profile_nuplan_cls_gives_nuplans_scores(drives):
    profile, wrong = load_profile("builtin:nuplan-cls"), []
    assert profile.measures == set(READINGS)
    for i, expected, ties, drive in drives:
        if ties & {"closed_loop_score", *expected["scores"]}:
            continue
        facts = Facts(measured=measured(drive), tags=frozenset(), dt=drive.ego.dt)
        total = total_of(subscores_of(profile, facts))
        if far(total, expected["closed_loop_score"]):
            wrong.append((i, total, expected["closed_loop_score"]))
    report(wrong)
