"""Last moments to brake and to swerve, and worst-time-to-collision, against densely sampled polygons."""

import math

import numpy as np
import pytest
import shapely
from second_methods import busy_road, pair, polygons, touches_sampled

from simeval.metrics import measure_episode
from simeval.metrics.neighbours import HORIZON
from simeval.metrics.worlds import straight_road
from simeval.safety.last_moment import BRAKING, CURVATURE, LATERAL, last_moments
from simeval.safety.ttc import ttc
from simeval.safety.worst_case import WORST, worst_times

STEP = 0.02  # [s] the moment is wrong when the answer is the same this much earlier and later


def manoeuvre(one, how):
    """Acceleration of box 1, and how long it lasts after the moment."""
    speed = math.hypot(*one[5:])
    along = one[5:] / speed
    if how == 0:
        return -BRAKING * along, lambda after: speed / BRAKING
    side = min(LATERAL, CURVATURE * speed**2) * (1.0 if how == 1 else -1.0)
    return side * np.array([-along[1], along[0]]), lambda after: max(0.0, HORIZON - after)


def check_moments(count, seed):
    """Counts of defined and of non-trivial moments; a wrong one fails."""
    one, two = pair(seed, count)
    until = ttc(one, two, HORIZON)
    on_course = np.flatnonzero(until > 0.1)
    found = last_moments(one[on_course], two[on_course], until[on_course], HORIZON)
    inside = 0
    for row, i in enumerate(on_course.tolist()):
        for how in range(3):
            push, lasts = manoeuvre(one[i], how)
            at = found[row, how]
            if at > STEP:  # a little earlier it is avoided
                inside += 1
                assert touches_sampled(one[i], two[i], at - STEP, lasts(at - STEP), push) is not True
            if at + STEP < until[i]:  # a little later it is not
                assert touches_sampled(one[i], two[i], at + STEP, lasts(at + STEP), push) is not False
    return len(on_course), inside


def test_last_moments_of_random_pairs_agree_with_sampled_polygons():
    defined, inside = check_moments(100, seed=3)
    assert defined >= 60
    assert inside >= 30


@pytest.mark.slow
def test_last_moments_of_a_thousand_pairs_agree_with_sampled_polygons():
    defined, inside = check_moments(1000, seed=4)
    assert defined >= 300
    assert inside >= 300


def test_braking_in_time_for_a_standing_car_is_the_stopping_distance():
    for speed in (5.0, 10.0, 20.0, 30.0):
        for gap in (20.0, 60.0, 100.0):
            one = np.array([[0.0, 0.0, 0.0, 4.0, 2.0, speed, 0.0]])
            two = np.array([[gap + 4.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0]])
            until = ttc(one, two, 100.0)
            left = last_moments(one, two, until, 100.0)[0]
            assert left[0] == pytest.approx(max(0.0, gap / speed - speed / (2 * BRAKING)), abs=1e-5)
            aside = math.sqrt(2.0 * 2.0 / min(LATERAL, CURVATURE * speed**2))
            assert left[1] == pytest.approx(max(0.0, gap / speed - aside), abs=1e-5)
            assert left[1] == pytest.approx(left[2], abs=1e-9)


def sampled_worst(row):
    t = np.arange(0.0, 12.0, 0.0005)
    apart = np.hypot(row[0] + row[2] * t, row[1] + row[3] * t) - row[4] - row[5] * t * t
    return t[int(np.argmax(apart <= 0.0))]


def test_worst_times_agree_with_circles_grown_in_small_steps():
    rng = np.random.default_rng(5)
    rows = np.column_stack([
        rng.uniform(-60, 60, (1000, 2)), rng.uniform(-25, 25, (1000, 2)), rng.uniform(1, 8, 1000),
        rng.choice([4.0, 8.0], 1000),
    ])  # fmt: skip
    found, positive = worst_times(rows), 0
    for row, got in zip(rows, found, strict=True):
        positive += got > 0.0
        assert sampled_worst(row) >= got - 1e-9  # not met at any earlier sample
        apart = math.hypot(row[0] + row[2] * got, row[1] + row[3] * got) - row[4] - row[5] * got**2
        assert apart <= 1e-6  # and met then
    assert positive >= 900


