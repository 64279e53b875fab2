"""Chains of trailers against closed forms: off-tracking, exact solution, order, jackknife."""

import math

import numpy as np
import pytest

from simeval.errors import UsageError
from simeval.scenario.agents import Bodies
from simeval.vehicles.commonroad import commonroad_drive
from simeval.vehicles.commonroad_parameters import TRUCK_WITH_TRAILER
from simeval.vehicles.trailer_geometry import (
    couplings_of,
    critical_hitch_angle,
    drive_trailers,
    steady_axle_radii,
    steady_hitch_angle,
)

ON_AXLE, FIFTH_WHEEL, DRAWBAR = 0.0, -0.6, 1.4  # offsets behind the axle before [m]


def circle(radius, metres, step=0.5):
    return [(step, step / radius)] * round(metres / step)


@pytest.mark.parametrize("offset", [ON_AXLE, FIFTH_WHEEL, DRAWBAR])
@pytest.mark.parametrize("radius", [12.0, 30.0, -20.0])
def test_a_trailer_settles_at_the_steady_angle(offset, radius):
    angles, _ = drive_trailers([0.0], [offset], [8.1], circle(radius, 300.0))
    assert angles[-1, 0] == pytest.approx(steady_hitch_angle(1.0 / radius, offset, 8.1), abs=1e-12)


def test_the_known_off_tracking_of_a_semitrailer():
    assert steady_hitch_angle(1.0 / 20.0, 0.0, 8.1) == pytest.approx(math.asin(8.1 / 20.0), abs=1e-15)
    radii = steady_axle_radii(20.0, [0.0], [8.1])
    assert radii[0] - radii[1] == pytest.approx(1.713666, abs=1e-6)


def axle_places(motion, hitch, offset, wheelbase):
    """Places of all axles of a chain after a motion that began at the origin, by bodies alone."""
    x = y = heading = 0.0
    for distance, turn in motion:
        half = 0.5 * turn
        chord = distance * (math.sin(half) / half if half else 1.0)
        x, y = x + chord * math.cos(heading + half), y + chord * math.sin(heading + half)
        heading += turn
    places = [(x, y)]
    for angle, m, length in zip(hitch, offset, wheelbase, strict=True):
        x, y = x - m * math.cos(heading), y - m * math.sin(heading)
        heading -= angle
        x, y = x - length * math.cos(heading), y - length * math.sin(heading)
        places.append((x, y))
    return np.array(places)


def test_every_axle_of_a_road_train_runs_on_the_circle_of_its_closed_form():
    offset, wheelbase = [-0.6, 2.1, 0.0], [7.7, 2.0, 6.5]  # semitrailer, dolly, semitrailer
    motion = circle(25.0, 500.0)
    angles, jackknifed = drive_trailers([0.0] * 3, offset, wheelbase, motion)
    places = axle_places(motion, angles[-1], offset, wheelbase)
    radii = np.hypot(places[:, 0], places[:, 1] - 25.0)
    assert np.allclose(radii, steady_axle_radii(25.0, offset, wheelbase), atol=1e-9)
    assert (jackknifed == -1).all()


def test_off_axle_hitches_pull_the_trailer_outwards():
    radii = [steady_axle_radii(15.0, [m], [5.0])[1] for m in (0.0, 1.0, 2.0)]
    assert radii == sorted(radii) and radii[0] < radii[1] < radii[2]


def exact_angle(start, curvature, offset, length, path):
    """g' = k - sin(g) / L + M k cos(g) / L for constant k, by t = tan(g / 2) and the matrix exponential.

    2 t' = (k + B) - 2 t / L + (k - B) t^2 with B = M k / L is a Riccati equation with constant
    coefficients: t = p / q with a linear system for p and q.
    """
    b = offset * curvature / length
    linear = np.array([[-1.0 / length, curvature + b], [-(curvature - b), 1.0 / length]]) * 0.5 * path
    values, vectors = np.linalg.eig(linear.astype(complex))
    flow = (vectors @ np.diag(np.exp(values)) @ np.linalg.inv(vectors)).real
    p, q = flow @ np.array([math.tan(start / 2.0), 1.0])
    return 2.0 * math.atan2(p, q)


@pytest.mark.parametrize("offset", [ON_AXLE, FIFTH_WHEEL, DRAWBAR])
def test_one_long_step_is_close_to_the_exact_solution_and_halving_it_sixteen_times_closer(offset):
    curvature, length, path = 1.0 / 12.0, 8.0, 1.6  # below a quarter wheelbase: one substep
    errors = []
    for parts in (1, 2, 4):
        motion = [(path / parts, path * curvature / parts)] * parts
        angles, _ = drive_trailers([-0.7], [offset], [length], motion)
        errors.append(abs(angles[-1, 0] - exact_angle(-0.7, curvature, offset, length, path)))
    assert errors[0] < 1e-5
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 3.6).all() and (orders < 4.6).all(), (errors, orders)


def test_long_steps_are_divided_so_that_short_dollies_stay_accurate():
    angles, _ = drive_trailers([0.4], [0.0], [2.0], [(3.3, 3.3 / 20.0)])
    assert angles[-1, 0] == pytest.approx(exact_angle(0.4, 1.0 / 20.0, 0.0, 2.0, 3.3), abs=5e-6)


