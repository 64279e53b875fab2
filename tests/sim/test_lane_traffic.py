"""Traffic on lane routes: nobody is hit who could be avoided, and nobody stands for ever."""

import os
from pathlib import Path

import numpy as np
import pytest
from lane_traffic_checks import HARD, contacts, longest_stands, required_braking
from sim_worlds import same_bits

from simeval.authoring import make_map, populate
from simeval.readers import read_path
from simeval.runs.traffic_events import traffic_events
from simeval.scenario import Flag, Scenario
from simeval.sim import simulate
from simeval.sim.settings import SimSettings
from simeval.traffic.lane_graph import LaneGraph

ROADS = {
    "intersection": {"arm_m": 300.0},
    "roundabout": {"arm_m": 300.0},
    "merge": {},
    "t_junction": {"arm_m": 300.0},
    "on_ramp": {},
    "lane_drop": {"before_m": 600.0},
}
FOREVER = 60.0  # [s] twice the time after which one goes before everybody who has no grant
OVERLOADED = 150.0  # [s] and where queues reach through one intersection into the next
QUEUES = 100.0  # [s] the same where more come than an intersection can take: about 20 a minute


def drive(scenarios, **options):
    return simulate(scenarios, "idm", SimSettings(end_on=()), **options)


def check(scenario, trace, least_agents, longest=FOREVER):
    """The promises: enough vehicles, hard contacts only, each flagged, and nobody who stands too long."""
    present = trace.states.valid.any(axis=0).sum()
    assert present >= least_agents
    touched = (trace.flags & Flag.CONTACT) > 0
    listed = {
        frozenset((row["agent"], row["other"]))
        for row in traffic_events("", scenario, trace)
        if row["event"] in ("contact", "ego_contact")
    }
    for t, a, b in contacts(trace):
        assert {trace.agents.ids[a], trace.agents.ids[b]} in listed
        assert touched[t, a]
        assert touched[t, b]
        ways = {k: scenario.paths[k] if k != scenario.ego else scenario.route.xy for k in (a, b)}
        assert max(required_braking(trace, ways[k], k, a + b - k, t) for k in (a, b)) > HARD
    assert longest_stands(trace).max() < longest
    return int(touched.any(axis=0).sum())


@pytest.mark.parametrize("template", ROADS)
def test_a_hundred_vehicles_share_a_road_for_a_minute(template):
    scenario = populate(make_map(template, **ROADS[template]), 100, arrivals_per_minute=10.0)
    (trace,) = drive([scenario])
    assert trace.duration == pytest.approx(60.0)
    assert check(scenario, trace, 100) == 0


def argoverse_maps():
    folder = os.environ.get("SIMEVAL_TEST_DATA")
    if not folder or not (Path(folder) / "argoverse2").is_dir():
        pytest.skip("SIMEVAL_TEST_DATA names no folder with argoverse2/")
    found = {}
    for path in sorted((Path(folder) / "argoverse2").iterdir()):
        for scenario in read_path(path) if path.is_dir() else ():
            if isinstance(scenario, Scenario) and len(scenario.map.lanes.successors.lane):
                found.setdefault(scenario.map.id, scenario.map)
    if len(found) < 2:
        pytest.skip("fewer than two Argoverse 2 maps")
    return list(found.values())


def lane_metres(road):
    graph = LaneGraph(road)
    return float(graph.length[graph.usable].sum())


def test_a_hundred_vehicles_drive_on_recorded_maps_in_a_minute():
    """On a small map fewer find room; on the two longest of the folder there are a hundred."""
    roads = sorted(argoverse_maps(), key=lane_metres)
    for k, road in enumerate(roads):
        scenario = populate(road, 18, arrivals_per_minute=20.0)
        (trace,) = drive([scenario])
        assert check(scenario, trace, 100 if k >= len(roads) - 2 else 20) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nobody_stands_for_ever_on_recorded_maps_in_four_minutes(seed):
    """More come than these maps take."""
    for road in argoverse_maps():
        scenario = populate(road, 18, seed, arrivals_per_minute=20.0, duration=240.0)
        (trace,) = drive([scenario])
        assert check(scenario, trace, 80, longest=OVERLOADED) == 0


def test_nobody_stands_for_a_minute_in_two_minutes_and_most_arrive():
    scenarios = [
        populate(make_map(t, **k), 40, seed=seed, arrivals_per_minute=4.0, duration=120.0)
        for t, k in ROADS.items()
        for seed in range(2)
    ]
    for trace in drive(scenarios):
        assert longest_stands(trace).max() < FOREVER
        start = trace.states.valid[0]
        assert trace.states.valid[-1, start].mean() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("template", ROADS)
def test_nobody_stands_for_ever_in_four_minutes(template, seed):
    road = make_map(template, **ROADS[template])
    scenario = populate(road, 60, seed, arrivals_per_minute=8.0, duration=240.0)
    (trace,) = drive([scenario])
    check(scenario, trace, 60, longest=QUEUES)


def test_traffic_is_the_same_in_any_batch_and_with_any_threads():
    scenarios = [
        populate(make_map(t, **k), 40, arrivals_per_minute=6.0, duration=20.0) for t, k in ROADS.items()
    ]
    alone = [drive([s])[0] for s in scenarios]
    together = drive(scenarios[::-1], threads=3)[::-1]
    assert all(same_bits(one, two) for one, two in zip(alone, together, strict=True))


def test_traffic_is_drawn_by_its_seed_and_number():
    road = make_map("intersection", arm_m=200.0)
    few, more, other = populate(road, 10), populate(road, 20), populate(road, 10, seed=1)
    assert few.content_hash == populate(road, 10).content_hash
    assert (few.states.xy[0] == more.states.xy[0, :10]).all()
    assert not np.allclose(few.states.xy[0], other.states.xy[0])