def worst_of(seed):
    made = busy_road(seed, cars=4, seconds=0.5)
    return made, measure_episode(made.scenario, made.trace)


def test_the_worst_time_of_an_episode_is_the_least_of_all_pairs_and_steps():
    for seed in range(50):
        made, found = worst_of(seed)
        states, agents = made.trace.states, made.trace.agents
        radius = 0.5 * np.hypot(agents.length, agents.width)
        rows = [
            [*(states.xy[t, j] - states.xy[t, 0]), *(states.velocity[t, j] - states.velocity[t, 0]),
             radius[0] + radius[j], WORST]
            for t in range(made.trace.num_steps) for j in range(1, 4)
        ]  # fmt: skip
        assert found.value("min_wttc_s") == pytest.approx(min(sampled_worst(r) for r in rows), abs=2e-3)


def episode_moments(made):
    """The least of TTB, TTS, TTR over all steps and agents that are on course and not behind."""
    least = [math.inf] * 3
    for t in range(made.trace.num_steps):
        states, agents = made.trace.states, made.trace.agents
        rows = np.column_stack(
            [states.xy[t], states.heading[t], agents.length, agents.width, states.velocity[t]]
        )
        if math.hypot(*rows[0, 5:]) < 0.5:
            continue
        axle = rows[0, :2] + agents.bodies.axle[0] * np.array([math.cos(rows[0, 2]), math.sin(rows[0, 2])])
        for j in range(1, len(rows)):
            away = rows[j, :2] - axle
            angle = math.remainder(math.atan2(away[1], away[0]) - rows[0, 2], 2 * math.pi)
            until = ttc(rows[:1], rows[j : j + 1], HORIZON)[0]
            if math.isnan(until) or abs(angle) > math.radians(150):
                continue
            brake, left, right = last_moments(rows[:1], rows[j : j + 1], np.array([until]), HORIZON)[0]
            steer = max(left, right)
            least = [min(a, b) for a, b in zip(least, (brake, steer, max(brake, steer)), strict=True)]
    return least


def test_the_last_moments_of_an_episode_are_the_least_of_all_pairs_and_steps():
    defined = 0
    for seed in range(60):
        made, found = worst_of(seed)
        for name, expected in zip(
            ("min_ttb_s", "min_tts_s", "min_ttr_s"), episode_moments(made), strict=True
        ):
            if math.isinf(expected):
                assert found.value(name) is None
            else:
                defined += 1
                assert found.value(name) == pytest.approx(expected, abs=1e-5)
    assert defined >= 50


def test_the_later_the_other_is_seen_the_less_time_is_left():
    """A nearer or slower leader never leaves more time."""

    def left(gap, speed):
        made = straight_road([(0.0, 20.0), (gap, speed)], seconds=0.0)
        found = measure_episode(made.scenario, made.trace)
        return [found.value(n) for n in ("min_ttb_s", "min_tts_s", "min_ttr_s", "min_wttc_s")]

    near = [left(gap, 0.0) for gap in (20.0, 30.0, 40.0, 60.0, 90.0)]
    slow = [left(40.0, speed) for speed in (0.0, 4.0, 8.0, 11.0)]
    for table in (near, slow):
        assert (np.diff(np.array(table), axis=0) >= -1e-6).all()


def test_who_comes_from_behind_leaves_the_last_moments_undefined():
    made = straight_road([(0.0, 5.0), (-30.0, 20.0)], seconds=0.5)
    found = measure_episode(made.scenario, made.trace)
    assert found.value("min_ttc_s") is not None
    assert found.value("min_ttb_s") is None
    assert "not behind" in found.measurement("min_ttb_s").reason


def test_polygons_of_the_second_method_are_the_boxes():
    one, _ = pair(1, 20)
    shapes = polygons(one[:, :2], one[:, 2], one[:, 3], one[:, 4])
    assert np.allclose(shapely.area(shapes), one[:, 3] * one[:, 4])
