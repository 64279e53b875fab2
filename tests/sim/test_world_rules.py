"""Who enters, who leaves, what ends an episode, what signals and scripts do."""

import numpy as np
import pytest
from sim_worlds import line, road_with_edges, straight_road, world

from simeval.errors import InputError, UsageError
from simeval.geometry import project
from simeval.scenario import Action, Controller, Do, Driver, Ending, Flag, Signals, SignalState, Trigger
from simeval.sim import SimSettings, Worlds, check_runnable, simulate

FREE = SimSettings(end_on=())
PARKED, SCRIPTED, AUTO, REPLAY = (int(Controller[n]) for n in ("PARKED", "SCRIPTED", "AUTO", "REPLAY"))


def log_of(x0, speed, steps, y=0.0, first=0):
    rows = np.full((steps, 4), np.nan)
    k = np.arange(first, steps)
    rows[first:] = np.stack(
        [x0 + speed * 0.1 * k, np.full(len(k), y), np.zeros(len(k)), np.full(len(k), speed)], axis=1
    )
    return rows


def test_constant_velocity_keeps_speed_and_heading():
    trace = simulate([straight_road([(0.0, 12.0)], num_steps=101)], "constant-velocity")[0]
    assert trace.ending is Ending.HORIZON
    assert np.allclose(trace.states.xy[:, 0, 0], 1.2 * np.arange(101))
    assert (trace.states.xy[:, 0, 1] == 0.0).all()


def test_the_log_driver_repeats_the_log_exactly():
    log = log_of(3.0, 7.0, 51)
    trace = simulate([world([{"log": log}], num_steps=51, route=line(0, 100))], "log")[0]
    assert trace.states.xy[:, 0].tobytes() == np.ascontiguousarray(log[:, :2]).tobytes()
    assert trace.driver[0] == Driver.LOG


def test_contact_ends_the_episode_and_names_the_other():
    scenario = world([{"speed": 15.0}, {"id": "wall", "x": 30.0, "controller": PARKED}])
    trace = simulate([scenario], "constant-velocity")[0]
    assert trace.ending is Ending.CONTACT
    assert trace.ending_detail == "contact with wall"
    assert trace.flags[-1, 0] & Flag.CONTACT
    assert not (trace.flags[:-1] & Flag.CONTACT).any()
    assert trace.num_steps == 1 + int(np.ceil((30.0 - 4.6) / 1.5))


@pytest.mark.parametrize("end_on", [(), ("off_road",), ("route_end",)])
def test_each_ending_is_a_choice(end_on):
    scenario = world([{"speed": 15.0}, {"x": 30.0, "controller": PARKED}], num_steps=61)
    trace = simulate([scenario], "constant-velocity", SimSettings(end_on=end_on))[0]
    assert trace.ending is Ending.HORIZON
    assert (trace.flags[:, 0] & Flag.CONTACT).any()


def test_leaving_the_road_is_flagged_by_any_part_and_ends_by_the_centre():
    road = road_with_edges([[-50.0, -3.0], [60.0, -3.0], [60.0, 3.0], [-50.0, 3.0], [-50.0, -3.0]])
    trace = simulate([world([{"speed": 10.0}], road=road)], "constant-velocity")[0]
    assert trace.ending is Ending.OFF_ROAD
    off = (trace.flags[:, 0] & Flag.OFF_ROAD) != 0
    x = trace.states.xy[:, 0, 0]
    assert (off == (x + 2.3 >= 60.0 - 1e-9)).all()
    assert x[-1] > 60.0 >= x[-2]


def test_an_unknown_road_is_never_left():
    trace = simulate([straight_road([(0.0, 30.0)])], "constant-velocity")[0]
    assert not (trace.flags & Flag.OFF_ROAD).any()


def test_the_goal_ends_the_episode():
    trace = simulate([straight_road([(0.0, 10.0)], goal=(50.0, 0.0))], "constant-velocity")[0]
    assert trace.ending is Ending.ROUTE_END
    assert trace.states.xy[-1, 0, 0] == pytest.approx(50.0, abs=1.0)


def test_a_horizon_cuts_the_episode():
    trace = simulate([straight_road([(0.0, 10.0)])], "idm", SimSettings(horizon_s=3.0))[0]
    assert trace.ending is Ending.HORIZON
    assert trace.duration == pytest.approx(3.0)


