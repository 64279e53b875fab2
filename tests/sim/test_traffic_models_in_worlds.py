"""What each traffic model does in a world, against its log, its formula, or the peer's own step."""

import math

import numpy as np
import pytest
from sim_worlds import LENGTH, WIDTH, line, world

from simeval.scenario import AgentKind, Controller, Driver
from simeval.sim import SimSettings, Worlds, simulate
from simeval.traffic.idm import IdmParameters, idm_acceleration
from simeval.traffic.idm_nuplan import NUPLAN_AGENT
from simeval.traffic.idm_waymax import WaymaxIdm, waymax_idm_step

AUTO, SCRIPTED, PARKED = int(Controller.AUTO), int(Controller.SCRIPTED), int(Controller.PARKED)
DT = 0.1
FREE = SimSettings(end_on=())


def logged(x, y, speed, heading=0.0, steps=101):
    """A log at a constant speed: x, y, heading, speed of each step."""
    far = speed * DT * np.arange(steps)
    return np.stack(
        [x + far * math.cos(heading), y + far * math.sin(heading), np.full(steps, heading),
         np.full(steps, float(speed))], axis=1,
    )  # fmt: skip


def car(log, **more):
    return {"log": log, "controller": AUTO} | more


def driven(cars, traffic, driver="constant-velocity", **options):
    options = {"num_steps": 101, "route": line(-600.0, 1500.0)} | options
    return simulate([world(cars, **options)], driver, SimSettings(end_on=(), traffic=traffic))[0]


EGO = car(logged(-400.0, 60.0, 0.0))


# reactive-replay -------------------------------------------------------------------------------


def curved(steps=101):
    angle = np.linspace(0.0, 1.2, steps)
    return np.stack([40.0 * np.sin(angle), 40.0 * (1.0 - np.cos(angle)), angle, np.full(steps, 4.75)], axis=1)


def test_replay_that_reacts_is_the_log_bit_for_bit_while_nobody_leaves_theirs():
    """With the log at the wheel nobody ever does, however close they come; some touch in the log."""
    logs = [
        logged(0.0, 0.0, 10.0),
        logged(8.0, 0.5, 9.0),
        curved(),
        logged(60.0, 0.0, -3.0),
        logged(30.0, 0.0, 0.0),
    ]
    cars = [car(one) for one in logs]
    one, two = (driven(cars, t, "log") for t in ("replay", "reactive-replay"))
    assert (two.driver[1:] == Driver.REACTIVE_REPLAY).all()
    assert one.states.xy.tobytes() == two.states.xy.tobytes()
    assert one.states.heading.tobytes() == two.states.heading.tobytes()
    assert one.states.velocity.tobytes() == two.states.velocity.tobytes()
    assert one.flags.tobytes() == two.flags.tobytes()


def test_replay_that_reacts_stays_on_the_log_beside_an_ego_that_meets_nobody():
    ego = car(logged(0.0, 3.5, 10.0))
    trace = driven([ego, car(logged(-12.0, 0.0, 10.0)), car(logged(20.0, 7.0, 6.0))], "reactive-replay")
    for a, log in ((1, logged(-12.0, 0.0, 10.0)), (2, logged(20.0, 7.0, 6.0))):
        assert (trace.states.xy[:, a] == log[:, :2]).all()


@pytest.mark.parametrize("gap", [25.0, 60.0])
def test_a_log_that_would_drive_through_the_ego_is_left_smoothly_and_for_good(gap):
    """The log of the ego drives off; the ego stands. Behind it the log keeps 10 m/s."""
    ego = car(logged(0.0, 0.0, 10.0)) | {"log": logged(0.0, 0.0, 10.0)}
    ego["log"][0, 3] = 0.0
    trace = driven([ego, car(logged(-gap, 0.0, 10.0, steps=101))], "reactive-replay")
    x, speed = trace.states.xy[:, 1, 0], trace.states.speed[:, 1]
    left = int(np.argmax(np.abs(x - logged(-gap, 0.0, 10.0)[:, 0]) > 1e-9))
    assert (trace.flags[:, 1] == 0).all() and 0 < left < 101
    assert (x[:left] == logged(-gap, 0.0, 10.0)[:left, 0]).all()
    steps = np.diff(x)
    assert (steps >= -1e-9).all() and (steps <= 10.0 * DT + 1e-6).all()
    assert np.abs(np.diff(speed)).max() <= 8.0 * DT + 1e-6
    assert speed[-1] < 0.5 and x[-1] < -LENGTH


