"""Pedestrians and cyclists who cross."""

import math

import numpy as np
import pytest

from simeval.traffic.crossing import (
    ACROSS,
    COMING,
    CROSSING,
    HESITATING,
    WAITING,
    CrossingParameters,
    accepted_gap,
    critical_gap,
    free_time,
    gives_way,
    pedestrian_step,
)
from simeval.traffic.cyclists import CyclistParameters, cyclist_acceleration

P, BIKE, DT, WIDTH = CrossingParameters(), CyclistParameters(), 0.1, 7.0
INF = math.inf


def test_the_critical_gap_of_a_two_lane_road_is_that_of_the_manual():
    assert critical_gap(7.2, P) == pytest.approx(9.0)


def test_observed_accepted_gaps_lie_below_the_critical_one_and_above_the_bare_way():
    for width in (6.1, 9.0, 12.0):
        assert accepted_gap(width, 0.0, P) == critical_gap(width, P)
        assert accepted_gap(width, 30.0, P) < critical_gap(width, P)
        assert accepted_gap(width, 1e6, P) == pytest.approx(width / P.speed)


@pytest.mark.parametrize(
    ("vehicle", "seconds"),
    [
        pytest.param((20.0, 4.5, 10.0, 0.0), 2.0, id="approaching"),
        pytest.param((-2.0, 4.5, 10.0, 0.0), 0.0, id="on the crossing"),
        pytest.param((-5.0, 4.5, 10.0, 0.0), INF, id="past"),
        pytest.param((3.0, 4.5, 0.0, 0.0), INF, id="standing before it"),
        pytest.param((0.5, 4.5, 0.05, 0.0), 10.0, id="standing too close"),
        pytest.param((20.0, 4.5, 10.0, -3.0), INF, id="braking enough"),
        pytest.param((20.0, 4.5, 10.0, -2.0), 2.0, id="braking too little"),
    ],
)
def test_how_long_a_vehicle_leaves_the_crossing_alone(vehicle, seconds):
    assert free_time(*vehicle, 1.0) == pytest.approx(seconds)
    assert not gives_way(-0.1, 0.0, 0.0, 1.0)


def walk(free_at, lane_free_at=lambda *_: INF, seconds=60.0, lane=3.5, start=3.0):
    """(time, phase, place) of somebody who walks up to a road of two lanes; the kerb is at place 0."""
    phase, clock, place, rows = COMING, 0.0, -start, []
    for k in range(round(seconds / DT)):
        t = k * DT
        nxt = 0.0 if place < 0.0 else lane
        to_next = nxt - place if place < lane else INF
        phase, clock, speed = pedestrian_step(
            phase, clock, -place, to_next, nxt + lane - place, WIDTH - place,
            free_at(t), lane_free_at(t, place), DT, P,
        )  # fmt: skip
        place += speed * DT
        rows.append((t, phase, place))
    return rows


def phases(rows):
    return list(dict.fromkeys(phase for _, phase, _ in rows))


def first(rows, phase):
    return next(t for t, p, _ in rows if p == phase)


def test_on_an_empty_road_one_looks_and_crosses_at_walking_speed():
    rows = walk(lambda _: INF)
    assert phases(rows) == [COMING, WAITING, CROSSING, ACROSS]
    assert first(rows, CROSSING) - first(rows, WAITING) == pytest.approx(P.look, abs=1.01 * DT)
    took = first(rows, ACROSS) - first(rows, CROSSING)
    assert took == pytest.approx((WIDTH + P.kerb) / P.speed, abs=2 * DT)


def test_one_waits_at_the_kerb_while_vehicles_come():
    rows = walk(lambda t: 3.0 if t < 30.0 else INF)
    assert 30.0 <= first(rows, CROSSING) < 30.0 + 2 * DT
    assert max(place for t, _, place in rows if t < 30.0) < 0.0


def test_nobody_is_met_on_the_road_by_traffic_that_keeps_its_speed():
    rng, started = np.random.default_rng(8), 0
    for _ in range(60):
        arrivals = np.cumsum(rng.exponential(6.0, 40))

        def free(t, arrivals=arrivals):
            later = arrivals[arrivals >= t]
            return float(later[0] - t) if len(later) else INF

        rows = walk(free, seconds=180.0)
        on_road = [t for t, _, place in rows if 0.0 < place < WIDTH]
        if on_road:
            started += 1
            met = (arrivals > on_road[0] + DT) & (arrivals < on_road[-1] - DT)
            assert not met.any()
    assert started > 40


def test_one_hesitates_before_a_lane_in_which_somebody_comes_and_walks_on_afterwards():
    def second_lane(t, place):
        return 1.0 if place > 0.0 and t < 20.0 else INF

    rows = walk(lambda _: INF, second_lane)
    assert phases(rows) == [COMING, WAITING, CROSSING, HESITATING, ACROSS]
    stands = [place for _, phase, place in rows if phase == HESITATING]
    assert max(stands) < 3.5
    assert stands[0] == stands[-1]
    assert first(rows, ACROSS) > 20.0


def test_a_vehicle_that_stands_before_the_crossing_is_no_reason_to_wait():
    assert free_time(2.0, 4.5, 0.0, 0.0, P.yielding) == INF
    rows = walk(lambda t: free_time(2.0, 4.5, 0.0, 0.0, P.yielding) if t > 5.0 else 1.0)
    assert first(rows, CROSSING) < 5.5


def ride(free_at, distance=30.0, speed=4.5, seconds=60.0):
    """(time, place, speed) of a cyclist who comes to a road; the kerb is at place 0."""
    place, rows = -distance, []
    for k in range(round(seconds / DT)):
        wanted = cyclist_acceleration(speed, -place, WIDTH - place, free_at(k * DT), BIKE)
        new = max(0.0, speed + wanted * DT)
        place, speed = place + 0.5 * (speed + new) * DT, new
        rows.append((k * DT, place, speed))
    return rows


def test_a_cyclist_rides_across_an_empty_road_without_braking():
    assert min(speed for *_, speed in ride(lambda _: INF)) >= 4.4


def test_a_cyclist_stops_before_the_kerb_and_starts_when_the_road_is_free():
    rows = ride(lambda t: 1.0 if t < 30.0 else INF)
    waiting = [place for t, place, _ in rows if t < 30.0]
    assert -2.0 * BIKE.kerb < max(waiting) < 0.0
    assert next(speed for t, _, speed in rows if t > 29.9) < 0.05
    assert rows[-1][1] > WIDTH


@pytest.mark.parametrize("speed", [2.0, 4.5, 7.0])
def test_a_cyclist_who_may_not_cross_never_brakes_harder_than_two_wheels_can(speed):
    rows = ride(lambda _: 0.5, speed=speed)
    assert max(place for _, place, _ in rows) < 0.0
    assert np.diff([s for *_, s in rows]).min() / DT >= -BIKE.hard_braking - 1e-9


def test_a_cyclist_who_cannot_stop_any_more_rides_on():
    assert cyclist_acceleration(4.5, 2.0, 9.0, 1.0, BIKE) >= 0.0
    assert cyclist_acceleration(4.5, 6.0, 13.0, 1.0, BIKE) < 0.0
