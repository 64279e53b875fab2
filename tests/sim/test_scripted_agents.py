"""What starts the actions of scripted agents, and what these do."""

import math

import numpy as np
import pytest
from sim_worlds import line, world

from simeval.scenario import Action, Controller, Do, Trigger
from simeval.sim import SimSettings, simulate

FAR = {"x": -400.0, "y": 50.0}
BRAKE = (Action.BRAKE, (4.0, 0.0))
SPEED = 10.0


def script(trigger, when, *further, action=BRAKE, agent=1):
    return Do(agent=agent, trigger=trigger, when=when, action=action[0], values=(*action[1], *further))


def driven(does, ego=FAR, others=(), num_steps=101, **car):
    car = {"speed": SPEED, "controller": int(Controller.SCRIPTED)} | car
    scenario = world(
        [ego, car, *others], num_steps=num_steps, script=does, route=line(-600.0, 1500.0, ego["y"])
    )
    return simulate([scenario], "constant-velocity", SimSettings(end_on=()))[0]


def onset(trace, agent=1):
    """Time of the state at which an agent decided to brake [s]."""
    speed = trace.states.speed[:, agent]
    assert (speed < SPEED - 1e-9).any()
    return (int(np.argmax(speed < SPEED - 1e-9)) - 1) * trace.dt


BEHIND = {"x": -40.0, "y": 0.0, "speed": 14.0}  # bumper to bumper 35.4 m, closing by 4 m/s
AHEAD = {"x": 60.0, "y": 0.0, "speed": 6.0}  # 55.4 m, closing by 4 m/s
BESIDE = {"x": 60.0, "y": 30.0, "speed": 6.0}  # the same along the path, 30 m beside it


@pytest.mark.parametrize(
    ("does", "ego", "time"),
    [
        (script(Trigger.EGO_PATH_GAP_BELOW_M, 15.4001), BEHIND, 5.0),
        (script(Trigger.EGO_PATH_GAP_BELOW_M, 35.4001), BESIDE, 5.0),
        (script(Trigger.EGO_HEADWAY_BELOW_S, 1.1001), BEHIND, 5.0),  # 15.4 m over 14 m/s
        (script(Trigger.EGO_HEADWAY_BELOW_S, 3.5401), AHEAD, 5.0),  # 35.4 m over 10 m/s
        (script(Trigger.EGO_AT_S_M, 630.0 - 1e-6), BEHIND, 5.0),  # its route begins at -600 m
        (script(Trigger.EGO_IN_REGION, 30.0 - 1e-6, -1.0, 90.0, 1.0), BEHIND, 5.0),
        (script(Trigger.TIME_S, 3.0), BEHIND, 3.0),
    ],
)
def test_where_the_ego_is_starts_an_action(does, ego, time):
    assert onset(driven([does], ego)) == pytest.approx(time)


def test_a_region_is_left_alone_by_an_ego_that_passes_beside_it():
    trace = driven([script(Trigger.EGO_IN_REGION, 30.0, 1.0, 90.0, 5.0)], BEHIND)
    assert (trace.states.speed[:, 1] == SPEED).all()


def test_a_headway_is_undefined_while_the_one_behind_stands():
    trace = driven([script(Trigger.EGO_HEADWAY_BELOW_S, 100.0)], {"x": -40.0, "y": 0.0, "speed": 0.0})
    assert (trace.states.speed[:, 1] == SPEED).all()


def test_the_own_speed_starts_an_action():
    up = script(Trigger.TIME_S, 0.0, action=(Action.SPEED, (2.0, 20.0)))
    trace = driven([up, script(Trigger.SPEED_ABOVE_MPS, 15.0)])
    peak = trace.states.speed[:, 1].max()
    assert 15.0 < peak <= 15.0 + 2.0 * trace.dt + 1e-9
    down = [
        script(Trigger.TIME_S, 0.0),
        script(Trigger.SPEED_BELOW_MPS, 5.0, action=(Action.SPEED, (2.0, 9.0))),
    ]
    speed = driven(down).states.speed[:, 1]
    assert 5.0 > speed.min() >= 5.0 - 4.0 * 0.1 - 1e-9 and speed[-1] == pytest.approx(9.0)


