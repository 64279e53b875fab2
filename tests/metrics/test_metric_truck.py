"""Long and heavy vehicles: closed forms on steady circles, and shapely or dense sampling on random drives."""

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely

from simeval.geometry import corners
from simeval.metrics import METRICS, Episode, measure_episode
from simeval.metrics.truck.distance import required_headway, stopping_distance
from simeval.metrics.truck.rollover import rollover_threshold
from simeval.metrics.truck.space import outline_points
from simeval.metrics.truck.swept import section_widths
from simeval.metrics.worlds import Track, straight_road, world
from simeval.metrics.worlds_truck import semitrailer
from simeval.scenario import Flag
from simeval.vehicles.air_brakes import UN_R13, air_brake_step
from simeval.vehicles.trailer_geometry import steady_axle_radii, steady_hitch_angle
from simeval.vehicles.truck_sets import EU_SEMITRAILER, EU_SEMITRAILER_EMPTY, US_SEMITRAILER

TRACTOR, TRAILER = EU_SEMITRAILER.units
OFFSET = TRACTOR.axle - TRACTOR.rear_hitch


def episode(made):
    return Episode(scenario=made.scenario, trace=made.trace)


def value(made, name):
    row = METRICS[name].measure(episode(made))
    assert not row.is_error, row.reason
    return row.value


def circle(radius, speed=5.0, dt=0.05):
    return semitrailer([[60.0, 0.0, 1.0 / radius]], speed=speed, seconds=12.0, hitch=None, dt=dt)


RADII = [15.0, 20.0, -30.0, 60.0]


@pytest.mark.parametrize("radius", RADII)
def test_off_tracking_on_a_steady_circle_is_the_difference_of_the_axles_radii(radius):
    r = abs(radius)
    last = steady_axle_radii(r, [OFFSET], [TRAILER.wheelbase])[1]
    assert value(circle(radius), "max_off_tracking_m") == pytest.approx(
        math.hypot(r, TRACTOR.wheelbase) - last, abs=2e-3
    )


@pytest.mark.parametrize("radius", RADII)
def test_cut_in_on_a_steady_circle_is_that_of_the_axles_for_equal_widths(radius):
    r = abs(radius)
    last = steady_axle_radii(r, [OFFSET], [TRAILER.wheelbase])[1]
    assert value(circle(radius), "max_cut_in_m") == pytest.approx(r - last, abs=2e-3)


@pytest.mark.parametrize("radius", RADII)
def test_the_swept_width_of_a_steady_circle_reaches_from_the_front_corner_to_the_trailers_axle(radius):
    r = abs(radius)
    half = 0.5 * TRACTOR.width
    outer = math.hypot(r + half, 0.5 * TRACTOR.length - TRACTOR.axle)
    inner = steady_axle_radii(r, [OFFSET], [TRAILER.wheelbase])[1] - 0.5 * TRAILER.width
    assert value(circle(radius), "max_swept_width_m") == pytest.approx(outer - inner, abs=5e-3)


@pytest.mark.parametrize("radius", [8.0, -12.0, 25.0])
def test_a_rigid_vehicle_swings_out_by_the_closed_form_when_it_turns_out_of_a_straight_line(radius):
    """The rear axle of a simple car is 0.3 of its length behind its centre."""
    speed, length, width = 3.0, 12.0, 2.5
    made = semitrailer(
        [[4.0, 0.0, 0.0], [30.0, 0.0, 1.0 / radius]], speed=speed, seconds=9.0, dt=0.05,
        vehicle=replace(EU_SEMITRAILER, units=(
            replace(TRACTOR, length=length, width=width, axle=-2.0, wheelbase=6.0, rear_hitch=-2.0),
            replace(TRAILER, length=0.5, width=0.5, axle=0.0, front_hitch=0.5),
        )),
    )  # fmt: skip
    overhang, outer = 0.5 * length - 2.0, abs(radius) + 0.5 * width
    expected = math.hypot(outer, overhang) - outer
    assert value(made, "max_swing_out_m") == pytest.approx(expected, abs=2e-3)


def test_mirrored_turns_need_the_same_space():
    names = ("max_swept_width_m", "max_off_tracking_m", "max_cut_in_m", "max_swing_out_m")
    plan = [[1.0, 0.0, 0.0], [4.0, 0.5, 0.04], [6.0, -0.5, -0.02]]
    left = semitrailer(plan, speed=6.0, seconds=8.0)
    right = semitrailer([[p[0], p[1], -p[2]] for p in plan], speed=6.0, seconds=8.0)
    for name in names:
        assert value(left, name) == pytest.approx(value(right, name), abs=1e-9), name


def random_drive(seed):
    """A combination that turns this way and that; coarse steps, and the same drive in fine ones."""
    rng = np.random.default_rng(seed)
    plan = [[t, float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.06, 0.06))] for t in (1.5, 3.5, 5.0, 7.0)]
    vehicle = (EU_SEMITRAILER, US_SEMITRAILER)[seed % 2]
    speed = float(rng.uniform(3.0, 8.0))
    kept = {"speed": speed, "seconds": 8.0, "vehicle": vehicle}
    return semitrailer(plan, dt=0.1, **kept), semitrailer(plan, dt=0.01, **kept)


