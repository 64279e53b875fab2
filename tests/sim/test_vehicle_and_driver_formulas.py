"""Closed forms: circles, stopping distances, order of the integrator, equilibrium gaps."""

import math

import numpy as np
import pytest
from sim_worlds import straight_road, world

from simeval.sim import SimSettings, Worlds, simulate
from simeval.traffic.idm import IdmParameters, idm_acceleration
from simeval.vehicles.bicycle import BicycleLimits, bicycle_step

NO_LAG = BicycleLimits(acceleration_lag=0.0, steering_lag=0.0, max_steering_rate=1e9)
FREE = SimSettings(end_on=())


def drive(state, command, dt, steps, limits=NO_LAG, wheelbase=2.8):
    states = [state]
    for k in range(steps):
        wanted = command(k * dt) if callable(command) else command
        states.append(bicycle_step(*states[-1], *wanted, wheelbase, dt, limits))
    return np.array(states)


@pytest.mark.parametrize("steering", [0.05, -0.2, 0.5])
def test_constant_steering_drives_a_circle_of_radius_wheelbase_over_tan_steering(steering):
    radius = 2.8 / math.tan(steering)
    states = drive((0.0, 0.0, 0.0, 8.0, 0.0, steering), (0.0, steering), 0.1, 400)
    distance = np.hypot(states[:, 0], states[:, 1] - radius)
    assert np.abs(distance - abs(radius)).max() < 1e-9
    assert states[-1, 2] == pytest.approx(8.0 * 40.0 / radius)


@pytest.mark.parametrize(("speed", "braking"), [(10.0, 4.0), (25.0, 8.0), (3.0, 1.0)])
def test_a_vehicle_stops_after_v_squared_over_2a_and_stays(speed, braking):
    states = drive((0.0, 0.0, 0.3, speed, -braking, 0.0), (-braking, 0.0), 0.1, 200)
    assert np.hypot(*states[-1, :2]) == pytest.approx(speed**2 / (2 * braking), abs=1e-9)
    assert states[-1, 3] == 0.0


def test_halving_the_step_quarters_the_error():
    def command(t):
        return 1.5 * math.cos(t), 0.2 * math.sin(1.3 * t)

    limits = BicycleLimits(max_steering_rate=1e9)

    def end(dt):
        # A command is held over the step: its value in the middle makes the input itself second order.
        return drive((0, 0, 0, 10.0, 0.0, 0.0), lambda t: command(t + 0.5 * dt), dt, round(4.0 / dt), limits)[
            -1, :3
        ]

    exact = end(0.0005)
    errors = [np.abs(end(dt) - exact).max() for dt in (0.1, 0.05, 0.025)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.25)


def test_actuators_answer_with_their_time_constant():
    limits = BicycleLimits(acceleration_lag=0.2, steering_lag=0.1, max_steering_rate=1e9)
    states = drive((0, 0, 0, 10.0, 0.0, 0.0), (2.0, 0.1), 0.01, 20, limits)
    assert states[-1, 4] == pytest.approx(2.0 * (1 - math.exp(-1.0)))
    assert states[-1, 5] == pytest.approx(0.1 * (1 - math.exp(-2.0)))


def test_limits_hold_whatever_is_asked_for():
    states = drive((0, 0, 0, 20.0, 0.0, 0.0), (-1e6, 1e6), 0.1, 15, BicycleLimits())
    assert np.diff(states[:, 3]).min() >= -0.9 - 1e-9
    assert np.diff(states[:, 5]).max() <= 0.1 + 1e-12
    assert states[:, 5].max() <= 0.7


@pytest.mark.parametrize("speed", [3.0, 8.0, 13.0])
def test_a_follower_holds_the_equilibrium_gap(speed):
    p, desired = IdmParameters(), 15.0
    gap = (p.min_gap + speed * p.headway) / math.sqrt(1 - (speed / desired) ** 4)
    assert abs(idm_acceleration(speed, gap, 0.0, desired, p)) < 1e-12


def test_without_a_leader_the_desired_speed_is_kept():
    assert idm_acceleration(15.0, math.inf, 0.0, 15.0, IdmParameters()) == 0.0


@pytest.mark.parametrize("lead_speed", [5.0, 10.0])
def test_a_simulated_follower_settles_at_the_equilibrium_gap(lead_speed):
    scenario = world(
        [
            {"x": -500.0, "y": 50.0},
            {"x": 0.0, "speed": lead_speed},
            {"x": 40.0, "speed": lead_speed, "desired": lead_speed},
        ],
        num_steps=1801,
    )
    trace = simulate([scenario], "constant-velocity", FREE)[0]
    p = IdmParameters()
    expected = (p.min_gap + lead_speed * p.headway) / math.sqrt(1 - (lead_speed / 15.0) ** 4)
    gap = trace.states.xy[-1, 2, 0] - trace.states.xy[-1, 1, 0] - 4.6
    assert gap == pytest.approx(expected, rel=1e-3)


def test_the_ego_holds_a_circle_under_constant_commands_from_outside():
    steering = 0.1
    worlds = Worlds([straight_road([(0.0, 10.0)], num_steps=301)], "controls", FREE)
    worlds.advance(300, controls=np.array([[0.0, steering]]))
    trace = worlds.trace(0)
    rear = trace.states.xy[:, 0] - 0.3 * 4.6 * np.stack(
        [np.cos(trace.states.heading[:, 0]), np.sin(trace.states.heading[:, 0])], axis=1
    )
    late = rear[30:]  # the steering actuator has settled
    radius = 0.6 * 4.6 / math.tan(steering)
    centre = late.mean(axis=0)
    x, y = late[:, 0], late[:, 1]
    fit = np.linalg.lstsq(np.column_stack([2 * x, 2 * y, np.ones_like(x)]), x**2 + y**2, rcond=None)[0]
    centre, found = fit[:2], math.sqrt(fit[2] + fit[0] ** 2 + fit[1] ** 2)
    assert found == pytest.approx(radius, rel=1e-4)
    assert np.abs(np.hypot(*(late - centre).T) - found).max() < 1e-3


def test_poses_from_outside_are_reached_exactly():
    worlds = Worlds([straight_road([(0.0, 10.0)], num_steps=11)], "poses", FREE)
    wanted = [(1.0 * k, 0.1 * k, 0.05 * k, 10.0) for k in range(1, 6)]
    for pose in wanted:
        worlds.advance(1, poses=np.array([pose]))
    trace = worlds.trace(0)
    assert trace.states.xy[1:, 0].tolist() == [[x, y] for x, y, _, _ in wanted]
    assert trace.states.heading[1:, 0].tolist() == [h for _, _, h, _ in wanted]
    assert trace.yaw_rate[2, 0] == pytest.approx(0.5)
