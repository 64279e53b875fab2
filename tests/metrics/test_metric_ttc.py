"""Time to collision and gaps against a second method: shapely polygons, moved in small steps of time."""

import numpy as np
import pytest
import shapely
from shapely import affinity

from simeval.geometry import corners
from simeval.metrics import Episode, measure_episode
from simeval.metrics.neighbours import HORIZON
from simeval.metrics.worlds import Track, straight_road, world
from simeval.safety.ttc import nuplan_ttc, ttc

NUM_SCENES = 400
FINE = 0.001  # [s]


def random_pairs(count, seed):
    """Boxes near each other, most of them closing."""
    rng = np.random.default_rng(seed)
    one = np.zeros((count, 7))
    two = np.zeros((count, 7))
    for table in (one, two):
        table[:, :2] = rng.uniform(-20.0, 20.0, (count, 2))
        table[:, 2] = rng.uniform(-np.pi, np.pi, count)
        table[:, 3], table[:, 4] = rng.uniform(0.5, 12.0, count), rng.uniform(0.5, 3.0, count)
    toward = one[:, :2] - two[:, :2] + rng.normal(0.0, 4.0, (count, 2))
    two[:, 5:] = toward / rng.uniform(0.5, 8.0, (count, 1))
    one[:, 5:] = rng.normal(0.0, 3.0, (count, 2))
    return one, two


def polygon(row):
    return shapely.Polygon(corners(row[:2], np.float64(row[2]), row[3], row[4]))


def sampled_ttc(p, q, horizon):
    """First sampled time at which the polygons intersect."""
    times = np.arange(0.0, horizon + FINE / 2, FINE)
    shift = (q[5:] - p[5:])[None] * times[:, None]
    moved = shapely.transform(np.repeat(polygon(q), len(times)), lambda xy: xy + np.repeat(shift, 5, axis=0))
    hit = shapely.intersects(polygon(p), moved)
    return times[np.argmax(hit)] if hit.any() else None


def test_ttc_of_random_boxes_agrees_with_polygons_moved_in_small_steps():
    one, two = random_pairs(NUM_SCENES, 7)
    found, defined = ttc(one, two, HORIZON), 0
    for i in range(NUM_SCENES):
        expected = sampled_ttc(one[i], two[i], HORIZON)
        if expected is None:
            # Between two samples a corner may be grazed: then the boxes come within a hair of each other.
            assert np.isnan(found[i]) or grazes(one[i], two[i], found[i])
            continue
        defined += expected > 0.0
        assert expected - FINE - 1e-9 <= found[i] <= expected + 1e-9
    assert defined >= 150  # most scenes have a collision still to come


def grazes(p, q, at):
    shift = (q[5:] - p[5:]) * at
    return polygon(p).distance(affinity.translate(polygon(q), *shift)) < 1e-6


def test_at_the_ttc_the_boxes_touch_and_just_before_they_do_not():
    one, two = random_pairs(NUM_SCENES, 8)
    found = ttc(one, two, HORIZON)
    for i in np.flatnonzero(found > 1e-3):
        for at, touching in ((found[i] + 1e-6, True), (found[i] - 1e-6, False)):
            moved = affinity.translate(polygon(two[i]), *((two[i, 5:] - one[i, 5:]) * at))
            distance = polygon(one[i]).distance(moved)
            if touching:
                assert distance < 1e-4
            else:
                assert distance > 0.0