def shapes_of(made):
    """Boxes of the ego's bodies at each step, as polygons [t, b]."""
    tracks = episode(made).bodies
    own = tracks.of(0)
    return np.stack([
        shapely.polygons(corners(
            tracks.pose[:, b, :2], tracks.heading(b), 2.0 * tracks.half[b, 0], 2.0 * tracks.half[b, 1]
        ))
        for b in range(own.start, own.stop)
    ], axis=1)  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_swept_widths_agree_with_polygons_of_ten_times_as_many_steps(seed):
    """Sections through the front axle cut the union of all boxes near them; shapely instead of our edges."""
    coarse, fine = random_drive(seed)
    tracks, bodies = episode(coarse).bodies, coarse.trace.agents.bodies
    widths = section_widths(episode(coarse))
    ahead = float(bodies.axle[0] + bodies.wheelbase[0])
    axle = tracks.pose[:, 0, :2] + ahead * tracks.pose[:, 0, 2:]
    boxes = shapes_of(fine)
    compared = 0
    for k in range(20, 60, 5):
        tangent = axle[k + 1] - axle[k - 1]
        normal = np.array([-tangent[1], tangent[0]]) / np.hypot(*tangent)
        line = shapely.LineString([axle[k] - 30.0 * normal, axle[k] + 30.0 * normal])
        cut = shapely.intersection(line, boxes.ravel())
        cut = cut[~shapely.is_empty(cut)]
        points = np.concatenate([shapely.get_coordinates(c) for c in cut]) - axle[k]
        d = points @ normal
        assert widths[k] == pytest.approx(d.max() - d.min(), abs=0.02)
        compared += d.max() - d.min() > bodies.width[0] + 0.1
    assert compared > 0


@pytest.mark.parametrize("seed", range(10))
def test_off_tracking_and_swing_out_agree_with_distances_to_dense_paths(seed):
    coarse, fine = random_drive(seed)
    tracks, bodies = episode(fine).bodies, fine.trace.agents.bodies

    def track(body, along, left=0.0):
        c, s = tracks.pose[:, body, 2], tracks.pose[:, body, 3]
        offset = np.column_stack([along * c - left * s, along * s + left * c])
        return tracks.pose[:, body, :2] + offset

    front = shapely.LineString(track(0, float(bodies.axle[0] + bodies.wheelbase[0])))
    last = track(1, float(bodies.axle[1]))
    there = shapely.line_locate_point(front, shapely.points(last))
    away = shapely.distance(front, shapely.points(last))[(there > 0.0) & (there < front.length)]
    assert value(coarse, "max_off_tracking_m") == pytest.approx(away.max(), abs=0.02)
    turning, worst = np.sign(fine.trace.yaw_rate[:, 0]), 0.0
    for side in (1.0, -1.0):
        half = tracks.half[0]
        ring = track(0, half[0], side * half[1])
        back = ring[0] - 40.0 * tracks.pose[0, 0, 2:]
        path = np.concatenate([back[None], ring])
        for body in range(2):
            corner = track(body, -tracks.half[body, 0], side * tracks.half[body, 1])
            for t in np.flatnonzero(turning == -side)[::5].tolist():
                away = path - corner[t]
                k = int(np.argmin(np.hypot(away[:, 0], away[:, 1])[1:])) + 1
                if k in (1, len(path) - 1):
                    continue
                step = path[k + 1] - path[k - 1]
                d = (step[1] * away[k, 0] - step[0] * away[k, 1]) / np.hypot(*step)
                worst = max(worst, side * d)
    assert value(coarse, "max_swing_out_m") == pytest.approx(worst, abs=0.05)


def test_the_hitch_angle_of_a_steady_turn_and_what_is_left_of_it():
    made = circle(20.0)
    bent = steady_hitch_angle(1.0 / 20.0, OFFSET, TRAILER.wheelbase)
    assert value(made, "max_hitch_angle_rad") == pytest.approx(bent, abs=1e-4)
    left = EU_SEMITRAILER.articulation[0] - bent
    assert value(made, "min_jackknife_margin_rad") == pytest.approx(left, abs=1e-4)


def test_a_folded_trailer_is_an_event():
    made = circle(20.0)
    flags = made.trace.flags.copy()
    flags[100:120, 0] |= int(Flag.JACKKNIFE)
    found = measure_episode(made.scenario, replace(made.trace, flags=flags))
    assert found.value("jackknife_time_s") == pytest.approx(20 * 0.05)
    (event,) = found.events_of("jackknife")
    assert (event.step, event.unit) == (100, "rad")


def test_the_rollover_threshold_of_loaded_trucks_is_lower_than_that_of_empty_ones():
    loaded, empty = rollover_threshold(EU_SEMITRAILER), rollover_threshold(EU_SEMITRAILER_EMPTY)
    assert loaded == pytest.approx(9.81 * 1.025 * 40000.0 / (7600.0 * 1.0 + 32400.0 * 1.9))
    assert 5.0 < loaded < empty


