"""Leaders are seen by their oriented bodies; no one is hit from 13 m/s with 40 m notice."""

import math

import numpy as np
import pytest
import shapely
from sim_worlds import line, world

from simeval.scenario import Action, Controller, Do, Flag, Trigger
from simeval.sim import SimSettings, simulate
from simeval.traffic.leads import entry_into_strip

FREE = SimSettings(end_on=())
PARKED, SCRIPTED = int(Controller.PARKED), int(Controller.SCRIPTED)
FAR = {"x": -900.0, "y": 300.0}  # an ego that is not in the way


def gap_and_contact(scenario, agent=1):
    trace = simulate([scenario], "constant-velocity", FREE)[0]
    touched = bool((trace.flags[:, agent] & Flag.CONTACT).any())
    return trace, touched


def bend(radius, angle, straight):
    phi = np.linspace(0, angle, 40)
    arc = np.stack([straight + radius * np.sin(phi), radius * (1 - np.cos(phi))], axis=1)
    return np.concatenate([[[0.0, 0.0]], arc])


def test_entry_into_a_strip_agrees_with_shapely():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(3000):
        u, v, h = rng.uniform(-10, 30), rng.uniform(-6, 6), rng.uniform(-4, 4)
        a, b, half, length = (
            rng.uniform(0.3, 8),
            rng.uniform(0.3, 1.5),
            rng.uniform(0.5, 1.5),
            rng.uniform(1, 25),
        )
        c, s = math.cos(h), math.sin(h)
        box = shapely.Polygon(
            [(u + p * c - q * s, v + p * s + q * c) for p, q in ((a, b), (-a, b), (-a, -b), (a, -b))]
        )
        both = box.intersection(shapely.box(0, -half, length, half))
        found = entry_into_strip(u, v, c, s, a, b, half, length)
        if both.is_empty:
            assert found == math.inf
        else:
            hits += 1
            assert found == pytest.approx(both.bounds[0], abs=1e-9)
    assert hits > 500


@pytest.mark.parametrize("speed", [5.0, 9.0, 13.0])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"heading": math.pi / 2, "length": 16.0, "width": 2.5}, id="a lorry across the path"),
        pytest.param({"y": 1.7, "width": 2.6}, id="a wide vehicle half in the lane"),
        pytest.param({"heading": 0.6, "y": -1.2}, id="one that stands askew"),
        pytest.param({"y": 6.5, "heading": math.pi / 2, "length": 16.0, "width": 2.5}, id="a lorry's tail"),
    ],
)
def test_a_standing_vehicle_in_the_way_is_not_hit(other, speed):
    clearance = 2.3 + 0.5 * (other.get("width", 1.9) + other.get("length", 4.6))
    scenario = world(
        [FAR, {"speed": speed}, {"x": 40.0 + clearance, "controller": PARKED, **other}], num_steps=301
    )
    trace, touched = gap_and_contact(scenario)
    assert not touched
    assert trace.states.velocity[-1, 1, 0] == pytest.approx(0.0, abs=0.05)
    assert trace.states.xy[-1, 1, 0] > 15.0


def test_a_leader_around_a_bend_of_30_m_is_seen():
    path = bend(30.0, math.pi, 30.0)
    stop = path[25]
    heading = float(np.arctan2(*(path[26] - path[25])[::-1]))
    scenario = world(
        [
            FAR,
            {"speed": 9.0, "path": path},
            {"x": stop[0], "y": stop[1], "heading": heading, "controller": PARKED},
        ],
        num_steps=301,
    )
    trace, touched = gap_and_contact(scenario)
    assert not touched
    assert trace.states.speed[-1, 1] < 0.05


def test_a_cut_in_at_five_metres_is_not_hit():
    cut_in = Do(agent=2, trigger=Trigger.TIME_S, when=0.5, action=Action.LANE_CHANGE, values=(-3.5, 3.0))
    scenario = world(
        [FAR, {"speed": 13.0}, {"x": 9.6, "y": 3.5, "speed": 12.0, "controller": SCRIPTED}],
        num_steps=201,
        script=[cut_in],
    )
    _, touched = gap_and_contact(scenario)
    assert not touched


def test_of_two_leaders_the_nearer_one_counts():
    scenario = world(
        [
            FAR,
            {"speed": 13.0},
            {"x": 120.0, "controller": PARKED},
            {"x": 60.0, "controller": PARKED, "y": 1.0},
        ],
        num_steps=301,
    )
    trace, touched = gap_and_contact(scenario)
    assert not touched
    assert trace.states.xy[-1, 1, 0] < 60.0 - 4.6


def test_a_parked_vehicle_beside_the_corridor_is_passed():
    scenario = world([FAR, {"speed": 10.0}, {"x": 40.0, "y": 2.0, "controller": PARKED}], num_steps=201)
    trace, touched = gap_and_contact(scenario)
    assert not touched
    assert trace.states.xy[-1, 1, 0] > 150.0


def test_of_two_side_by_side_one_goes_first():
    scenario = world(
        [FAR, {"x": 0.0, "speed": 8.0}, {"x": 1.0, "y": 1.5, "speed": 8.0, "path": line(1.0, 2000.0, 1.5)}],
        num_steps=301,
    )
    trace = simulate([scenario], "constant-velocity", FREE)[0]
    assert trace.states.speed[-1, 2] > 10.0
    assert trace.states.speed[-1, 1] > 10.0


@pytest.mark.parametrize("notice", [40.0, 60.0])
def test_the_idm_ego_stops_behind_a_standing_vehicle(notice):
    scenario = world([{"speed": 13.0}, {"x": notice + 4.6, "controller": PARKED}], num_steps=301)
    trace = simulate([scenario], "idm")[0]
    assert trace.ending.name == "HORIZON"
    gap = notice - trace.states.xy[-1, 0, 0]
    assert 1.0 < gap < 4.0