def test_a_start_in_contact_is_the_scenarios_fault():
    trace = simulate([world([{"speed": 5.0}, {"x": 3.0, "controller": PARKED}])], "idm")[0]
    assert trace.ending is Ending.INVALID_START
    assert trace.num_steps == 1


def test_who_would_appear_inside_another_waits_for_the_place():
    blocker = {"x": 20.0, "speed": 4.0, "desired": 4.0}
    late = {"id": "late", "log": log_of(18.0, 3.0, 101, first=20), "controller": AUTO}
    scenario = world([{"x": -300.0, "y": 90.0}, blocker, late], num_steps=101)
    trace = simulate([scenario], "constant-velocity", FREE)[0]
    held = (trace.flags[:, 2] & Flag.HELD_BACK) != 0
    assert held[20]
    first = int(trace.states.valid[:, 2].argmax())
    assert held[20:first].all() and not held[first:].any()
    assert not (trace.flags & Flag.CONTACT).any()


def test_who_drives_off_the_end_of_its_log_leaves_and_who_stood_there_stays():
    gone = {"log": log_of(0.0, 10.0, 31), "controller": AUTO}
    slowing = np.concatenate([log_of(0.0, 10.0, 11, y=20.0), np.tile([[10.0, 20.0, 0.0, 0.0]], (20, 1))])
    stays = {"log": slowing, "controller": AUTO}
    trace = simulate(
        [world([{"x": -300.0, "y": 90.0}, gone, stays], num_steps=121)], "constant-velocity", FREE
    )[0]
    assert not trace.states.valid[-1, 1]
    assert trace.states.valid[:, 2].all()
    assert trace.states.xy[-1, 2, 0] == pytest.approx(10.0, abs=0.5)


def test_replayed_agents_are_where_the_log_has_them_and_absent_where_it_is_silent():
    log = log_of(0.0, 8.0, 41, y=5.0)
    log[10:15] = np.nan
    trace = simulate([world([{"x": -90.0}, {"log": log, "controller": REPLAY}], num_steps=41)], "idm", FREE)[
        0
    ]
    there = ~np.isnan(log[:, 0])
    assert (trace.states.valid[:, 1] == there).all()
    assert (trace.states.xy[there, 1] == log[there, :2]).all()


def red_until(seconds, num_steps, x):
    state = np.full((num_steps, 1), int(SignalState.GREEN))
    state[: int(seconds * 10)] = int(SignalState.RED)
    return Signals(
        lane=np.array([-1]), stop_xy=np.array([[x, 0.0]]), state=state, last_known=np.array([num_steps - 1])
    )


def test_idm_waits_at_red_and_goes_at_green_and_constant_velocity_runs_it():
    scenario = world([{"speed": 10.0}], num_steps=251, signals=red_until(12.0, 251, 60.0))
    waits, runs = (simulate([scenario], d)[0] for d in ("idm", "constant-velocity"))
    at = waits.states.xy[:, 0, 0] + 2.3
    assert at[120] < 60.0 and waits.states.speed[115, 0] < 0.5
    assert at[-1] > 60.0
    assert not (waits.flags & Flag.RED_LIGHT).any()
    crossed = np.flatnonzero(runs.flags[:, 0] & Flag.RED_LIGHT)
    assert len(crossed) == 1
    assert runs.states.xy[crossed[0], 0, 0] + 2.3 >= 60.0 > runs.states.xy[crossed[0] - 1, 0, 0] + 2.3


def scripted(*does, start=None):
    car = {"x": 30.0, "speed": 10.0, "controller": SCRIPTED, "desired": 10.0}
    actions = [Do(agent=1, trigger=t, when=w, action=a, values=v) for t, w, a, v in does]
    return world([start or {"x": -400.0, "y": 50.0}, car], num_steps=201, script=actions)


def test_scripted_agents_brake_stop_change_lanes_and_keep_their_speed_otherwise():
    braking = scripted((Trigger.TIME_S, 2.0, Action.BRAKE, (4.0, 2.0)))
    trace = simulate([braking], "constant-velocity", FREE)[0]
    speed = trace.states.speed[:, 1]
    assert (speed[:21] == 10.0).all()
    assert speed[30] == pytest.approx(6.0) and speed[-1] == pytest.approx(2.0)

    stopping = scripted((Trigger.TIME_S, 0.0, Action.STOP, (60.0, 3.0)))
    trace = simulate([stopping], "constant-velocity", FREE)[0]
    assert trace.states.xy[-1, 1, 0] == pytest.approx(90.0, abs=0.2)
    assert trace.states.speed[-1, 1] == pytest.approx(0.0, abs=0.05)

    shifting = scripted((Trigger.AT_S_M, 20.0, Action.LANE_CHANGE, (3.5, 4.0)))
    trace = simulate([shifting], "constant-velocity", FREE)[0]
    begun = int((trace.states.xy[:, 1, 0] >= 50.0).argmax())
    assert trace.states.xy[begun, 1, 1] == pytest.approx(0.0, abs=1e-3)
    assert trace.states.xy[begun + 41, 1, 1] == pytest.approx(3.5)
    assert trace.states.velocity[begun + 20, 1, 1] == pytest.approx(30 / 16 * 3.5 / 4.0, rel=0.02)