@pytest.mark.parametrize(
    ("two", "expected"),
    [
        pytest.param((20.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0), 1.6, id="ahead, standing"),
        pytest.param((20.0, 0.0, 0.0, 4.0, 2.0, 10.0, 0.0), None, id="same speed is undefined, not infinite"),
        pytest.param((20.0, 2.1, 0.0, 4.0, 2.0, 0.0, 0.0), None, id="passes beside it"),
        pytest.param((20.0, 2.0, 0.0, 4.0, 2.0, 0.0, 0.0), 1.6, id="touching sides counts"),
        pytest.param((3.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0), 0.0, id="touches already"),
        pytest.param((20.0, 0.0, np.pi / 2, 4.0, 2.0, 0.0, 0.0), 1.7, id="stands across the way"),
        pytest.param((10.0, -10.0, np.pi / 2, 4.0, 2.0, 0.0, 10.0), 0.7, id="crosses"),
        pytest.param((60.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0), None, id="beyond the horizon"),
    ],
)
def test_time_to_collision(two, expected):
    ego = np.array([[0.0, 0.0, 0.0, 4.0, 2.0, 10.0, 0.0]])
    found = ttc(ego, np.array([two]), 5.0)[0]
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, abs=1e-12)


def test_nuplan_ttc_looks_neither_at_now_nor_at_three_seconds():
    ego = np.array([0.0, 0.0, 0.0, 4.0, 2.0, 10.0])
    assert nuplan_ttc(ego, np.array([[2.0, 0.0, 0.0, 4.0, 2.0, 200.0]])) is None
    assert nuplan_ttc(ego, np.array([[33.9, 0.0, 0.0, 4.0, 2.0, 0.0]])) is None
    assert nuplan_ttc(ego, np.array([[33.0, 0.0, 0.0, 4.0, 2.0, 0.0]])) == pytest.approx(2.9)
    assert nuplan_ttc(np.array([0.0, 0.0, 0.0, 4.0, 2.0, 0.005]), np.array([[3.0, 0, 0, 4, 2, -9]])) is None


def random_world(seed):
    rng = np.random.default_rng(seed)
    tracks = [
        Track(
            x=float(rng.uniform(-15, 15)), y=float(rng.uniform(-15, 15)), speed=float(rng.uniform(0, 12)),
            heading=float(rng.uniform(-np.pi, np.pi)), length=float(rng.uniform(0.6, 8)),
            width=float(rng.uniform(0.5, 2.6)),
            plan=((0.3, float(rng.uniform(-4, 4)), float(rng.uniform(-1, 1))),),
        )
        for _ in range(5)
    ]  # fmt: skip
    return world(tracks, seconds=0.3)


def test_gaps_and_ttc_of_scenes_agree_with_shapely():
    """250 scenes of 4 steps: the smallest over all agents, and whose it is."""
    defined = 0
    for seed in range(250):
        made = random_world(seed)
        near, states = Episode(scenario=made.scenario, trace=made.trace).neighbours, made.trace.states
        for t in range(states.num_steps):
            sizes = made.trace.agents
            rows = np.column_stack(
                [states.xy[t], states.heading[t], sizes.length, sizes.width, states.velocity[t]]
            )
            gaps = [polygon(rows[0]).distance(polygon(r)) for r in rows[1:]]
            assert near.gap[t] == pytest.approx(min(gaps), abs=1e-9)
            if sorted(gaps)[1] - min(gaps) > 1e-9:
                assert near.gap_agent[t] == 1 + int(np.argmin(gaps))
            times = ttc(np.repeat(rows[:1], 4, axis=0), rows[1:], HORIZON)
            if np.isnan(times).all():
                assert np.isnan(near.ttc[t])
                assert near.ttc_agent[t] == -1
            else:
                defined += 1
                assert near.ttc[t] == pytest.approx(np.nanmin(times), abs=1e-12)
    assert defined >= 300


def test_alone_on_the_road_gap_and_ttc_are_undefined():
    made = straight_road(cars=[(0, 15)])
    measured = measure_episode(made.scenario, made.trace)
    for name in ("min_gap_m", "min_ttc_s"):
        row = measured.measurement(name)
        assert (row.value, row.valid, row.reason) == (None, False, "there is no other road user")
    assert measured.value("time_ttc_low_s") == 0.0


def test_nobody_on_a_collision_course_has_a_reason_of_its_own():
    made = straight_road(cars=[(0, 15), (30, 15)])
    row = measure_episode(made.scenario, made.trace).measurement("min_ttc_s")
    assert row.reason == "no other road user is on a collision course within 5 s"
