"""Drivers who change lanes, in worlds: out behind a slow truck, never into anybody's way."""

import numpy as np
import pytest
from sim_worlds import line, same_bits, world

from simeval.authoring import make_map
from simeval.scenario import Controller, Driver
from simeval.sim import SimSettings, Worlds, simulate

MOBIL, SCRIPTED = int(Controller.MOBIL), int(Controller.SCRIPTED)
ROAD = make_map("straight", num_lanes=3, length_m=3000.0, speed_limit_mps=30.0)
LANES = [float(c[0, 1]) for c in ROAD.lanes.centre]  # the rightmost first
FREE = SimSettings(end_on=())
EGO = {"x": -900.0, "y": 500.0}


def on(lane, x, speed, desired=None, controller=MOBIL, **more):
    path = [[x, LANES[lane]], [2990.0, LANES[lane]]]
    return {"x": x, "y": LANES[lane], "speed": speed, "desired": desired or speed, "controller": controller,
            "path": path} | more  # fmt: skip


def run(cars, num_steps=401):
    return simulate([scene(cars, num_steps)], "constant-velocity", FREE)[0]


def scene(cars, num_steps=401):
    return world([EGO, *cars], num_steps=num_steps, road=ROAD, route=line(-900.0, 5000.0, 500.0))


def contacts(trace):
    return (trace.flags[:, 1:] & 1).any()


def test_a_fast_car_moves_out_behind_a_slow_truck_and_passes_it():
    truck = on(0, 120.0, 12.0, controller=SCRIPTED, kind=3, length=10.0, width=2.5)
    trace = run([truck, on(0, 40.0, 25.0)])
    x, y = trace.states.xy[:, 1:, 0], trace.states.xy[:, 2, 1]
    assert trace.driver[2] == Driver.MOBIL and not contacts(trace)
    assert y[-1] == pytest.approx(LANES[1], abs=1e-6) and x[-1, 1] > x[-1, 0] + 50.0
    assert trace.states.speed[:, 2].min() > 18.0
    lateral = np.abs(np.diff(y)) / trace.dt
    assert 1.0 < lateral.max() < 2.0  # 3.5 m along a quintic of 4 s


def test_it_stays_where_it_is_on_a_road_that_knows_no_lane_beside():
    bare = make_map("straight", num_lanes=1, length_m=3000.0, speed_limit_mps=30.0)
    y = float(bare.lanes.centre[0][0, 1])
    cars = [on(0, 120.0, 12.0, controller=SCRIPTED), on(0, 40.0, 25.0)]
    for one in cars:
        one["y"], one["path"] = y, [[one["x"], y], [2990.0, y]]
    both = []
    for controller in (MOBIL, int(Controller.IDM)):
        cars[1]["controller"] = controller
        scenario = world([EGO, *cars], num_steps=201, road=bare, route=line(-900.0, 5000.0, 500.0))
        both.append(simulate([scenario], "constant-velocity", FREE)[0])
    assert both[0].states.xy.tobytes() == both[1].states.xy.tobytes()


def test_nobody_is_cut_off_by_a_change():
    """A fast car comes up in the lane beside: it is let by, and never has to brake harder than is safe."""
    for behind in np.arange(0.0, 90.0, 6.0):
        truck = on(0, 200.0, 12.0, controller=SCRIPTED)
        quick = on(1, 140.0 - behind, 30.0, controller=int(Controller.IDM))
        quick["path"] = [[quick["x"], LANES[1]], [2990.0, LANES[1]]]
        wall = on(2, 140.0, 12.0, controller=SCRIPTED)  # the third lane is no way out
        trace = run([truck, on(0, 140.0, 25.0), quick, wall, on(2, 170.0, 12.0, controller=SCRIPTED)], 301)
        assert not contacts(trace)
        braking = -np.diff(trace.states.speed[:, 3]) / trace.dt
        assert braking.max() <= 4.0 + 0.3, behind


def test_two_who_want_the_same_place_do_not_both_take_it():
    """Slow trucks ahead in the outer lanes, a free lane between them, the two cars side by side."""
    trucks = [on(k, 90.0, 10.0, controller=SCRIPTED) for k in (0, 2)]
    for shift in (0.0, 0.5, 3.0):
        cars = [on(0, 40.0, 22.0, id="b"), on(2, 40.0 + shift, 22.0, id="a")]
        trace = run([*trucks, *cars], 301)
        assert not contacts(trace)
        assert (np.abs(trace.states.xy[-1, 3:, 1] - LANES[1]) < 1.0).any()


def crowd(seed, count=40):
    draw = np.random.default_rng(seed)
    cars = []
    for lane in range(3):
        x = 5.0
        for k in range(count // 3):
            x += draw.uniform(15.0, 40.0)
            long = draw.random() < 0.2
            size = {"length": 10.0, "width": 2.5, "kind": 3} if long else {}
            desired = draw.uniform(12.0, 16.0) if long else draw.uniform(15.0, 30.0)
            cars.append(on(lane, x, min(desired, 14.0), desired, id=f"{lane}-{k}", **size))
    return cars


def test_random_crowds_change_lanes_and_never_touch():
    scenarios = [scene(crowd(seed), 401) for seed in range(8)]
    changed = 0
    for trace in simulate(scenarios, "constant-velocity", FREE):
        assert not contacts(trace)
        y = trace.states.xy[:, 1:, 1]
        there = trace.states.valid[:, 1:].all(axis=0)
        changed += int((np.abs(y[-1] - y[0])[there] > 2.0).sum())
        later = np.diff(trace.states.speed[50:, 1:], axis=0)[:, there]  # the start itself may ask for more
        assert (later / trace.dt).min() > -5.0
    assert changed >= 40


def test_the_order_of_agents_and_the_batch_decide_nothing():
    cars = crowd(3)
    turned = cars[::-1]
    one, two = run(cars, 201), run(turned, 201)
    assert one.states.xy[:, 1:].tobytes() == np.ascontiguousarray(two.states.xy[:, :0:-1]).tobytes()
    batch = simulate([scene(crowd(1), 201), scene(cars, 201)], "constant-velocity", FREE, threads=2)
    assert same_bits(batch[1], one)


def test_an_episode_goes_on_from_a_snapshot_in_another_row():
    scenario = scene(crowd(5), 201)
    worlds = Worlds([scene(crowd(2), 201), scenario], "constant-velocity", FREE)
    worlds.advance(90)
    kept = worlds.snapshot(1)
    worlds.advance(110)
    other = Worlds([scenario], "constant-velocity", FREE)
    other.restore(0, kept)
    other.advance(110)
    assert same_bits(other.trace(0), worlds.trace(1))
