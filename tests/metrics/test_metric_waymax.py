"""Waymax's metrics of 50 scenes against plain loops: shapely's overlaps, all points of all lines."""

import math

import numpy as np
import pytest
import shapely

from simeval.geometry import corners
from simeval.metrics import METRICS, Episode, measure_episode
from simeval.metrics.waymax.inputs import road_edges
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, world

SCENES = range(50)


def scene(seed):
    """A car that swerves on a three-lane road, three others, and a log that drives straight on."""
    rng = np.random.default_rng(seed)
    ego = Track(y=3.5, speed=float(rng.uniform(6, 14)), plan=((2.0, 0.0, float(rng.uniform(-0.4, 0.4))),))
    others = [
        Track(x=float(rng.uniform(10, 40)), y=float(rng.uniform(-2, 9)), speed=float(rng.uniform(0, 6)))
        for _ in range(3)
    ]
    made = world([ego, *others], road_map=straight_map(3), seconds=5.0)
    log = world([Track(y=3.5, speed=10.0), *others], road_map=straight_map(3), seconds=5.0)
    return made, log


def measured(seed):
    made, log = scene(seed)
    object.__setattr__(made.scenario, "states", log.trace.states)
    return made, measure_episode(made.scenario, made.trace, wanted=METRICS)


def boxes(made, t):
    states, agents = made.trace.states, made.trace.agents
    return shapely.polygons(corners(states.xy[t], states.heading[t], agents.length, agents.width))


def test_overlaps_agree_with_shapely():
    hits = 0
    for seed in SCENES:
        made, found = measured(seed)
        areas = [
            shapely.area(shapely.intersection(b[0], b[1:])).max()
            for b in (boxes(made, t) for t in range(made.trace.num_steps))
        ]
        hits += max(areas) > 0
        assert found.value("waymax_overlap") == float(max(areas) > 1e-9)
    assert 5 <= hits <= 45


def test_distances_from_the_log_agree_with_plain_means():
    for seed in SCENES:
        made, found = measured(seed)
        away = [
            math.dist(made.trace.states.xy[t, 0], made.scenario.states.xy[t, 0])
            for t in range(made.trace.num_steps)
        ]
        assert found.value("waymax_log_divergence_m") == pytest.approx(sum(away) / len(away), abs=1e-9)


def sampled(line):
    whole = shapely.LineString(line)
    return [
        whole.interpolate(s).coords[0] for s in np.append(np.arange(0.0, whole.length, 1.0), whole.length)
    ]


def test_route_metrics_agree_with_all_points_of_all_lines():
    off, wrong = 0, 0
    for seed in SCENES:
        made, found = measured(seed)
        route = np.array(sampled(made.scenario.route.xy))
        lanes = np.concatenate([sampled(line) for line in made.scenario.map.lanes.centre])
        xy = made.trace.states.xy[:, 0]
        on, other = (np.sqrt(((xy[:, None] - p[None]) ** 2).sum(2)).min(1) for p in (route, lanes))
        away = np.where((on > 5.0) | (on - other > 2.0), on, 0.0).max()
        least = np.minimum(on, other)
        lost = np.where(least < 3.5, 0.0, least).max()
        off, wrong = off + (away > 0), wrong + (lost > 0)
        assert found.value("waymax_off_route_m") == pytest.approx(away, abs=1e-6)
        assert found.value("waymax_wrong_way_m") == pytest.approx(lost, abs=1e-6)
        s = np.arange(len(route), dtype=float)
        log = made.scenario.states.xy[[0, -1], 0]
        at = [s[((route - p) ** 2).sum(1).argmin()] for p in (xy[-1], *log)]
        share = (at[0] - at[1]) / (at[2] - at[1])
        assert found.value("waymax_progression") == pytest.approx(share, abs=1e-9)
    assert off >= 10
    assert wrong >= 5


def test_off_road_agrees_with_all_edge_points():
    outside = 0
    for seed in SCENES:
        made, found = measured(seed)
        edges = road_edges(Episode(scenario=made.scenario, trace=made.trace))
        states, agents = made.trace.states, made.trace.agents
        points = corners(states.xy[:, 0], states.heading[:, 0], agents.length[0], agents.width[0])
        worst = -math.inf
        for p in points.reshape(-1, 2):
            near = int(((edges.xyz[:, :2] - p) ** 2).sum(1).argmin())
            sides = []
            for k in {near, max(near - 1, 0)}:
                if edges.edge[k] == edges.edge[near]:
                    away, along = p - edges.xyz[near, :2], edges.direction[k]
                    sides.append(away[0] * along[1] - away[1] * along[0])
            worst = max(worst, min(sides))
        outside += worst > 0
        assert found.value("waymax_offroad") == float(worst > 0)
    assert 5 <= outside <= 45


def test_a_jump_is_infeasible_and_hard_braking_is_not():
    for deceleration, expected in ((9.0, 0.0), (10.3, 0.0), (10.5, 1.0)):
        made = world([Track(speed=20.0, plan=((1.0, -deceleration, 0.0),))], seconds=1.0)
        found = measure_episode(made.scenario, made.trace, wanted=METRICS)
        assert found.value("waymax_kinematic_infeasibility") == expected


def test_a_tight_turn_is_infeasible_above_a_curvature_of_three_tenths():
    for curvature, expected in ((0.28, 0.0), (0.31, 1.0)):
        made = world([Track(speed=5.0, plan=((2.0, 0.0, 5.0 * curvature),))], seconds=1.9)
        found = measure_episode(made.scenario, made.trace, wanted=METRICS)
        assert found.value("waymax_kinematic_infeasibility") == expected


def test_without_log_and_route_the_route_metrics_say_so():
    made, log = scene(0)
    log.trace.states.valid[1:, 0] = False
    object.__setattr__(made.scenario, "states", log.trace.states)
    object.__setattr__(made.scenario, "route", None)
    found = measure_episode(made.scenario, made.trace, wanted=METRICS)
    said = {m.metric: m.reason for m in found.measurements if m.metric.startswith("waymax") and not m.valid}
    assert said["waymax_log_divergence_m"] == "the scenario has no log of the ego to compare with"
    assert said["waymax_progression"] == "the scenario has no log of the ego to compare with"
    assert said["waymax_off_route_m"] == "the scenario has no route"