def test_another_agents_action_starts_one_a_step_later_whatever_their_order():
    """Everybody decides from the same moment, so that nobody's place in the table matters."""
    other = {"x": 200.0, "y": 8.0, "speed": SPEED, "controller": int(Controller.SCRIPTED)}
    for first, second in ((1, 2), (2, 1)):
        does = [
            script(Trigger.TIME_S, 2.0, agent=first),
            script(Trigger.AGENT_ACTION, 1.0, float(first), agent=second),
        ]
        trace = driven(does, others=[other])
        assert onset(trace, second) == pytest.approx(onset(trace, first) + trace.dt)


def test_a_gap_to_another_agent_starts_an_action():
    slower = {"x": 60.0, "y": 0.0, "speed": 6.0, "controller": int(Controller.SCRIPTED)}
    trace = driven([script(Trigger.AGENT_GAP_BELOW_M, 35.4001, 2.0)], others=[slower])
    assert onset(trace) == pytest.approx(5.0)


def test_every_lane_change_ends_where_it_should_in_its_own_way():
    ends, lateral = {}, {}
    for action in (Action.LANE_CHANGE, Action.LANE_CHANGE_LINEAR, Action.LANE_CHANGE_SINUSOIDAL):
        trace = driven([script(Trigger.TIME_S, 1.0, action=(action, (3.5, 4.0)))])
        y, vy = trace.states.xy[:, 1, 1], trace.states.velocity[:, 1, 1]
        assert (y[:11] == 0.0).all() and np.allclose(y[50:], 3.5)
        assert y[30] == pytest.approx(1.75)  # half way after half the time
        assert np.allclose(vy[12:50], np.gradient(y, trace.dt)[12:50], atol=0.02)
        ends[action], lateral[action] = vy[50], vy.max()
    assert all(abs(v) < 1e-9 for v in ends.values())
    mean = 3.5 / 4.0
    assert lateral[Action.LANE_CHANGE] == pytest.approx(mean * 15.0 / 8.0)
    assert lateral[Action.LANE_CHANGE_LINEAR] == pytest.approx(mean)
    assert lateral[Action.LANE_CHANGE_SINUSOIDAL] == pytest.approx(mean * math.pi / 2.0)


def test_a_swerve_goes_out_and_comes_back():
    trace = driven([script(Trigger.TIME_S, 1.0, action=(Action.SWERVE, (-1.2, 3.0)))])
    y = trace.states.xy[:, 1, 1]
    assert y.min() == pytest.approx(-1.2) and np.argmin(y) == 25
    assert (y[:11] == 0.0).all() and np.allclose(y[40:], 0.0)
    assert np.allclose(y[10:26], y[40:24:-1])


@pytest.mark.parametrize("headway", [0.0, 1.5])
@pytest.mark.parametrize("start", [15.0, 60.0])
def test_a_gap_is_opened_or_closed_without_overshoot_and_kept(start, headway):
    lead = {"x": start + 4.6, "y": 0.0, "speed": SPEED, "controller": int(Controller.SCRIPTED)}
    keep = script(Trigger.TIME_S, 0.0, action=(Action.KEEP_GAP, (15.0, headway)))
    trace = driven([keep], others=[lead], num_steps=401)
    gap = trace.states.xy[:, 2, 0] - trace.states.xy[:, 1, 0] - 4.6
    wanted = 15.0 + headway * SPEED
    assert gap[-1] == pytest.approx(wanted, abs=0.05)
    low, high = min(start, wanted), max(start, wanted)
    assert gap.min() > low - 0.3 and gap.max() < high + 0.3


def test_an_agent_cruises_by_idm_from_now_on():
    wall = {"x": 150.0, "y": 0.0, "speed": 0.0, "controller": int(Controller.PARKED)}
    does = [script(Trigger.TIME_S, 2.0, action=(Action.CRUISE, (13.0, 0.0)))]
    trace = driven(does, others=[wall], num_steps=301, desired=30.0)
    speed, x = trace.states.speed[:, 1], trace.states.xy[:, 1, 0]
    assert (speed[:21] == SPEED).all() and 11.0 < speed.max() <= 13.0
    assert speed[-1] < 0.1 and 150.0 - 4.6 - 3.0 < x[-1] < 150.0 - 4.6
