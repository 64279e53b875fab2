"""Our dynamic single track against theory: steady state, low speed, order, stability, grip."""

import math

import numpy as np
import pytest

from simeval.vehicles.single_track import SingleTrack, single_track_step

CAR = SingleTrack()
WHEELBASE = CAR.front + CAR.rear


def drive(start, steering, *, seconds=6.0, dt=0.02, p=CAR, acceleration=lambda t: 0.0):
    """The last state (x, y, heading, vx, vy, yaw rate); `steering` and `acceleration` are of time."""
    state = start
    for k in range(round(seconds / dt)):
        t = k * dt
        state = single_track_step(*state, acceleration(t), steering(t), steering(t + dt), dt, p)
    return state


@pytest.mark.parametrize("speed", [3.0, 10.0, 20.0, 30.0])
@pytest.mark.parametrize("angle", [0.02, -0.02])
@pytest.mark.parametrize("front", [1.2, 1.6], ids=["understeers", "oversteers"])
def test_steady_yaw_rate_follows_the_understeer_gradient(speed, angle, front):
    p = CAR._replace(front=front, rear=WHEELBASE - front)
    *_, yaw_rate = drive((0.0, 0.0, 0.0, speed, 0.0, 0.0), lambda t: angle, seconds=30.0, p=p)
    gradient = understeer_gradient(p, angle)
    assert (gradient > 0.0) == (front == 1.2)
    expected = speed * math.tan(angle) / (WHEELBASE + gradient * speed**2)
    assert yaw_rate == pytest.approx(expected, rel=1e-6)


def understeer_gradient(p, angle=0.0):
    stiffness = p.front_stiffness * math.cos(angle)
    return p.mass / (p.front + p.rear) * (p.rear / stiffness - p.front / p.rear_stiffness)


@pytest.mark.parametrize(("share", "spins"), [(0.95, False), (1.05, True)])
def test_a_car_that_oversteers_spins_above_its_critical_speed_only(share, spins):
    p = CAR._replace(front=1.6, rear=1.1)
    critical = math.sqrt(WHEELBASE / -understeer_gradient(p))
    *_, yaw_rate = drive((0.0, 0.0, 0.0, share * critical, 0.0, 1e-6), lambda t: 0.0, seconds=20.0, p=p)
    assert (yaw_rate > 1e-6) == spins


def kinematic(speed, angle):
    """Lateral speed of the centre of gravity and yaw rate without slip."""
    yaw_rate = speed * math.tan(angle) / WHEELBASE
    return CAR.rear * yaw_rate, yaw_rate


@pytest.mark.parametrize("speed", [1e-3, 0.05, 0.5, 1.0, -0.5, -1e-3])
def test_at_low_speed_it_is_the_kinematic_model(speed):
    *_, lateral, yaw_rate = drive((0.0, 0.0, 0.0, speed, 0.0, 0.0), lambda t: 0.4, seconds=1.0)
    gap = np.subtract((lateral, yaw_rate), kinematic(speed, 0.4)) / speed
    assert np.abs(gap).max() <= 0.003 * speed**2 + 1e-12


def test_the_way_from_kinematic_to_dynamic_has_no_edge():
    speeds = np.linspace(0.01, 3.0, 300)
    rates = [drive((0.0, 0.0, 0.0, v, *kinematic(v, 0.3)), lambda t: 0.3, seconds=0.5)[5] / v for v in speeds]
    assert np.abs(np.diff(rates, 2)).max() < 1e-6


@pytest.mark.parametrize("friction", [math.inf, 0.9])
def test_the_error_of_a_run_shrinks_with_the_square_of_the_step(friction):
    def end(dt):
        return np.array(
            drive(
                (0.0, 0.0, 0.0, 14.0, 0.0, 0.0), lambda t: 0.12 * math.sin(2.0 * t), seconds=3.0, dt=dt,
                acceleration=lambda t: 1.0, p=CAR._replace(friction=friction),
            )
        )  # fmt: skip

    exact = end(1.0 / 1600.0)
    errors = [np.abs(end(dt) - exact)[:3].max() for dt in (0.05, 0.025, 0.0125)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 1.85).all() and (orders < 2.3).all(), (errors, orders)


