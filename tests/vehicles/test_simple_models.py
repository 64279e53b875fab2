"""Unicycle, direct state, and the peers' kinematic models, against geometry."""

import math

import numpy as np
import pytest

from simeval.errors import UsageError
from simeval.vehicles.commonroad import commonroad_derivatives, commonroad_drive
from simeval.vehicles.commonroad_parameters import BMW_320I, FORD_ESCORT, TRUCK_WITH_TRAILER
from simeval.vehicles.direct_state import motion_between
from simeval.vehicles.highwayenv_kinematic import highwayenv_command, highwayenv_step
from simeval.vehicles.unicycle import unicycle_step
from simeval.vehicles.waymax_bicycle import waymax_actions, waymax_drive
from simeval.vehicles.waymax_delta import (
    delta_global_action,
    delta_global_step,
    delta_local_action,
    delta_local_step,
)


def walk(state, steps, dt, acceleration=0.0, yaw_rate=0.0):
    for _ in range(steps):
        state = unicycle_step(*state, acceleration, yaw_rate, dt)
    return state


def test_a_unicycle_at_constant_rates_walks_an_exact_circle():
    x, y, heading, speed = walk((0.0, 0.0, 0.0, 1.5), 7, 0.3, yaw_rate=0.5)
    assert (x, y) == pytest.approx((3.0 * math.sin(1.05), 3.0 * (1.0 - math.cos(1.05))), abs=1e-14)
    assert (heading, speed) == pytest.approx((1.05, 1.5))


def test_a_unicycle_turns_on_the_spot_stops_and_steps_back():
    assert walk((1.0, 2.0, 0.0, 0.0), 1, 0.5, yaw_rate=3.0) == (1.0, 2.0, 1.5, 0.0)
    x, _, _, speed = walk((0.0, 0.0, 0.0, 1.0), 1, 1.0, acceleration=-2.0)
    assert (x, speed) == (0.25, 0.0)
    assert walk((0.0, 0.0, 0.0, 0.0), 1, 1.0, acceleration=-2.0)[3] == -2.0


def test_a_unicycle_is_of_second_order():
    ends = [np.array(walk((0.0, 0.0, 0.0, 1.0), n, 4.0 / n, 0.5, 0.7)[:2]) for n in (8, 16, 32, 4096)]
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 1.9).all() and (orders < 2.1).all()


def test_motion_between_two_poses_of_a_circle():
    vx, vy, speed, yaw_rate = motion_between(0.0, 0.0, 3.1, -1.0, 0.0, -3.1, 0.1)
    assert yaw_rate == pytest.approx((2.0 * math.pi - 6.2) / 0.1)
    assert (vx, vy, speed) == pytest.approx((-10.0, 0.0, 10.0))
    assert motion_between(0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.5)[2] == -2.0


@pytest.mark.parametrize("model", ["KS", "KS_COG"])
@pytest.mark.parametrize("steering", [0.05, -0.3, 0.8])
def test_steady_radius_is_that_of_the_geometry(model, steering):
    p, speed = BMW_320I, 8.0
    wheelbase = p.front + p.rear
    states = commonroad_drive(model, [0.0, 0.0, steering, speed, 0.0], [(0.0, 0.0)] * 4000, p, 0.005)
    radius = wheelbase / abs(math.tan(steering))
    if model == "KS_COG":
        radius = math.hypot(radius, p.rear)
    velocity = np.gradient(states[:, :2], 0.005, axis=0)
    accelerated = np.gradient(velocity, 0.005, axis=0)
    bend = velocity[:, 0] * accelerated[:, 1] - velocity[:, 1] * accelerated[:, 0]
    measured = np.linalg.norm(velocity, axis=1) ** 3 / np.abs(bend)
    assert np.allclose(measured[10:-10], radius, rtol=1e-3)


def test_speed_over_a_long_run_at_full_power_follows_the_square_root():
    p = FORD_ESCORT  # above v_switch the power is constant: v^2 = v0^2 + 2 a_max v_switch t
    states = commonroad_drive("KS", [0.0, 0.0, 0.0, 10.0, 0.0], [(0.0, 99.0)] * 1000, p, 0.005)
    expected = math.sqrt(10.0**2 + 2.0 * p.max_acceleration * p.switch_speed * 5.0)
    assert states[-1, 3] == pytest.approx(expected, rel=1e-9)


