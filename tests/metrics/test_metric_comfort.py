"""Comfort, lane keeping, speed severity, getting there: against plain loops, shapely and analytic drives."""

import math

import numpy as np
import pytest
import shapely

from simeval.geometry import corners
from simeval.metrics import measure_episode
from simeval.metrics.lane_lines import OVER
from simeval.metrics.speed_severity import WINDOW, route_curvature
from simeval.metrics.world_map import LANE_WIDTH, straight_map
from simeval.metrics.worlds import Track, straight_road, world

SCENES = range(60)


def drive(seed):
    """An ego that brakes, speeds up and turns between random moments, on a two-lane road with a limit."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.uniform(0.3, 4.0, 4))
    plan = tuple((float(e), float(rng.uniform(-6, 3)), float(rng.uniform(-0.5, 0.5))) for e in ends)
    y = rng.uniform(-0.8, 1.5)
    if seed % 4 == 0:  # along a line, a corner within millimetres of what counts as over it
        y, plan = rng.normal(0.5 * (LANE_WIDTH - 1.9) + OVER, 0.003), ((1.0, 0.0, 0.0), *plan[1:])
    ego = Track(speed=float(rng.uniform(4, 18)), y=float(y), plan=plan)
    return world([ego, Track(x=-60.0)], road_map=straight_map(2, 10.0), seconds=4.0, goal=(30.0, 0.0))


def differences(values, dt):
    """Central differences by a loop, one-sided at the ends."""
    last = len(values) - 1
    return [
        (values[min(k + 1, last)] - values[max(k - 1, 0)]) / ((min(k + 1, last) - max(k - 1, 0)) * dt)
        for k in range(len(values))
    ]


def test_jerks_and_lateral_accelerations_agree_with_plain_loops():
    shaken = 0
    for seed in SCENES:
        made = drive(seed)
        found, states, dt = measure_episode(made.scenario, made.trace), made.trace.states, made.trace.dt
        ax, ay = (differences(states.velocity[:, 0, k].tolist(), dt) for k in range(2))
        cos, sin = np.cos(states.heading[:, 0]), np.sin(states.heading[:, 0])
        along = [x * c + y * s for x, y, c, s in zip(ax, ay, cos, sin, strict=True)]
        across = [y * c - x * s for x, y, c, s in zip(ax, ay, cos, sin, strict=True)]
        jerk, sideways = differences(along, dt), differences(across, dt)
        assert found.value("max_jerk_mps3") == pytest.approx(max(map(abs, jerk)))
        assert found.value("rms_jerk_mps3") == pytest.approx(math.sqrt(sum(j * j for j in jerk) / len(jerk)))
        assert found.value("max_lateral_accel_mps2") == pytest.approx(max(map(abs, across)))
        assert found.value("max_lateral_jerk_mps3") == pytest.approx(max(map(abs, sideways)))
        hard = "".join("x" if abs(a) > 4.0 else "." for a in across)
        joined = (
            hard.replace("x.x", "xxx").replace("x.x", "xxx").replace("x..x", "xxxx").replace("x..x", "xxxx")
        )
        count = sum(len(part) >= 2 for part in joined.split("."))
        shaken += count > 0
        assert found.value("swerves") == count
        assert len(found.events_of("swerve")) == count
    assert 10 <= shaken <= 55


def test_turns_near_the_threshold_of_a_swerve_count_as_they_should():
    rng = np.random.default_rng(4)
    counts = [0, 0]
    for _ in range(120):
        speed, share = float(rng.uniform(5, 20)), float(rng.uniform(0.95, 1.05))
        made = world([Track(speed=speed, plan=((9.0, 0.0, 4.0 * share / speed),))], seconds=1.0)
        velocity = made.trace.states.velocity[:, 0]
        push = np.linalg.norm(velocity[2] - velocity[0]) / 0.2  # of a circle, the same at each inner step
        counts[int(push > 4.0)] += 1
        assert measure_episode(made.scenario, made.trace).value("swerves") == float(push > 4.0)
    assert min(counts) >= 30


def test_a_steady_turn_pushes_by_speed_times_yaw_rate():
    for speed, turn in ((10.0, 0.2), (20.0, 0.3), (5.0, 0.9)):
        made = world([Track(speed=speed, plan=((9.0, 0.0, turn),))], seconds=3.0)
        found = measure_episode(made.scenario, made.trace)
        assert found.value("max_lateral_accel_mps2") == pytest.approx(speed * turn, rel=2e-3)
        assert found.value("swerves") == float(speed * turn > 4.0)


def outlines():
    low = -0.5 * LANE_WIDTH
    return [shapely.box(-100, low + k * LANE_WIDTH, 600, low + (k + 1) * LANE_WIDTH) for k in range(2)]


def check_lanes(seeds):
    lanes, over_some, close = outlines(), 0, 0
    for seed in seeds:
        made = drive(seed)
        found, states = measure_episode(made.scenario, made.trace), made.trace.states
        box = corners(states.xy[:, 0], states.heading[:, 0], 4.6, 1.9)
        offsets, over = [], []
        for t, xy in enumerate(states.xy[:, 0]):
            away = [abs(xy[1]), abs(xy[1] - LANE_WIDTH)]
            own = int(np.argmin([away[0] - 0.0, away[1]]))
            inside = min(away) <= 3.0 and math.cos(states.heading[t, 0]) >= 0.5
            offsets.append(away[own] if inside else math.nan)
            grown = lanes[own].buffer(OVER, cap_style="square", join_style="mitre")
            over.append(inside and not shapely.covers(grown, shapely.Polygon(box[t])))
            close += abs(abs(box[t][:, 1] - own * LANE_WIDTH).max() - 0.5 * LANE_WIDTH - OVER) < 0.05 * OVER
        assert found.value("max_lane_offset_m") == pytest.approx(np.nanmax(offsets), abs=1e-9)
        assert found.value("time_over_lane_line_s") == pytest.approx(0.1 * sum(over))
        over_some += 0 < sum(over) < len(over)
    return over_some, close


def test_lane_offsets_and_invasions_agree_with_shapely():
    over_some, close = check_lanes(range(100))
    assert over_some >= 30
    assert close >= 40


@pytest.mark.slow
def test_lane_offsets_and_invasions_of_a_thousand_drives_agree_with_shapely():
    over_some, close = check_lanes(range(100, 1100))
    assert over_some >= 300
    assert close >= 100


def test_a_lane_change_is_one_invasion():
    swerve = ((1.0, 0.0, 0.3), (2.0, 0.0, -0.3))
    made = world([Track(speed=12.0, plan=swerve)], road_map=straight_map(2), seconds=4.0)
    found = measure_episode(made.scenario, made.trace)
    assert made.trace.states.xy[-1, 0, 1] == pytest.approx(LANE_WIDTH, abs=0.2)
    assert found.value("lane_invasions") == 1.0
    assert found.value("max_lane_offset_m") == pytest.approx(0.5 * LANE_WIDTH, abs=0.2)


def test_without_lines_nobody_knows_about_invasions():
    made = world([Track(speed=12.0)], road_map=straight_map(2, bounds=False), seconds=1.0)
    row = measure_episode(made.scenario, made.trace).measurement("lane_invasions")
    assert row.reason == "the map does not say where the lines of the ego's lanes are"


def test_excess_speed_agrees_with_a_plain_sum():
    fast = 0
    for seed in SCENES:
        made = drive(seed)
        found, states = measure_episode(made.scenario, made.trace), made.trace.states
        total = 0.0
        for t in range(made.trace.num_steps):
            y, heading = states.xy[t, 0, 1], states.heading[t, 0]
            if min(abs(y), abs(y - LANE_WIDTH)) <= 3.0 and math.cos(heading) >= 0.5:
                total += max(0.0, math.hypot(*states.velocity[t, 0]) - 10.0) * 0.1
        fast += total > 0.0
        assert found.value("overspeed_integral_m") == pytest.approx(total, abs=1e-9)
    assert fast >= 20


def test_the_curvature_of_a_circle_is_one_over_its_radius():
    for radius in (20.0, 50.0, 300.0):
        angle = np.linspace(0.0, 2.0, 400)
        line = radius * np.column_stack([np.sin(angle), 1.0 - np.cos(angle)])
        got = route_curvature(line, np.linspace(0.0, 2.0 * radius, 30))
        assert np.allclose(got, 1.0 / radius, rtol=0.02)
        assert np.allclose(route_curvature(line * [1, -1], np.array([20.0])), -1.0 / radius, rtol=0.02)
    assert np.allclose(route_curvature(np.array([[0.0, 0.0], [WINDOW, 0.0]]), np.array([1.0, 4.0])), 0.0)


def test_speed_for_curvature_is_what_the_route_asks_for():
    radius, angle = 40.0, np.linspace(0.0, 2.0, 200)
    route = radius * np.column_stack([np.sin(angle), 1.0 - np.cos(angle)])
    for speed in (5.0, 10.0, 15.0):
        made = world([Track(speed=speed, plan=((9.0, 0.0, speed / radius),))], seconds=3.0, route=route)
        found = measure_episode(made.scenario, made.trace)
        assert found.value("max_curve_accel_mps2") == pytest.approx(speed**2 / radius, rel=5e-3)


def test_the_time_to_the_goal_agrees_with_the_first_step_past_it():
    reached = 0
    for seed in SCENES:
        made = drive(seed)
        got = measure_episode(made.scenario, made.trace).value("time_to_goal_s")
        past = np.flatnonzero(made.trace.states.xy[:, 0, 0] >= 30.0)
        if not len(past):
            assert got is None
            continue
        reached += 1
        assert 0.1 * (past[0] - 1) - 1e-9 <= got <= 0.1 * past[0] + 1e-9
    assert reached >= 20


def test_stalls_and_blocked_time_count_standing_behind_somebody():
    rng = np.random.default_rng(1)
    blocked = 0
    for _ in SCENES:
        gap, stop = rng.uniform(6.0, 20.0), rng.uniform(0.5, 3.0)
        plan = ((float(stop), -float(8.0 / stop), 0.0),)
        ego = Track(speed=8.0, plan=plan)
        made = world([ego, Track(x=float(4.0 * stop + gap))], seconds=7.0)
        found, states = measure_episode(made.scenario, made.trace), made.trace.states
        stands = np.abs(states.speed[:, 0]) <= 0.1
        ahead = made.trace.states.xy[:, 1, 0] - states.xy[:, 0, 0] - 4.6
        assert found.value("blocked_time_s") == pytest.approx(0.1 * (stands & (ahead < 8.0)).sum())
        assert found.value("stalls") == float((stands.sum() - 1) * 0.1 >= 3.0 - 1e-9)
        blocked += found.value("blocked_time_s") > 0.0
    assert 10 <= blocked <= 55


def test_harder_contacts_are_faster():
    values = []
    for speed in (5.0, 10.0, 15.0, 20.0):
        made = straight_road([(0.0, speed), (15.0, 0.0)], seconds=4.0)
        found = measure_episode(made.scenario, made.trace)
        assert found.value("max_impact_speed_mps") == pytest.approx(speed)
        assert found.value("max_delta_v_mps") == pytest.approx(0.5 * speed)
        values.append(found.value("max_impact_speed_mps"))
    assert values == sorted(values)
    nobody = measure_episode(*parts(straight_road([(0.0, 5.0), (90.0, 5.0)], seconds=1.0)))
    assert nobody.measurement("max_impact_speed_mps").reason == "the ego touches nobody"


def parts(made):
    return made.scenario, made.trace