def test_who_follows_somebody_that_left_the_log_leaves_it_too():
    ego = {"log": logged(0.0, 0.0, 10.0), "controller": AUTO}
    ego["log"][0, 3] = 0.0
    queue = [car(logged(-20.0 - 15.0 * k, 0.0, 10.0)) for k in range(5)]
    trace = driven([ego, *queue], "reactive-replay")
    assert (trace.flags == 0).all()
    assert (trace.states.speed[-1, 1:] < 2.0).all()


def test_a_body_that_comes_from_behind_is_no_reason_to_leave_the_log():
    ego = car(logged(-30.0, 0.0, 5.0))
    ego["log"][0, 3] = 15.0
    trace = driven([ego, car(logged(0.0, 0.0, 5.0))], "reactive-replay")
    assert (trace.states.xy[:25, 1] == logged(0.0, 0.0, 5.0)[:25, :2]).all()
    assert (trace.flags[24, 1] & 1) == 0 and (trace.flags[26:30, 1] & 1).any()  # it is run into


# idm ------------------------------------------------------------------------------------------


def platoon(followers, lead_speed, model=Controller.IDM, desired=15.0, num_steps=1501, spacing=30.0):
    cars = [{"x": -5000.0, "y": 50.0}]
    cars.append({"x": 0.0, "speed": lead_speed, "controller": SCRIPTED})
    cars += [
        {"x": -spacing * (k + 1), "speed": lead_speed, "controller": int(model), "desired": desired}
        for k in range(followers)
    ]
    return world(cars, num_steps=num_steps, route=line(-6000.0, 6000.0, 50.0))


@pytest.mark.parametrize("speed", [2.0, 8.0, 13.0])
def test_equilibrium_gaps_in_the_simulator_are_those_of_the_formula(speed):
    trace = simulate([platoon(3, speed)], "constant-velocity", FREE)[0]
    p = IdmParameters()
    wanted = (p.min_gap + speed * p.headway) / math.sqrt(1.0 - (speed / 15.0) ** 4)
    assert idm_acceleration(speed, wanted, 0.0, 15.0, p) == pytest.approx(0.0, abs=1e-12)
    x = trace.states.xy[-1, 1:, 0]
    assert -np.diff(x) - LENGTH == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(("acceleration", "grows"), [(0.8, True), (2.0, False)])
def test_a_platoon_is_string_stable_on_one_side_of_the_threshold_only(acceleration, grows):
    """At 5 m/s and a desired 15 m/s the threshold lies at 1.34 m/s^2."""
    count, speed = 14, 5.0
    p = IdmParameters(max_acceleration=acceleration)
    gap = (p.min_gap + speed * p.headway) / math.sqrt(1.0 - (speed / 15.0) ** 4)
    scenario = platoon(count, speed, num_steps=1201, spacing=gap + LENGTH)
    worlds = Worlds([scenario], "constant-velocity", FREE)
    worlds.tables.traffic.character.max_acceleration = acceleration
    worlds.tables.live.speed[1] -= 0.2  # a small, lasting change of the leader's speed, and back
    worlds.advance(50)
    worlds.tables.live.speed[1] += 0.2
    worlds.advance(1150)
    swing = np.ptp(worlds.trace(0).states.speed[:, 2:], axis=0)
    assert (swing[-1] > swing[2]) == grows


# idm-nuplan, idm-waymax -------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [2.0, 6.0])
def test_nuplan_agents_keep_the_headway_twice(speed):
    scenario = platoon(2, speed, Controller.IDM_NUPLAN)
    trace = simulate([scenario], "constant-velocity", FREE)[0]
    p = NUPLAN_AGENT
    gap = speed * p.headway + (p.min_gap + speed * p.headway) / math.sqrt(1.0 - (speed / 10.0) ** 4)
    assert -np.diff(trace.states.xy[-1, 1:, 0]) - LENGTH == pytest.approx(gap, abs=0.05)