def test_runge_kutta_drives_are_of_order_four_and_euler_of_order_one():
    start, p = [0.0, 0.0, 0.0, 5.0, 0.0, 0.3], TRUCK_WITH_TRAILER

    def end(method, n):
        return commonroad_drive("KST", start, [(0.1, 1.0)] * n, p, 2.0 / n, method=method)[-1]

    def errors(method):
        exact = end("rk4", 2000)
        return [np.abs(end(method, n) - exact).max() for n in (10, 20, 40)]

    for method, order in (("rk4", 4.0), ("euler", 1.0)):
        e = errors(method)
        assert np.allclose(np.log2(np.divide(e[:-1], e[1:])), order, atol=0.3), (method, e)


def test_a_hitch_beyond_a_right_angle_is_frozen_and_the_state_is_left_alone():
    state = np.array([[0.0, 0.0, 0.3, 5.0, 0.0, 1.7]])
    assert commonroad_derivatives("KST", state, [[0.0, 0.0]], TRUCK_WITH_TRAILER)[0, 5] == 0.0
    assert state[0, 5] == 1.7


@pytest.mark.parametrize("model", ["ST", "STD"])
def test_the_dynamic_models_of_commonroad_corner_like_their_kinematic_one_when_slow(model):
    state = [0.0, 0.0, 0.05, 3.0, 0.0, 0.0, 0.0]
    if model == "STD":
        state += [3.0 / BMW_320I.wheel_radius] * 2
    states = commonroad_drive(model, state, [(0.0, 0.0)] * 2000, BMW_320I, 0.001)
    kinematic = 3.0 * math.tan(0.05) / (BMW_320I.front + BMW_320I.rear)
    assert states[-1, 5] == pytest.approx(kinematic, rel=0.03)


def test_wrong_models_and_shapes_are_answered_by_name():
    with pytest.raises(UsageError, match="vehicle model 'ks' is not known"):
        commonroad_derivatives("ks", [[0.0] * 5], [[0.0, 0.0]], BMW_320I)
    with pytest.raises(UsageError, match=r"ST: states: expected shape \[n, 7\], got \[1, 5\]"):
        commonroad_derivatives("ST", [[0.0] * 5], [[0.0, 0.0]], BMW_320I)
    with pytest.raises(UsageError, match=r"KS: start: expected shape \[5\]"):
        commonroad_drive("KS", [0.0] * 6, [[0.0, 0.0]], BMW_320I, 0.1)


def test_a_waymax_drive_gives_its_actions_back():
    generator = np.random.default_rng(3)
    actions = np.column_stack([generator.uniform(-1, 1.5, 60), generator.uniform(-0.05, 0.05, 60)])
    states = waymax_drive([1.0, 2.0, 0.4, 8.0 * math.cos(0.4), 8.0 * math.sin(0.4)], actions)
    back, valid = waymax_actions(states)
    assert valid.all() and np.allclose(back, actions, atol=1e-9)


def test_waymax_actions_are_valid_only_between_two_valid_states():
    states = waymax_drive([0.0, 0.0, 0.0, 5.0, 0.0], np.zeros((3, 2)))
    assert waymax_actions(states, valid=[1, 1, 0, 1])[1].tolist() == [True, False, False]


def test_displacements_go_forth_and_back_in_both_frames():
    for step, inverse in (
        (delta_global_step, delta_global_action),
        (delta_local_step, delta_local_action),
    ):
        after = step(3.0, -2.0, 0.9, 1.5, -0.5, 0.2, 0.1)
        assert inverse(3.0, -2.0, 0.9, *after[:3]) == pytest.approx((1.5, -0.5, 0.2))
        assert math.hypot(*after[3:]) == pytest.approx(math.hypot(1.5, 0.5) / 0.1)
    assert delta_global_action(0.0, 0.0, 0.0, 9.0, -9.0, 0.0)[:2] == (6.0, -6.0)


def test_a_crashed_highway_vehicle_rolls_out_and_a_fast_one_slows_towards_the_limit():
    assert highwayenv_command(20.0, 3.0, 0.4, True) == (-20.0, 0.0)
    assert highwayenv_command(41.0, 3.0, 0.4, False) == (-1.0, 0.4)
    assert highwayenv_command(-43.0, -3.0, 0.4, False) == (3.0, 0.4)
    x, y, heading, speed = highwayenv_step(0.0, 0.0, 0.0, 10.0, 1.0, 0.0, 5.0, 0.1)
    assert (x, y, heading, speed) == (1.0, 0.0, 0.0, 10.1)
