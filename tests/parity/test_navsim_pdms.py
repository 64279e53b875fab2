"""Every scenario of navsim_pdms: what plans lead to, NAVSIM's scores and totals, comfort between plans.

NAVSIM scores all proposals of a scenario as one batch; the first plays the reference planner.
"""

import numpy as np
import pytest
from nuplan_inputs import LENGTH, REAR_TO_CENTRE, WIDTH, ego_of, map_of, number, report, tracks_of

from simeval.geometry import corners
from simeval.geometry.polygons import Polygons
from simeval.metrics.navsim.areas import ego_areas
from simeval.metrics.navsim.collisions import collision_score
from simeval.metrics.navsim.comfort import extended_differences, is_consistent
from simeval.metrics.navsim.conflicts import first_conflict
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.navsim.score import epdms, score_plans
from simeval.metrics.navsim.simulation import Column, ego_of_states, simulate
from simeval.metrics.nuplan.comfort import broken_bounds, comfort_signals

WHEELBASE = 3.089
CLOSE = 1e-6
SCORES = {
    "no_at_fault_collisions": "no_at_fault_collisions",
    "drivable_area_compliance": "drivable_area",
    "driving_direction_compliance": "driving_direction",
    "traffic_light_compliance": "traffic_light",
    "time_to_collision_within_bound": "time_to_collision",
    "lane_keeping": "lane_keeping",
    "history_comfort": "history_comfort",
    "multiplicative_metrics_prod": "factor",
}
COMFORT_ORDER = ("lon_acceleration", "lat_acceleration", "jerk", "lon_jerk", "yaw_acceleration", "yaw_rate")


def scene_of(raw, road_map, blocks):
    """A scenario of the file; the roads are the lanes' road blocks and intersections."""
    red = [t for t in raw["tracks"] if t["token"].startswith("red_light")]
    others = [t for t in raw["tracks"] if not t["token"].startswith("red_light")]
    states = [np.array(t["states"], dtype=float)[0] for t in red]
    areas = [corners(s[:2], s[2], t["length"], t["width"]) for s, t in zip(states, red, strict=True)]
    is_red = np.zeros((51, len(red)), dtype=bool)
    for k, track in enumerate(red):
        is_red[slice(*track["frames"]), k] = True
    return NavsimScene(
        tracks=tracks_of(others, 51), red_areas=areas, is_red=is_red, road_map=road_map, road=blocks,
        on_route=np.array([name in raw["route_lane_ids"] for name in road_map.ids]),
        centre_line=np.array(raw["centerline"], dtype=float)[:, :2],
        history=None if raw["past"] is None else ego_of(raw["past"]),
    )  # fmt: skip


def road_of(raw):
    """Road blocks without those of connectors, and intersections: the layers that the scorer was given."""
    areas = [b for b in raw["roadblocks"] if not b["id"].startswith("RBC_") or not raw["lane_connectors"]]
    return Polygons.of([np.array(a["polygon"]) for a in [*areas, *raw["intersections"]]])


@pytest.fixture(scope="module")
def maps(request):
    """The maps are those of another file."""
    import gzip
    import json
    import os
    from pathlib import Path

    path = Path(os.environ.get("SIMEVAL_PARITY_DATA", ""), "nuplan_metrics_scenarios.json.gz")
    if not path.is_file():
        pytest.skip("nuplan_metrics_scenarios.json.gz is not in SIMEVAL_PARITY_DATA")
    raw = json.loads(gzip.decompress(path.read_bytes()))["maps"]
    return {name: (map_of(one), road_of(one)) for name, one in raw.items()}


def driven(states):
    return ego_of_states(
        np.array(states, dtype=float), length=LENGTH, width=WIDTH, rear_to_centre=REAR_TO_CENTRE
    )