@pytest.mark.parametrize(("radius", "speed"), [(60.0, 12.0), (-80.0, 15.0)])
def test_the_rollover_margin_of_a_steady_circle(radius, speed):
    """Each body turns at the same rate; its acceleration across is rate^2 times the radius of its axle."""
    made = circle(radius, speed, dt=0.02)
    last = steady_axle_radii(abs(radius), [OFFSET], [TRAILER.wheelbase])[1]
    rate2 = (speed / radius) ** 2
    heights = [u.mass * u.cog_height for u in EU_SEMITRAILER.units]
    across = sum(h * rate2 * r for h, r in zip(heights, (abs(radius), last), strict=True)) / sum(heights)
    expected = rollover_threshold(EU_SEMITRAILER) - across
    assert value(made, "min_rollover_margin_mps2") == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("speed", [0.3, 3.0, 12.0, 25.0])
def test_the_stopping_distance_is_that_of_the_brakes_stepped_finely(speed):
    braking, waited, v, way, dt = 0.0, 0.0, speed, 0.0, 1e-4
    while v > 0.0:
        braking, waited, mean = air_brake_step(braking, waited, 5.6, dt, UN_R13)
        after = max(0.0, v - mean * dt)
        way += 0.5 * (v + after) * dt
        v = after
    assert stopping_distance(speed, 5.6, UN_R13.dead_time, UN_R13.build_up) == pytest.approx(way, abs=2e-3)


def test_brakes_without_delay_stop_in_the_square_of_the_speed():
    assert stopping_distance(20.0, 5.0, 0.0, 0.0) == 40.0
    assert stopping_distance(0.0, 5.0, 0.15, 0.3) == 0.0


def test_the_stopping_margin_falls_with_speed_and_grows_with_the_gap():
    def margin(gap, speed):
        return value(semitrailer(speed=speed, seconds=0.5, cars=[[gap, speed]]), "min_stopping_margin_m")

    by_gap = [margin(gap, 20.0) for gap in (30.0, 40.0, 60.0)]
    by_speed = [margin(40.0, speed) for speed in (10.0, 15.0, 25.0)]
    assert by_gap == sorted(by_gap) and by_speed == sorted(by_speed, reverse=True)
    assert by_gap[1] - by_gap[0] == pytest.approx(10.0, abs=1e-9)


def test_longer_and_faster_vehicles_are_to_keep_a_longer_headway():
    assert required_headway(np.array([10.0, 20.0]), 19.55) == pytest.approx([6.414, 7.414], abs=1e-3)


def test_the_side_of_a_trailer_takes_a_kerb_between_its_corners():
    """Turning off a straight road its sides are beyond the edge before its corners are."""
    made = semitrailer([[2.0, 0.0, 0.0], [9.0, 0.0, -0.08]], speed=5.0, seconds=9.0, num_lanes=1, y=0.0)
    row = measure_episode(
        made.scenario, made.trace, wanted=["max_kerb_encroachment_m", "max_lane_encroachment_m"]
    )
    assert row.value("max_kerb_encroachment_m") >= row.value("max_distance_off_road_m") > 0.0


def test_points_around_a_body_are_on_its_outline_and_near_one_another():
    made = episode(circle(20.0))
    points = outline_points(made, 1)[40]
    ring = shapely.linearrings(points)
    box = shapes_of(circle(20.0))[40, 1]
    assert shapely.distance(box.exterior, shapely.points(points)).max() < 1e-9
    assert shapely.area(shapely.polygons(ring)) == pytest.approx(box.area)
    gaps = np.hypot(*(points - np.roll(points, 1, axis=0)).T)
    assert gaps.max() <= 0.5 + 1e-9


def test_each_body_counts_against_the_lane_it_is_in():
    made = semitrailer(speed=10.0, seconds=2.0, num_lanes=2, y=0.6, hitch=-0.1)
    beyond = value(made, "max_lane_encroachment_m")
    straight = semitrailer(speed=10.0, seconds=2.0, num_lanes=2, y=0.6)
    assert value(straight, "max_lane_encroachment_m") == pytest.approx(0.6 + 1.275 - 1.75)
    assert beyond > 0.125


def test_what_is_about_trailers_does_not_apply_to_a_car():
    made = straight_road(cars=[(0, 10)])
    for name in ("max_cut_in_m", "max_hitch_angle_rad", "min_jackknife_margin_rad", "jackknife_time_s"):
        row = METRICS[name].measure(episode(made))
        assert (row.valid, row.reason) == (False, "the ego pulls nothing")


def test_a_car_that_turns_about_its_middle_has_no_off_tracking():
    """Front and rear axle are equally far from the middle, which moves along the heading."""
    turning = world([Track(speed=5.0, plan=((6.0, 0.0, 0.3),))], seconds=6.0)
    assert value(turning, "max_off_tracking_m") == pytest.approx(0.0, abs=5e-3)