def test_nuplan_agents_step_as_euler_does_and_brake_at_two_at_most():
    cars = [
        EGO,
        {"x": 60.0, "controller": PARKED},
        {"x": 0.0, "speed": 9.0, "controller": int(Controller.IDM_NUPLAN)},
    ]
    trace = simulate([world(cars, num_steps=101, route=line(-600.0, 1500.0))], "constant-velocity", FREE)[0]
    x, speed = trace.states.xy[:, 2, 0], trace.states.speed[:, 2]
    assert np.diff(x) == pytest.approx(speed[:-1] * DT, abs=1e-9)
    assert np.diff(speed).min() >= -2.0 * DT - 1e-9
    free = [EGO, {"x": 0.0, "speed": 4.0, "controller": int(Controller.IDM_NUPLAN), "desired": 33.0}]
    trace = simulate([world(free, num_steps=601, route=line(-600.0, 1500.0))], "constant-velocity", FREE)[0]
    assert trace.states.speed[-1, 1] == pytest.approx(10.0, abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_waymax_agents_do_what_the_peers_step_does(seed):
    """Random crowds on straight logs: every agent after a step as by the function that holds parity."""
    draw = np.random.default_rng(seed)
    count, steps = 14, 60
    heading = draw.uniform(-math.pi, math.pi, count)
    place, speed = draw.uniform(-15.0, 15.0, (count, 2)), draw.uniform(1.0, 12.0, count)
    logs = [logged(*place[i], speed[i], heading[i], steps) for i in range(count)]
    ego = car(logged(-400.0, 60.0, 0.0, steps=steps))
    worlds = Worlds(
        [world([ego, *map(car, logs)], num_steps=steps, route=line(-600.0, 1500.0))], "constant-velocity",
        SimSettings(end_on=(), traffic="idm-waymax"),
    )  # fmt: skip
    boxes = np.column_stack([place, heading, np.full(count, LENGTH), np.full(count, WIDTH)])
    poses = np.stack([one[:, :3] for one in logs])
    for _ in range(3):
        wanted = waymax_idm_step(boxes, speed, np.ones(count, bool), poses, DT, WaymaxIdm())
        worlds.advance()
        states = worlds.trace(0).states
        got = np.column_stack([states.speed[-1, 1:], states.xy[-1, 1:]])
        assert got == pytest.approx(wanted[:, 1:4], abs=1e-6)
        boxes[:, :2], speed = states.xy[-1, 1:], states.speed[-1, 1:]


# pedestrians and cyclists -----------------------------------------------------------------------


def crossing(draw, kind, count=8, num_steps=601):
    """Two lanes of cars that keep their speed, and one who wants to cross them at x = 0."""
    cars = [{"x": -3000.0, "y": 500.0}]
    for k in range(count):
        y, sign = (1.75, 1.0) if k % 2 else (-1.75, -1.0)
        gap = draw.uniform(1.0, 6.0)
        start = -sign * (20.0 + 90.0 * (k // 2) * gap / 3.0 + draw.uniform(0.0, 10.0))
        speed = 11.0  # one for all, so that nobody runs into the one ahead
        cars.append(
            {
                "x": start,
                "y": y,
                "heading": 0.0 if sign > 0 else math.pi,
                "speed": speed,
                "controller": SCRIPTED,
            }
        )
    model = Controller.PEDESTRIAN if kind == AgentKind.PEDESTRIAN else Controller.CYCLIST
    size = (0.5, 0.6) if kind == AgentKind.PEDESTRIAN else (1.8, 0.6)
    begin = -draw.uniform(8.0, 30.0)
    cars.append(
        {"x": 0.0, "y": begin, "heading": math.pi / 2, "speed": 1.2, "controller": int(model),
         "kind": int(kind), "length": size[0], "width": size[1], "path": [[0.0, begin], [0.0, 25.0]],
         "desired": 1.3 if kind == AgentKind.PEDESTRIAN else 4.5}
    )  # fmt: skip
    return world(cars, num_steps=num_steps, route=line(-3000.0, 3000.0, 500.0))


@pytest.mark.parametrize("kind", [AgentKind.PEDESTRIAN, AgentKind.CYCLIST])
def test_nobody_who_crosses_is_met_by_traffic_that_keeps_its_speed(kind):
    draw = np.random.default_rng(int(kind))
    scenarios = [crossing(draw, kind) for _ in range(60)]
    waited = crossed = 0
    for trace in simulate(scenarios, "constant-velocity", FREE):
        assert (trace.flags[:, -1] == 0).all()
        y, there, speed = trace.states.xy[:, -1, 1], trace.states.valid[:, -1], trace.states.speed[:, -1]
        crossed += bool((~there).any() or y[-1] > 3.0)
        before = there & (y < -2.0)
        waited += bool((speed[before] < 0.1)[10:].any())
    assert crossed >= 55 and waited >= 10


def test_a_pedestrian_looks_for_a_second_at_an_empty_road_and_a_standing_car_gives_way():
    parked = {
        "x": -12.0,
        "y": -1.75,
        "speed": 0.0,
        "controller": SCRIPTED,
        "path": [[-12.0, -1.75], [90.0, -1.75]],
    }
    walker = {
        "x": 0.0,
        "y": -10.0,
        "heading": math.pi / 2,
        "kind": 7,
        "length": 0.5,
        "width": 0.6,
        "desired": 1.2,
        "controller": int(Controller.PEDESTRIAN),
        "path": [[0.0, -10.0], [0.0, 20.0]],
    }
    cars = [{"x": -3000.0, "y": 500.0}, parked, walker]
    trace = simulate(
        [world(cars, num_steps=301, route=line(-3000.0, 3000.0, 500.0))], "constant-velocity", FREE
    )[0]
    speed, y = trace.states.speed[:, 2], trace.states.xy[:, 2, 1]
    stood = (speed < 0.05) & (y > -5.0) & (y < -2.9)
    assert 0.6 <= stood.sum() * DT <= 1.4  # and slows down before, looking already
    assert y[-1] > 5.0 or not trace.states.valid[-1, 2]


# drivers that differ ----------------------------------------------------------------------------


def test_drawn_drivers_follow_their_seed_and_their_name_alone():
    cars = [EGO, *(car(logged(-40.0 * k, 0.0, 10.0), id=f"c{k}") for k in range(4))]
    options = {"num_steps": 101, "route": line(-600.0, 1500.0)}
    one, fewer = world(cars, **options), world(cars[:3], **options)
    settings = SimSettings(end_on=(), traffic="idm:drawn")
    tables = [
        Worlds([s], "constant-velocity", settings, seeds=[k]).tables
        for s, k in ((one, 3), (one, 3), (one, 4))
    ]
    rows = [[tuple(t.traffic.character[i]) for i in t.agents.character] for t in tables]
    assert rows[0] == rows[1] and rows[0][1:] != rows[2][1:]
    assert len(set(rows[0][1:])) == 4 and rows[0][0] == tuple(tables[0].traffic.character[0])
    few = Worlds([fewer], "constant-velocity", settings, seeds=[3]).tables
    assert [tuple(few.traffic.character[i]) for i in few.agents.character] == rows[0][:3]
    plain = Worlds([one], "constant-velocity", FREE).tables
    assert (plain.agents.character == 0).all()
    assert tuple(plain.traffic.character[0])[:5] == tuple(IdmParameters())


def test_drawn_drivers_drive_differently_and_keep_their_distance():
    cars = [
        EGO,
        car(logged(0.0, 0.0, 5.0), id="lead"),
        *(car(logged(-20.0 * k, 0.0, 9.0), id=f"c{k}") for k in (1, 2)),
    ]
    scenario = world(cars, num_steps=101, route=line(-600.0, 1500.0))
    settings = SimSettings(end_on=(), traffic="id:c*=idm:drawn,id:lead=replay")
    ends = [
        simulate([scenario], "constant-velocity", settings, seeds=[k])[0].states.xy[-1, 2:, 0]
        for k in range(3)
    ]
    assert len({tuple(e) for e in ends}) == 3
    same = simulate([scenario] * 3, "constant-velocity", settings, seeds=range(3))
    assert all((t.states.xy[-1, 2:, 0] == e).all() for t, e in zip(same, ends, strict=True))