@pytest.fixture(scope="module")
def scored(cases, maps):
    """(scenario, proposal, what NAVSIM gave, our ego, scene, scores); egos are those of our simulation."""
    found = []
    for i, raw in enumerate(cases["scenarios"]):
        scene = scene_of(raw, *maps[raw["map"]])
        egos = [driven(simulate(np.array(p, dtype=float), now_of(raw), WHEELBASE)) for p in raw["proposals"]]
        for k, (ego, scores) in enumerate(zip(egos, score_plans(egos, scene), strict=True)):
            found.append(((i, k, raw["label"]), raw["expected"][k], ego, scene, scores))
    return found


def now_of(raw):
    _, x, y, heading, vx, vy, ax, ay, yaw_rate, turning = raw["initial"]
    return np.array([x, y, heading, vx, vy, ax, ay, 0.0, 0.0, yaw_rate, turning], dtype=float)


def test_plans_lead_to_the_same_states(cases):
    wrong = []
    for i, raw in enumerate(cases["scenarios"]):
        for k, plan in enumerate(raw["proposals"]):
            ours = simulate(np.array(plan, dtype=float), now_of(raw), WHEELBASE)
            gap = np.abs(ours - np.array(raw["simulated_states"][k], dtype=float))
            gap[:, Column.HEADING] = np.minimum(gap[:, Column.HEADING], 2 * np.pi - gap[:, Column.HEADING])
            if not gap.max() <= CLOSE:
                wrong.append((i, k, gap.max()))
    report(wrong)


def test_where_the_ego_is_agrees(scored):
    wrong = []
    for which, expected, ego, scene, _ in scored:
        areas = ego_areas(ego, scene)
        pairs = {
            "multiple_lanes": areas.several_lanes, "non_drivable": areas.off_road, "oncoming": areas.off_route
        }  # fmt: skip
        for name, ours in pairs.items():
            if (
                name not in expected["tie_sensitive"]
                and "".join(map(str, ours.astype(int))) != expected[name]
            ):
                wrong.append((*which, name))
    report(wrong)


def test_sub_scores_agree(scored):
    wrong = []
    for which, expected, _, _, scores in scored:
        for theirs, ours in SCORES.items():
            if theirs not in expected["tie_sensitive"] and getattr(scores, ours) != expected[theirs]:
                wrong.append((*which, theirs, getattr(scores, ours), expected[theirs]))
    report(wrong)


def test_moments_of_collisions_and_conflicts_agree(scored):
    wrong = []
    for which, expected, ego, scene, _ in scored:
        areas = ego_areas(ego, scene)
        pairs = {
            "collision_time_idx": collision_score(ego, scene, areas)[1],
            "ttc_time_idx": first_conflict(ego, scene, areas)[0],
        }
        wrong += [
            (*which, name, ours, expected[name])
            for name, ours in pairs.items()
            if name not in expected["tie_sensitive"]
            and number("inf" if ours is None else ours) != number(expected[name])
        ]
    report(wrong)


def test_progress_and_totals_agree(scored):
    """The file's total leaves extended comfort out."""
    wrong = []
    for which, expected, _, _, scores in scored:
        ours = {
            "ego_progress": scores.progress, "progress_raw": scores.progress_m, "pdm_score": epdms(scores)
        }  # fmt: skip
        wrong += [
            (*which, name, value, expected[name])
            for name, value in ours.items()
            if name not in expected["tie_sensitive"] and not abs(value - expected[name]) <= CLOSE
        ]
    report(wrong)


def test_comfort_between_two_plans_agrees(cases):
    wrong = []
    for i, raw in enumerate(cases["two_frame_extended_comfort"]):
        one, two = driven(raw["states_1"]), driven(raw["states_2"])
        ours = extended_differences(one, two)
        theirs = {k.replace("yaw_accel", "yaw_acceleration"): v for k, v in raw["rms"].items()}
        wrong += [(i, k, ours[k], theirs[k]) for k in theirs if not abs(ours[k] - theirs[k]) <= CLOSE]
        if is_consistent(ours) != bool(raw["ok"]):
            wrong.append((i, "ok"))
        broken = broken_bounds(comfort_signals(one))
        if [int(name not in broken) for name in COMFORT_ORDER] != list(raw["comfort_1"]):
            wrong.append((i, "comfort", broken, raw["comfort_1"]))
    report(wrong)
