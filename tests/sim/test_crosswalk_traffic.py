"""Traffic on lanes lets people cross at crosswalks, and does not wait for those who stay where they are."""

import numpy as np
import pytest
from sim_worlds import line, world

from simeval.authoring import make_map
from simeval.scenario import AgentKind, Controller, Flag
from simeval.sim import simulate
from simeval.sim.settings import SimSettings

ROAD = make_map("straight", num_lanes=1, num_oncoming=1, length_m=400.0, crosswalks_s_m=[200.0])
PERSON = {"kind": int(AgentKind.PEDESTRIAN), "length": 0.5, "width": 0.6}


def drive(*people, speed=12.0):
    """A car that comes to the crosswalk 80 m ahead, and people; an ego that stands far off."""
    ego = {"x": 5.0, "speed": 0.0, "path": line(0.0, 400.0, 3.5)}
    car = {"x": 118.0, "speed": speed, "path": line(0.0, 400.0), "desired": 13.0}
    scenario = world([ego, car, *people], road=ROAD, num_steps=301, route=np.zeros((0, 2)), name="crosswalk")
    (trace,) = simulate([scenario], "constant-velocity", SimSettings(end_on=()))
    return trace


def walker(start, *, speed=1.3, x=200.0, towards=1.0):
    """Somebody who walks across from `start` to the left of the car's lane."""
    y = start + towards * speed * 0.1 * np.arange(301)
    log = np.stack([np.full(301, x), y, np.full(301, towards * np.pi / 2), np.full(301, speed)], axis=1)
    return PERSON | {"log": log, "controller": int(Controller.REPLAY)}


def front(trace):
    return trace.states.xy[:, 1, 0] + 2.3


def least_speed(trace):
    there = trace.states.valid[:, 1]
    return np.hypot(*trace.states.velocity[there, 1].T).min()


@pytest.mark.parametrize("start", [-8.0, -9.5, -11.0])
def test_a_car_stops_before_the_crosswalk_for_who_crosses_and_goes_on(start):
    trace = drive(walker(start))
    assert least_speed(trace) < 6.0
    waits = np.hypot(*trace.states.velocity[:, 1].T) < 0.5
    assert (front(trace)[waits] <= 198.0).all()
    assert front(trace)[trace.states.valid[:, 1]].max() > 300.0
    assert not (trace.flags[:, 1:] & Flag.CONTACT).any()


def test_nobody_waits_for_somebody_who_stands_beside_the_road():
    assert least_speed(drive(walker(-6.0, speed=0.0))) > 11.0


def test_nobody_waits_for_somebody_who_walks_away_or_elsewhere():
    assert least_speed(drive(walker(-6.0, towards=-1.0))) > 11.0
    assert least_speed(drive(walker(-9.5, x=260.0, towards=-1.0))) > 11.0


def test_who_comes_long_after_the_car_does_not_stop_it():
    assert least_speed(drive(walker(-40.0))) > 11.0


def rider(x, y, heading, speed=4.0):
    """Somebody who rides straight on."""
    way = speed * 0.1 * np.arange(301)
    columns = [x + way * np.cos(heading), y + way * np.sin(heading)]
    log = np.stack([*columns, np.full(301, heading), np.full(301, speed)], axis=1)
    return {
        "kind": int(AgentKind.CYCLIST), "length": 1.8, "width": 0.6, "log": log,
        "controller": int(Controller.REPLAY),
    }  # fmt: skip


def test_a_car_stops_for_who_rides_across_on_the_crosswalk_not_for_who_rides_along_the_road():
    trace = drive(rider(200.0, -28.0, 0.5 * np.pi))
    assert least_speed(trace) < 6.0
    assert not (trace.flags[:, 1:] & Flag.CONTACT).any()
    assert least_speed(drive(rider(150.0, -1.9, 0.0))) > 11.0