def test_speed_does_not_matter_only_the_path_does():
    slow, _ = drive_trailers([0.1], [-0.6], [7.7], circle(20.0, 60.0, step=0.1))
    fast, _ = drive_trailers([0.1], [-0.6], [7.7], circle(20.0, 60.0, step=1.0))
    assert np.allclose(slow[::10], fast, atol=1e-6)


def test_driving_back_over_the_same_path_gives_the_first_angle_again():
    there = circle(30.0, 5.0)
    back = [(-d, -t) for d, t in there]
    angles, _ = drive_trailers([0.2, -0.1], [0.5, 0.0], [5.0, 4.0], there + back)
    assert np.allclose(angles[-1], angles[0], atol=1e-8)


def test_standing_moves_nothing():
    angles, jackknifed = drive_trailers([0.3, 0.1], [0.0, 1.0], [5.0, 4.0], [(0.0, 0.0)] * 3)
    assert (angles == angles[0]).all() and (jackknifed == -1).all()


@pytest.mark.parametrize("offset", [ON_AXLE, FIFTH_WHEEL, DRAWBAR])
def test_reversing_recovers_below_the_critical_angle_and_jackknifes_above_it(offset):
    tightest, length, limit = 1.0 / 9.0, 7.7, [1.6]
    critical = critical_hitch_angle(tightest, offset, length)
    full_lock = [(-0.2, -0.2 * tightest)] * 400  # reversing on the circle that reduces the angle
    below, flags = drive_trailers([critical - 0.01], [offset], [length], full_lock, limit)
    assert below[-1, 0] < 0.0 or below[-1, 0] < critical - 0.5
    assert (below[:, 0] <= critical).all() and flags[0] == -1
    above, flags = drive_trailers([critical + 0.01], [offset], [length], full_lock, limit)
    assert above[-1, 0] == limit[0]
    first = int(np.argmax(flags == 0))
    assert flags[first] == 0 and (flags[:first] == -1).all() and (np.diff(above[: first + 1, 0]) > 0).all()


def test_a_lock_tighter_than_the_trailer_recovers_from_any_angle():
    assert critical_hitch_angle(1.0 / 5.0, -0.6, 7.7) == math.pi
    angles, _ = drive_trailers([2.0], [-0.6], [7.7], [(-0.1, -0.02)] * 400)
    assert (np.diff(angles[:150, 0]) < 0.0).all() and angles[-1, 0] < 0.5


def test_reversing_straight_folds_any_angle_and_names_the_coupling():
    angles, flags = drive_trailers([0.0, 0.05], [0.0, 0.5], [6.0, 4.0], [(-0.5, 0.0)] * 100, limit=[1.5, 1.2])
    assert flags[-1] >= 0 and np.abs(angles[-1]).max() <= 1.5
    assert 1 in flags
    assert abs(angles[np.argmax(flags >= 0) + 1, 1]) == 1.2


def test_a_circle_too_tight_to_follow_ends_at_the_limit():
    with pytest.raises(UsageError, match="the trailer folds"):
        steady_hitch_angle(1.0 / 5.0, 0.0, 8.0)
    with pytest.raises(UsageError, match="tighter than trailers follow"):
        steady_axle_radii(5.0, [0.0], [8.0])
    angles, flags = drive_trailers([0.0], [0.0], [8.0], circle(5.0, 60.0), limit=[1.57])
    assert flags[-1] == 0 and angles[-1, 0] == 1.57


def test_on_axle_it_is_the_trailer_model_of_commonroad():
    p, dt = TRUCK_WITH_TRAILER, 0.001
    start = [0.0, 0.0, 0.2, 6.0, 0.0, 0.1]
    states = commonroad_drive("KST", start, [(0.0, 0.0)] * 5000, p, dt)
    turn = 6.0 * math.tan(0.2) / (p.front + p.rear) * dt
    angles, _ = drive_trailers([-0.1], [0.0], [p.trailer_wheelbase], [(6.0 * dt, turn)] * 5000)
    assert np.allclose(angles[:, 0], -states[:, 5], atol=1e-9)  # theirs: trailer minus truck


def test_couplings_come_from_the_body_table():
    bodies = Bodies(
        agent=np.array([0, 1, 1, 1]),
        length=np.array([4.0, 6.0, 9.0, 8.0]),
        width=np.full(4, 2.5),
        axle=np.array([-1.0, -2.1, -2.5, -1.0]),
        wheelbase=np.array([2.0, 3.7, 7.0, 4.0]),
        front_hitch=np.array([0.0, 0.0, 4.5, 3.0]),
        rear_hitch=np.array([0.0, -1.5, -4.0, 0.0]),
    )
    offset, wheelbase = couplings_of(bodies, agent=1)
    assert np.allclose(offset, [-0.6, 1.5]) and np.allclose(wheelbase, [7.0, 4.0])
    assert len(couplings_of(bodies, agent=0)[0]) == 0


def test_bad_chains_are_refused():
    with pytest.raises(UsageError, match="one value for each coupling"):
        drive_trailers([0.0], [0.0, 0.0], [5.0], [(1.0, 0.0)])
    with pytest.raises(UsageError, match="lengths > 0"):
        drive_trailers([0.0], [0.0], [0.0], [(1.0, 0.0)])
