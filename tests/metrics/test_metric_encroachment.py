"""Post-encroachment time against polygons at all pairs of densely sampled times."""

import math

import numpy as np
import pytest
import shapely
from second_methods import polygons

from simeval.metrics import measure_episode
from simeval.metrics.encroachment import CROSSING, LONGEST
from simeval.metrics.worlds import Track, straight_road, world

FINE = 5  # samples a step


def crossing_world(seed, late=None):
    """An ego and a road user that crosses its way a little before or `late` after it."""
    rng = np.random.default_rng(seed)
    angle, v, u = rng.uniform(0.2, 2.9) * rng.choice([-1, 1]), rng.uniform(3, 15), rng.uniform(1, 10)
    meet, late = rng.uniform(1.0, 3.0), rng.normal(0.0, 1.5) if late is None else late
    at = np.array([v * meet, 0.0]) - u * (meet + late) * np.array([math.cos(angle), math.sin(angle)])
    other = Track(
        x=float(at[0]), y=float(at[1]), heading=float(angle), speed=float(u),
        length=float(rng.uniform(0.6, 8)), width=float(rng.uniform(0.5, 2.5)),
    )  # fmt: skip
    return world([Track(speed=float(v)), other], seconds=5.0)


def sampled_pet(made):
    """Least |t1 - t2| over samples 0.02 s apart at which the polygons meet; NaN when none do."""
    states, agents = made.trace.states, made.trace.agents
    steps = np.arange(made.trace.num_steps)
    fine = np.linspace(0, steps[-1], FINE * steps[-1] + 1)
    shapes = []
    for a in range(2):
        xy = np.column_stack([np.interp(fine, steps, states.xy[:, a, k]) for k in range(2)])
        heading = np.full(len(fine), states.heading[0, a])
        shapes.append(polygons(xy, heading, agents.length[a], agents.width[a]))
    if abs(math.cos(states.heading[0, 0] - states.heading[0, 1])) > CROSSING:
        return math.nan
    one, two = shapely.STRtree(shapes[1]).query(shapes[0], predicate="intersects")
    if not len(one):
        return math.nan
    return float(np.abs(fine[one] - fine[two]).min() * made.trace.dt)


def near_one_second(seed):
    """A crossing a second apart, but for 5 %: at even speeds it is later by as much as the other is."""
    made = crossing_world(seed, late=2.5)
    got = measure_episode(made.scenario, made.trace).value("min_pet_s")
    if got is None or got <= 0.0:
        return None
    wanted = 1.0 + 0.09 * (np.random.default_rng(seed).random() - 0.5)
    return crossing_world(seed, late=2.5 + wanted - got)


def check(seeds, scene=crossing_world):
    defined, positive, near = 0, 0, 0
    for seed in seeds:
        made = scene(seed)
        if made is None:
            continue
        got, expected = measure_episode(made.scenario, made.trace).value("min_pet_s"), sampled_pet(made)
        if math.isnan(expected) or expected > LONGEST - 0.05:
            assert got is None or got > LONGEST - 0.05 or (math.isnan(expected) and grazes(made, got)), seed
            continue
        defined += 1
        positive += got > 0.0
        near += abs(got - 1.0) <= 0.05
        # Samples miss touches between them: they can only be late, by one sample of each road user.
        assert expected - 2.1 * made.trace.dt / FINE <= got <= expected + 1e-6, seed
    return defined, positive, near


def grazes(made, got):
    """Whether the two ways overlap by so little that samples can miss it."""
    states, agents = made.trace.states, made.trace.agents
    ways = [
        shapely.union_all(polygons(states.xy[:, a], states.heading[:, a], agents.length[a], agents.width[a]))
        for a in range(2)
    ]
    return got is None or ways[0].intersection(ways[1]).area < 0.5


def test_encroachment_times_of_crossings_agree_with_sampled_polygons():
    defined, positive, _ = check(range(100))
    assert defined >= 60
    assert positive >= 25


@pytest.mark.slow
def test_encroachment_times_of_a_thousand_crossings_agree_with_sampled_polygons():
    defined, positive, _ = check(range(100, 1250))
    assert defined >= 500
    assert positive >= 300


def test_encroachment_times_near_a_second_agree_with_sampled_polygons():
    _, _, near = check(range(25), near_one_second)
    assert near >= 10


@pytest.mark.nightly
def test_more_encroachment_times_near_a_second_agree_with_sampled_polygons():
    _, _, near = check(range(100, 300), near_one_second)
    assert near >= 100


def test_following_and_oncoming_traffic_does_not_cross():
    for other in ((20.0, 5.0), (60.0, 10.0, 0.0, math.pi)):
        made = straight_road([(0.0, 10.0), other], seconds=1.0)
        row = measure_episode(made.scenario, made.trace).measurement("min_pet_s")
        assert row.reason == "nobody crosses the ego's way within 5 s"


def test_a_later_crossing_has_a_larger_encroachment_time():
    found = []
    for y in (-34.0, -36.5, -40.0, -45.0):
        made = straight_road([(0.0, 10.0), (20.0, 10.0, y, math.pi / 2)], seconds=6.0)
        found.append(measure_episode(made.scenario, made.trace).value("min_pet_s"))
    assert found == pytest.approx([0.75, 1.0, 1.35, 1.85], abs=1e-6)