def test_triggers_look_at_the_ego():
    behind = {"x": 0.0, "speed": 15.0, "desired": 15.0}
    near = scripted((Trigger.EGO_GAP_BELOW_M, 10.0, Action.BRAKE, (3.0, 0.0)), start=behind)
    trace = simulate([near], "constant-velocity", FREE)[0]
    gap = trace.states.xy[:, 1, 0] - trace.states.xy[:, 0, 0] - 4.6
    begun = int((trace.states.speed[:, 1] < 10.0).argmax()) - 1
    assert gap[begun] < 10.0 <= gap[begun - 1]
    soon = scripted((Trigger.EGO_TTC_BELOW_S, 2.0, Action.SPEED, (2.0, 20.0)), start=behind)
    trace = simulate([soon], "constant-velocity", FREE)[0]
    begun = int((trace.states.speed[:, 1] > 10.0).argmax()) - 1
    gap = trace.states.xy[:, 1, 0] - trace.states.xy[:, 0, 0] - 4.6
    assert gap[begun] / 5.0 < 2.0 <= gap[begun - 1] / 5.0


def test_a_policy_that_sends_nonsense_freezes_its_own_world_only():
    scenarios = [straight_road([(0.0, 10.0), (40.0, 5.0)], num_steps=31) for _ in range(2)]
    worlds = Worlds(scenarios, "controls", FREE)
    worlds.advance(5, controls=np.zeros((2, 2)))
    worlds.advance(25, controls=np.array([[np.nan, 0.0], [0.0, 0.0]]))
    assert worlds.trace(0).ending is Ending.NONFINITE
    assert worlds.trace(0).num_steps == 6
    assert np.isfinite(worlds.trace(0).states.xy).all()
    assert worlds.trace(1).ending is Ending.HORIZON


@pytest.mark.parametrize(
    ("change", "driver", "message"),
    [
        ({"ego": None}, "idm", "has no ego"),
        ({"route": None}, "idm", "has no route for driver 'idm'"),
        ({}, "log", "has no recorded motion to follow"),
        ({"start_step": 30}, "idm", "too short to simulate: 31 steps, start at step 30"),
    ],
)
def test_what_cannot_run_is_refused_with_a_reason(change, driver, message):
    import dataclasses

    scenario = dataclasses.replace(straight_road([(0.0, 10.0)], num_steps=31), **change)
    with pytest.raises(InputError, match=message):
        check_runnable(scenario, driver)


def test_the_order_in_which_endings_are_named_does_not_matter():
    assert SimSettings(end_on=("off_road", "contact", "contact")) == SimSettings(
        end_on=("contact", "off_road")
    )


def test_unknown_drivers_and_endings_name_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'idm'"):
        simulate([straight_road([(0.0, 10.0)])], "idn")
    with pytest.raises(UsageError, match="Did you mean 'off_road'"):
        SimSettings(end_on=("offroad",))


def test_the_idm_ego_holds_its_route_through_a_bend_after_a_long_straight():
    phi = np.linspace(0.0, np.pi / 2, 40)
    bend = np.stack([200.0 + 30.0 * np.sin(phi), 30.0 * (1.0 - np.cos(phi))], axis=1)
    route = np.concatenate([[[0.0, 0.0]], bend, [[230.0, 900.0]]])
    trace = simulate([world([{"speed": 13.0}], route=route, num_steps=401)], "idm")[0]
    _, offset = project(route, trace.states.xy[:, 0])
    assert np.abs(offset).max() < 0.3
    assert trace.states.xy[-1, 0, 1] > 150.0
    lateral = trace.states.speed[:, 0] * np.abs(trace.yaw_rate[:, 0])
    assert 2.0 < lateral.max() < 4.0
