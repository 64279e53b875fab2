"""What engine, brakes, steering and road leave of a wish."""

import math

import numpy as np
import pytest

from simeval.vehicles.limits import (
    limited_braking,
    limited_by_friction,
    limited_by_power,
    limited_change,
    limited_curvature,
    limited_jerk,
    limited_steering,
)


@pytest.mark.parametrize(
    ("wanted", "speed", "expected"),
    [
        pytest.param(5.0, 0.0, 3.0, id="from standstill by traction"),
        pytest.param(5.0, 10.0, 3.0, id="at the switching speed"),
        pytest.param(5.0, 30.0, 1.0, id="above it by power"),
        pytest.param(0.5, 30.0, 0.5, id="less than possible"),
        pytest.param(-8.0, 30.0, -8.0, id="braking is not the engine's"),
        pytest.param(-5.0, -30.0, -1.0, id="in reverse"),
        pytest.param(8.0, -30.0, 8.0, id="braking in reverse"),
    ],
)
def test_engine_power_over_speed(wanted, speed, expected):
    assert limited_by_power(wanted, speed, 3.0, 30.0) == pytest.approx(expected)


def test_at_full_power_kinetic_energy_grows_linearly():
    speed, dt, energy = 15.0, 1e-3, []
    for _ in range(5000):
        energy.append(0.5 * speed**2)
        speed += limited_by_power(9.0, speed, 3.0, 30.0) * dt
    assert np.allclose(np.diff(energy) / dt, 30.0, rtol=1e-3)


@pytest.mark.parametrize(
    ("wanted", "speed", "expected"),
    [(-9.0, 10.0, -6.0), (-5.0, 10.0, -5.0), (9.0, 10.0, 9.0), (9.0, -10.0, 6.0), (-9.0, -10.0, -9.0),
     (-9.0, 0.0, -9.0)],
)  # fmt: skip
def test_braking_is_limited_against_the_motion_only(wanted, speed, expected):
    assert limited_braking(wanted, speed, 6.0) == expected


@pytest.mark.parametrize("lateral", [0.0, 3.0, -5.0, 7.8])
def test_both_accelerations_stay_in_the_friction_circle(lateral):
    grip = 0.8 * 9.81
    for wanted in (-20.0, -1.0, 0.0, 2.0, 20.0):
        along = limited_by_friction(wanted, lateral, 0.8)
        assert math.hypot(along, lateral) <= grip * (1 + 1e-12)
        if math.hypot(wanted, lateral) <= grip:
            assert along == wanted
    assert limited_by_friction(20.0, lateral, 0.8) == pytest.approx(math.sqrt(grip**2 - lateral**2))


def test_nothing_is_left_along_when_cornering_takes_all_grip():
    assert limited_by_friction(-3.0, 9.0, 0.8) == 0.0


def test_a_wet_road_cuts_curvature_with_the_square_of_the_speed():
    assert limited_curvature(0.05, 5.0, 0.4) == 0.05
    assert limited_curvature(-0.05, 20.0, 0.4) == pytest.approx(-0.4 * 9.81 / 400.0)
    assert limited_curvature(0.05, 0.0, 0.4) == 0.05


def test_steering_reaches_its_stop_at_its_rate():
    angle, reached = 0.0, []
    for _ in range(20):
        angle = limited_steering(angle, 5.0, 0.6, 0.5, 0.1)
        reached.append(angle)
    assert np.allclose(reached, np.minimum(0.05 * np.arange(1, 21), 0.6))
    assert limited_steering(0.0, -5.0, 0.6, 100.0, 0.1) == -0.6


def test_changes_are_limited_both_ways_and_small_ones_are_exact():
    assert limited_change(1.0, 9.0, 2.0, 0.5) == 2.0
    assert limited_change(1.0, -9.0, 2.0, 0.5) == 0.0
    assert limited_change(1.0, 1.25, 2.0, 0.5) == 1.25
    assert limited_jerk(0.0, -6.0, 10.0, 0.1) == -1.0