def test_without_slip_a_constant_turn_is_an_exact_circle():
    state = (0.0, 0.0, 0.0, 0.01, *kinematic(0.01, 0.3))
    radius = WHEELBASE / math.tan(0.3)
    turns = 2.0 * math.pi * radius / 0.01
    end = drive(state, lambda t: 0.3, seconds=1000.0, dt=0.5)
    swept = 2.0 * math.pi * 1000.0 / turns
    centre = np.array([-CAR.rear, radius])
    away = centre + radius * np.array([math.sin(swept), -math.cos(swept)])
    away += CAR.rear * np.array([math.cos(swept), math.sin(swept)])
    assert np.allclose(end[:2], away, atol=1e-5)


@pytest.mark.parametrize("dt", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("friction", [math.inf, 0.9])
def test_it_is_stable_from_standstill_to_motorway_speed_with_long_steps(dt, friction):
    p = CAR._replace(friction=friction)
    state = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for acceleration, seconds in ((3.0, 13.0), (0.0, 5.0), (-4.0, 15.0)):
        for k in range(round(seconds / dt)):
            steer = 0.02 * math.sin(k * dt)
            state = single_track_step(*state, acceleration, steer, steer, dt, p)
            assert all(math.isfinite(v) for v in state)
            assert abs(state[4]) < 3.0 and abs(state[5]) < 0.5
        if acceleration < 0.0:
            break
        assert state[3] == pytest.approx(39.0)
    assert state[3] <= 0.0


@pytest.mark.parametrize("dt", [0.01, 0.1, 0.5])
def test_on_ice_it_slides_and_stays_finite(dt):
    p, state = CAR._replace(friction=0.1), (0.0, 0.0, 0.0, 20.0, 0.0, 0.0)
    for _ in range(round(20.0 / dt)):
        state = single_track_step(*state, 0.0, 0.3, 0.3, dt, p)
        assert all(math.isfinite(v) for v in state)
    assert state[5] * 20.0 < 0.15 * 9.81


def test_a_car_that_brakes_to_zero_stands_and_one_told_to_reverse_does():
    start = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    assert single_track_step(*start, -4.0, 0.3, 0.3, 0.5, CAR)[3:] == (0.0, 0.0, 0.0)
    stopped = single_track_step(*start, -4.0, 0.0, 0.0, 0.5, CAR)
    assert stopped == pytest.approx((1.0 / 8.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    x, _, _, vx, _, _ = single_track_step(*stopped, -1.0, 0.0, 0.0, 0.5, CAR)
    assert vx == -0.5 and x < stopped[0]


def test_mirrored_steering_gives_the_mirrored_path():
    left = drive((0.0, 0.0, 0.0, 15.0, 0.0, 0.0), lambda t: 0.05 * math.sin(t))
    right = drive((0.0, 0.0, 0.0, 15.0, 0.0, 0.0), lambda t: -0.05 * math.sin(t))
    assert np.array_equal(np.array(left) * [1, -1, -1, 1, -1, -1], right)


@pytest.mark.parametrize("friction", [0.1, 0.3, 0.8])
def test_no_more_lateral_acceleration_than_the_road_gives(friction):
    state, p, before = (0.0, 0.0, 0.0, 15.0, 0.0, 0.0), CAR._replace(friction=friction), (0.0, 0.0)
    most = 0.0
    for _ in range(400):
        state = single_track_step(*state, 0.0, 0.3, 0.3, 0.01, p)
        lateral = (state[4] - before[0]) / 0.01 + state[3] * 0.5 * (state[5] + before[1])
        most, before = max(most, abs(lateral)), (state[4], state[5])
    assert most <= friction * 9.81 * 1.02
    assert most >= friction * 9.81 * 0.8


def test_on_dry_road_and_small_angles_the_friction_limit_is_not_felt():
    gentle = (0.0, 0.0, 0.0, 15.0, 0.0, 0.0)
    free = drive(gentle, lambda t: 0.005)
    held = drive(gentle, lambda t: 0.005, p=CAR._replace(friction=1.0))
    assert held[5] == pytest.approx(free[5], rel=0.02)
    assert held[5] != free[5]
