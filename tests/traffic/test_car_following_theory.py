"""What theory says of car following: equilibrium, stability of a platoon, stopping."""

import math

import numpy as np
import pytest

from simeval.kernel import kernel
from simeval.traffic.idm import IdmParameters, follow, idm_acceleration
from simeval.traffic.idm_nuplan import NuplanIdm, nuplan_idm_acceleration

DESIRED = 15.0


def equilibrium_gap(speed, p):
    return (p.min_gap + speed * p.headway) / math.sqrt(1.0 - (speed / DESIRED) ** 4)


@pytest.mark.parametrize("speed", [0.0, 2.0, 8.0, 14.0])
def test_followers_hold_the_equilibrium_gap(speed):
    p = IdmParameters()
    gap = equilibrium_gap(speed, p)
    assert abs(idm_acceleration(speed, gap, 0.0, DESIRED, p)) < 1e-12
    assert idm_acceleration(speed, 1.1 * gap, 0.0, DESIRED, p) > 0.0
    assert idm_acceleration(speed, 0.9 * gap, 0.0, DESIRED, p) < 0.0
    peer = NuplanIdm(DESIRED, p.min_gap, p.headway, p.max_acceleration, p.comfortable_braking)
    assert abs(nuplan_idm_acceleration(speed, gap, speed, peer)) < 1e-12


@kernel
def _platoon(count, speed, gap, desired, swing, frequency, steps, dt, p, x, v, a, low, high):
    """Drives a platoon behind a leader whose speed swings; low and high are the speeds of its last third."""
    for i in range(count + 1):
        x[i], v[i] = -i * gap, speed
    for k in range(steps):
        lead = speed + swing * math.sin(frequency * k * dt)
        x[0] += 0.5 * (v[0] + lead) * dt
        v[0] = lead
        for i in range(1, count + 1):
            a[i] = idm_acceleration(v[i], x[i - 1] - x[i], v[i] - v[i - 1], desired, p)
        for i in range(1, count + 1):
            x[i] += v[i] * dt + 0.5 * a[i] * dt * dt
            v[i] += a[i] * dt
        if 3 * k >= 2 * steps:
            for i in range(count + 1):
                low[i], high[i] = min(low[i], v[i]), max(high[i], v[i])


def measured_growth(speed, p, frequency, count):
    """How the swing of the speed grows from the leader to the last of `count` followers."""
    # Bodies are points here: a gap is a distance.
    rows = [np.zeros(count + 1) for _ in range(3)] + [np.full(count + 1, speed), np.full(count + 1, speed)]
    gap, period = equilibrium_gap(speed, p), 2.0 * math.pi / frequency
    steps = round((6.0 * period + 8.0 * count) / 0.02) * 3 // 2
    _platoon(count, speed, gap, DESIRED, 1e-4, frequency, steps, 0.02, p, *rows)
    swing = rows[4] - rows[3]
    return swing[count] / swing[0]


def derivatives(speed, p):
    """Change of the equilibrium acceleration with gap, own speed and leader's speed, by calculus."""
    gap, root = equilibrium_gap(speed, p), 2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking)
    desired_gap, twice = p.min_gap + speed * p.headway, 2.0 * p.max_acceleration
    by_gap = twice * desired_gap**2 / gap**3
    near = twice * desired_gap / gap**2
    by_speed = -p.max_acceleration * 4.0 * speed**3 / DESIRED**4 - near * (p.headway + speed / root)
    return by_gap, by_speed, near * speed / root


def predicted_growth(speed, p, frequency):
    """From one vehicle to the next: |transfer function of the linearised follower|."""
    by_gap, by_speed, by_lead = derivatives(speed, p)
    w = complex(0.0, frequency)
    return abs((by_gap + w * by_lead) / (w * w - w * by_speed + by_gap))


def stability(speed, p):
    """Positive when a platoon is string stable: Treiber & Kesting (2013), ch. 15."""
    by_gap, by_speed, by_lead = derivatives(speed, p)
    slope = -by_gap / (by_speed + by_lead)  # of the equilibrium speed over the gap
    return 0.5 * (by_lead - by_speed) - slope


def critical_acceleration(speed):
    """The acceleration parameter on the threshold of string stability, by bisection."""
    low, high = 0.1, 10.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if stability(speed, livelier(middle)) > 0.0 else (middle, high)
    return low


def livelier(acceleration):
    return IdmParameters(max_acceleration=acceleration)


def test_the_criterion_of_string_stability_is_that_of_the_transfer_function():
    for speed in (3.0, 8.0, 12.0):
        for acceleration in (0.3, 0.6, 1.0, 1.5, 3.0):
            p = livelier(acceleration)
            grows = max(predicted_growth(speed, p, w) for w in np.geomspace(1e-3, 3.0, 400)) > 1.0
            assert grows == (stability(speed, p) < 0.0)


def test_our_default_drivers_are_string_stable_at_all_speeds():
    thresholds = [critical_acceleration(speed) for speed in np.linspace(0.25, 14.75, 59)]
    assert max(thresholds) == pytest.approx(1.34, abs=0.01)
    assert IdmParameters().max_acceleration > max(thresholds)


@pytest.mark.parametrize("speed", [5.0, 9.0])
def test_a_swing_dies_out_in_a_platoon_just_above_the_threshold_of_string_stability(speed):
    p = livelier(1.15 * critical_acceleration(speed))
    for frequency in (0.05, 0.1, 0.3):
        found = measured_growth(speed, p, frequency, 50)
        assert found < 1.0
        assert found ** (1 / 50) == pytest.approx(predicted_growth(speed, p, frequency), rel=2e-3)


@pytest.mark.parametrize("speed", [5.0, 9.0])
def test_a_swing_grows_in_a_platoon_just_below_the_threshold_of_string_stability(speed):
    p = livelier(0.85 * critical_acceleration(speed))
    frequency = max(np.geomspace(0.01, 1.0, 300), key=lambda w: predicted_growth(speed, p, w))
    found = measured_growth(speed, p, float(frequency), 50)
    assert found > 1.1
    assert found ** (1 / 50) == pytest.approx(predicted_growth(speed, p, frequency), rel=2e-3)


@pytest.mark.parametrize("speed", [3.0, 8.0, 13.0, 20.0])
def test_a_follower_stops_behind_a_standing_obstacle_without_contact(speed):
    p, dt = IdmParameters(), 0.1
    braking = speed * speed / (2.0 * p.comfortable_braking)
    gap, v, hardest = braking + speed * p.headway + p.min_gap, speed, 0.0
    for _ in range(900):
        a = follow(v, gap, v, max(speed, 0.1), p)
        new = max(0.0, v + a * dt)
        gap, v, hardest = gap - 0.5 * (v + new) * dt, new, min(hardest, a)
        assert gap > 0.0
    assert v < 0.01
    assert 0.9 * p.min_gap < gap < 1.3 * p.min_gap
    assert hardest > -1.6 * p.comfortable_braking
