"""A vehicle with all its limits: what it reaches, where it stops, which way it goes."""

import math

import numpy as np
import pytest

from simeval.vehicles.actuators import actuated_step
from simeval.vehicles.air_brakes import AirBrake
from simeval.vehicles.trailer_geometry import couplings_of, drive_trailers, steady_hitch_angle
from simeval.vehicles.truck_sets import EU_SEMITRAILER, EU_SEMITRAILER_EMPTY
from simeval.vehicles.vehicle_sets import CAR, bodies_of

REST = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # x, y, heading, speed, drive, braking, waited, steering


def moving(speed, **changes):
    return (0.0, 0.0, 0.0, speed, 0.0, 0.0, 0.0, changes.get("steering", 0.0))


def drive(state, seconds, acceleration, steering=0.0, *, vehicle=CAR, dt=0.02, friction=0.9, reverses=False):
    """All states and paths of a drive; wishes are numbers or functions of time."""
    rows = []
    base = vehicle.units[0].wheelbase
    for k in range(round(seconds / dt)):
        a, d = (w(k * dt) if callable(w) else w for w in (acceleration, steering))
        *state, path = actuated_step(*state, a, d, reverses, base, friction, dt, vehicle.limits)
        rows.append((*state, path))
    return np.array(rows)


@pytest.mark.parametrize("dt", [0.1, 0.01])
@pytest.mark.parametrize("speed", [15.0, 25.0])
def test_a_loaded_truck_stops_in_the_distance_of_its_brakes(speed, dt):
    rows = drive(moving(speed), 12.0, -99.0, vehicle=EU_SEMITRAILER, dt=dt)
    p, b = EU_SEMITRAILER.limits.brake, EU_SEMITRAILER.limits.max_braking
    expected = speed * (p.dead_time + p.build_up) + speed**2 / (2 * b) - b * p.build_up**2 / 2
    assert rows[-1, 3] == 0.0
    assert rows[-1, 0] == pytest.approx(expected, rel=5e-4 if dt < 0.05 else 5e-3)
    assert rows[-1, 0] == pytest.approx(rows[:, 8].sum())


@pytest.mark.parametrize("friction", [0.15, 0.4])
def test_on_a_slippery_road_friction_sets_the_braking(friction):
    rows = drive(moving(20.0), 20.0, -9.0, vehicle=CAR, friction=friction)
    p, b = CAR.limits.brake, friction * 9.81
    expected = 20.0 * (p.dead_time + p.build_up) + 20.0**2 / (2 * b) - b * p.build_up**2 / 2
    assert rows[np.argmax(rows[:, 3] == 0.0), 0] == pytest.approx(expected, rel=2e-3)


def test_brakes_lose_grip_at_once_where_the_road_becomes_slippery():
    state = drive(moving(30.0), 1.0, -8.0)[-1, :8]
    assert state[5] > 7.9
    *after, _ = actuated_step(*state, -8.0, 0.0, False, 2.75, 0.2, 0.02, CAR.limits)
    assert after[5] <= 0.2 * 9.81 + 1e-12


def test_an_empty_truck_gathers_speed_faster_and_both_end_at_constant_power():
    speeds = {}
    for vehicle in (EU_SEMITRAILER, EU_SEMITRAILER_EMPTY):
        rows = drive(moving(15.0), 10.0, 9.0, vehicle=vehicle)
        energy = 0.5 * rows[:, 3] ** 2
        gained = np.diff(energy[-100:]) / 0.02
        assert np.allclose(gained, vehicle.limits.specific_power, rtol=2e-3)
        speeds[vehicle.name] = rows[-1, 3]
    assert speeds["eu-semitrailer-empty"] > speeds["eu-semitrailer"] + 3.0


def test_the_engine_is_limited_by_jerk():
    rows = drive(moving(5.0), 1.0, 4.0, dt=0.05)
    assert np.allclose(np.diff(rows[:8, 4]) / 0.05, 10.0)
    assert rows[-1, 4] == pytest.approx(4.0)


def test_the_steady_circle_has_the_radius_of_the_wheelbase():
    rows = drive(moving(5.0, steering=0.3), 40.0, 0.0, 0.3)
    radius = CAR.units[0].wheelbase / math.tan(0.3)
    assert np.allclose(np.hypot(rows[:, 0], rows[:, 1] - radius), radius, atol=1e-9)


def test_too_fast_for_the_curve_the_path_widens_to_what_friction_gives():
    rows = drive(moving(20.0, steering=0.3), 5.0, 0.0, 0.3, friction=0.5)
    turned = np.diff(rows[:, 2]) / rows[1:, 8]
    assert np.allclose(turned, 0.5 * 9.81 / 400.0)
    assert rows[-1, 7] == 0.3


def test_at_the_limit_of_cornering_nothing_is_left_for_the_brakes():
    rows = drive(moving(20.0, steering=0.3), 1.0, -9.0, 0.3, friction=0.5)
    assert rows[-1, 3] == pytest.approx(20.0, abs=1e-6)


def test_a_vehicle_stands_against_its_gear_and_moves_with_it():
    assert (drive(REST, 2.0, -3.0)[:, :4] == 0.0).all()
    back = drive(REST, 4.0, -1.0, 0.2, reverses=True)
    assert back[-1, 3] < -2.0 and back[-1, 0] < -3.0 and back[-1, 2] < 0.0
    stopped = drive(back[-1, :8], 4.0, 6.0, 0.2, reverses=True)
    assert stopped[-1, 3] == 0.0 and stopped[-1, 0] < back[-1, 0]
    assert (stopped[:, 3] <= 0.0).all()


def test_the_error_of_a_run_shrinks_with_the_square_of_the_step():
    def end(dt):
        wide = CAR.limits._replace(max_jerk=1e9, max_steering_rate=1e9, brake=AirBrake(0.0, 0.0, 0.0))
        state = moving(12.0)
        for k in range(round(4.0 / dt)):
            # the command of a step is what is reached at its end
            t = (k + 1) * dt
            a, d = 0.8 * math.sin(0.5 * t), 0.1 * math.sin(0.4 * t)
            *state, _ = actuated_step(*state, a, d, False, 2.75, 1e9, dt, wide)
        return np.array(state[:3])

    exact = end(1.0 / 4000.0)
    errors = [np.abs(end(dt) - exact).max() for dt in (0.2, 0.1, 0.05)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 1.8).all() and (orders < 2.2).all(), (errors, orders)


def test_a_semitrailer_follows_the_tractor_through_a_roundabout():
    rows = drive(moving(4.0, steering=0.2), 60.0, 0.0, 0.2, vehicle=EU_SEMITRAILER)
    turns = np.diff(rows[:, 2], prepend=0.0)
    offset, wheelbase = couplings_of(bodies_of(EU_SEMITRAILER))
    motion = np.column_stack([rows[:, 8], turns])
    angles, flags = drive_trailers([0.0], offset, wheelbase, motion, EU_SEMITRAILER.articulation)
    expected = steady_hitch_angle(math.tan(0.2) / 3.7, offset[0], wheelbase[0])
    assert angles[-1, 0] == pytest.approx(expected, abs=1e-9)
    assert (flags == -1).all()
