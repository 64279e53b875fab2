"""Air brakes: timing as the rules measure it, and the stopping distance in closed form."""

import math

import pytest

from simeval.vehicles.air_brakes import FMVSS121_TRUCK, UN_R13, AirBrake, air_brake_step, build_up_time


def response(p, demand, seconds, dt):
    """Deceleration after a step of demand."""
    braking = waited = 0.0
    for _ in range(round(seconds / dt)):
        braking, waited, _ = air_brake_step(braking, waited, demand, dt, p)
    return braking


def stopping_distance(speed, demand, p, dt):
    """Path from the demand to standstill; within a step the mean deceleration acts."""
    braking = waited = distance = 0.0
    while speed > 0.0:
        braking, waited, mean = air_brake_step(braking, waited, demand, dt, p)
        if mean * dt >= speed:
            return distance + 0.5 * speed * speed / mean
        distance += speed * dt - 0.5 * mean * dt * dt
        speed -= mean * dt
    return distance


def closed_form(speed, demand, p):
    """v (td + T) + v^2 / 2b - b T^2 / 2 when the stop takes many build-up times T."""
    late = p.dead_time + p.build_up
    return speed * late + speed**2 / (2.0 * demand) - 0.5 * demand * p.build_up**2


@pytest.mark.parametrize("dt", [0.5, 0.1, 0.07, 0.01])
@pytest.mark.parametrize(("p", "time", "share"), [(UN_R13, 0.6, 0.75), (FMVSS121_TRUCK, 0.45, 0.6)])
def test_the_rule_is_met_to_the_point_whatever_the_step(p, time, share, dt):
    count = math.ceil(time / dt)
    braking = response(p, 5.0, count * dt, dt)
    exact = 5.0 * (1.0 - math.exp(-(count * dt - p.dead_time) / p.build_up))
    assert braking == pytest.approx(exact, rel=1e-12)
    assert response(p, 5.0, time, time / 7.0) == pytest.approx(5.0 * share, rel=1e-12)


def test_nothing_happens_during_the_dead_time():
    assert response(UN_R13, 6.0, 0.15, 0.05) == 0.0
    assert response(UN_R13, 6.0, 0.16, 0.01) > 0.0


@pytest.mark.parametrize("speed", [10.0, 22.2, 30.0])
@pytest.mark.parametrize("p", [UN_R13, FMVSS121_TRUCK, AirBrake(0.4, 0.1, 0.1)])
def test_stopping_distance_with_delay_and_build_up(speed, p):
    expected = closed_form(speed, 5.0, p)
    assert stopping_distance(speed, 5.0, p, 1e-3) == pytest.approx(expected, rel=2e-4)
    errors = [abs(stopping_distance(speed, 5.0, p, dt) - expected) for dt in (0.1, 0.01)]
    assert errors[0] < 0.05 * speed * 0.1 and errors[1] <= errors[0]


def test_without_build_up_it_is_the_textbook_distance():
    p = AirBrake(0.6, 0.0, 0.0)
    assert stopping_distance(20.0, 5.0, p, 0.1) == pytest.approx(20.0 * 0.6 + 20.0**2 / 10.0, rel=1e-9)


def test_linings_that_touch_answer_at_once_and_released_ones_wait_again():
    p = AirBrake(0.3, 0.2, 0.1)
    braking = waited = 0.0
    for _ in range(20):
        braking, waited, _ = air_brake_step(braking, waited, 2.0, 0.1, p)
    more, waited, _ = air_brake_step(braking, waited, 4.0, 0.1, p)
    assert more == pytest.approx(braking + (4.0 - braking) * (1.0 - math.exp(-0.5)))
    for _ in range(20):
        more, waited, _ = air_brake_step(more, waited, 0.0, 0.1, p)
    assert (more, waited) == (0.0, 0.0)
    assert air_brake_step(more, waited, 4.0, 0.1, p)[0] == 0.0


def test_a_demand_given_up_during_the_dead_time_leaves_no_trace():
    _, waited, _ = air_brake_step(0.0, 0.0, 5.0, 0.1, UN_R13)
    assert waited == 0.1
    assert air_brake_step(0.0, waited, 0.0, 0.1, UN_R13) == (0.0, 0.0, 0.0)


def test_release_has_its_own_time_constant():
    p = AirBrake(0.1, 0.3, 0.5)
    after, _, mean = air_brake_step(4.0, 0.1, 1.0, 0.2, p)
    assert after == pytest.approx(1.0 + 3.0 * math.exp(-0.4))
    assert mean == pytest.approx(1.0 + 3.0 * 0.5 * (1.0 - math.exp(-0.4)) / 0.2)


def test_build_up_time_reaches_the_share_in_time():
    assert 1.0 - math.exp(-(0.6 - 0.2) / build_up_time(0.6, 0.75, 0.2)) == pytest.approx(0.75)
