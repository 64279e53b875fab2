"""Leaders, headways and demanded decelerations against shapely strips and simulated braking."""

import itertools
import math

import numpy as np
import pytest
import shapely
from second_methods import boxes_at, busy_road, polygons

from simeval.metrics import Episode, measure_episode
from simeval.metrics.following import _demands
from simeval.metrics.leading import REACH, driven_path, lead_of
from simeval.metrics.worlds import Track, straight_road, world
from simeval.safety.following import drac, required_deceleration

SLICE = 0.05  # [m] the strip is cut into slices of this length


def sliced_gap(made, t):
    """Distance from the front to the first slice of the strip that a leader meets, and who that is."""
    episode = Episode(scenario=made.scenario, trace=made.trace)
    path, at = driven_path(episode.ego_xy, episode.ego_heading)
    rows = boxes_at(made, t)
    shapes = polygons(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4])
    front, half, best = at[t] + 0.5 * rows[0, 3], 0.5 * rows[0, 4], (math.inf, -1)
    for begin, end in itertools.pairwise(path):
        direction = (end[:2] - begin[:2]) / (end[2] - begin[2])
        left = half * np.array([-direction[1], direction[0]])
        first, last = max(begin[2], front), min(end[2], front + REACH)
        if first >= last:
            continue
        cuts = np.append(np.arange(first, last, SLICE), last)
        at_cut = begin[:2] + (cuts - begin[2])[:, None] * direction
        rings = np.stack(
            [at_cut[:-1] + left, at_cut[1:] + left, at_cut[1:] - left, at_cut[:-1] - left], axis=1
        )
        slices = shapely.polygons(rings)
        for j in range(1, len(rows)):
            stands = math.hypot(*rows[j, 5:]) < 0.5
            if not stands and math.cos(rows[j, 2] - math.atan2(direction[1], direction[0])) < 0.5:
                continue
            hit = shapely.intersects(slices, shapes[j])
            if hit.any() and cuts[int(np.argmax(hit))] - front < best[0]:
                best = (float(cuts[int(np.argmax(hit))] - front), j)
    return best


def check_leads(seeds, steps=(0, 9, 18)):
    defined, near = 0, 0
    for seed in seeds:
        made = busy_road(seed, seconds=2.0)
        lead = lead_of(Episode(scenario=made.scenario, trace=made.trace))
        for t in steps:
            gap, who = sliced_gap(made, t)
            if who < 0 or math.isnan(lead.gap[t]):
                # Only a hair of the strip's side may be met by one and not by the other.
                assert math.isinf(gap) == math.isnan(lead.gap[t]), (seed, t)
                continue
            defined += 1
            near += gap < 30.0
            assert -1e-6 <= lead.gap[t] - gap <= SLICE + 1e-6, (seed, t)
    return defined, near


def test_leaders_of_random_roads_agree_with_sliced_strips():
    defined, near = check_leads(range(40))
    assert defined >= 40
    assert near >= 20


@pytest.mark.slow
def test_leaders_of_a_thousand_scenes_agree_with_sliced_strips():
    defined, near = check_leads(range(1000, 1350))
    assert defined >= 350
    assert near >= 200


def simulated_demand(gap, v, u, braking):
    """Least deceleration that keeps the gap, by halving, driving in small steps."""

    def keeps(a):
        t = np.concatenate([np.arange(0.0, 30.0, 0.003), np.arange(30.0, 600.0, 0.05)])
        own = np.where(t < v / a, v * t - 0.5 * a * t * t, 0.5 * v * v / a)
        if braking > 0.0:
            its = np.where(t < u / braking, u * t - 0.5 * braking * t * t, 0.5 * u * u / braking)
        else:
            its = u * t
        return (gap + its - own).min() >= -1e-6

    low, high = 1e-3, 200.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high


def check_braking(count):
    rng = np.random.default_rng(2)
    for k in range(count):
        gap, v, u = rng.uniform(2, 60), rng.uniform(2, 25), rng.uniform(0, 25)
        braking = rng.uniform(0.5, 8.0) if k % 3 else 0.0
        v += 2.0 * (0.0 < v - u < 2.0)  # so that who closes in does so within the simulated minute
        got, expected = required_deceleration(gap, v, u, braking), simulated_demand(gap, v, u, braking)
        assert got == pytest.approx(expected, rel=2e-3, abs=2e-3)
        if not braking:
            assert got == drac(gap, v, u)


def test_required_decelerations_agree_with_simulated_braking():
    check_braking(100)


@pytest.mark.slow
def test_a_thousand_required_decelerations_agree_with_simulated_braking():
    check_braking(1000)


def test_following_metrics_are_the_extremes_over_the_steps():
    defined, critical = 0, 0
    for seed in range(150):
        made = busy_road(seed, seconds=1.0)
        episode = Episode(scenario=made.scenario, trace=made.trace)
        found, lead = measure_episode(made.scenario, made.trace), lead_of(episode)
        speed = episode.ego_motion.speed
        rows = [
            (g / v if v >= 0.5 else math.nan, max(v - u, 0.0) ** 2 / (2 * g) if g >= 0.01 else math.nan)
            for g, v, u in zip(lead.gap, speed, lead.speed, strict=True)
            if not math.isnan(g)
        ]
        if not rows:
            assert found.value("min_headway_s") is None
            assert "nobody is ahead" in found.measurement("max_drac_mps2").reason
            continue
        defined += 1
        headways, rates = (np.array(c) for c in zip(*rows, strict=True))
        for name, values, pick in (("min_headway_s", headways, min), ("max_drac_mps2", rates, max)):
            known = values[~np.isnan(values)]
            if len(known):
                assert found.value(name) == pytest.approx(pick(known), rel=1e-9)
            else:
                assert found.value(name) is None
        critical += np.nanmax(rates) > 3.35 if not np.isnan(rates).all() else 0
        extra = _demands(episode)[:, 2] - _demands(episode)[:, 1]
        assert (extra[~np.isnan(extra)] >= -1e-9).all()  # a leader that brakes demands no less
    assert defined >= 80
    assert critical >= 20


@pytest.mark.parametrize(
    ("other", "gap"),
    [
        pytest.param((30.0, 10.0), 25.4, id="ahead in the lane"),
        pytest.param((30.0, 10.0, 3.5), None, id="in the next lane"),
        pytest.param((30.0, 10.0, 1.8), 25.4, id="half in the lane"),
        pytest.param((30.0, 0.0, 0.0, np.pi / 2), 26.75, id="standing across"),
        pytest.param((30.0, 5.0, 0.0, np.pi / 2), None, id="crossing is not ahead"),
        pytest.param((30.0, 10.0, 0.0, np.pi), None, id="oncoming is not ahead"),
        pytest.param((-30.0, 20.0), None, id="behind"),
        pytest.param((110.0, 10.0), None, id="beyond the reach"),
    ],
)
def test_who_is_ahead(other, gap):
    made = straight_road([(0.0, 10.0), other], seconds=0.0)
    lead = lead_of(Episode(scenario=made.scenario, trace=made.trace))
    assert math.isnan(lead.gap[0]) if gap is None else lead.gap[0] == pytest.approx(gap, abs=1e-9)


def test_a_leader_around_a_bend_is_ahead_by_the_way_along_it():
    radius, speed = 30.0, 10.0
    turn = ((10.0, 0.0, speed / radius),)
    angle = 40.0 / radius
    lead = Track(
        x=radius * math.sin(angle), y=radius * (1 - math.cos(angle)), heading=angle, speed=speed, plan=turn
    )
    made = world([Track(speed=speed, plan=turn), lead], seconds=6.0)
    found = lead_of(Episode(scenario=made.scenario, trace=made.trace))
    assert found.gap[0] == pytest.approx(40.0 - 4.6, abs=0.3)
    assert found.speed[0] == pytest.approx(speed, abs=0.2)


def test_nearer_faster_and_harder_braking_leaders_never_demand_less():
    gaps, speeds, brakings = np.linspace(2, 60, 30), np.linspace(0, 20, 30), np.linspace(0, 8, 30)
    for v, u, b in ((20.0, 10.0, 3.0), (10.0, 12.0, 4.0), (15.0, 0.0, 1.0)):
        assert (np.diff([required_deceleration(g, v, u, b) for g in gaps]) <= 1e-9).all()
        assert (np.diff([required_deceleration(20.0, v, s, b) for s in speeds]) <= 1e-9).all()
        assert (np.diff([required_deceleration(20.0, v, u, k) for k in brakings]) >= -1e-9).all()
        assert (np.diff([drac(g, v, u) for g in gaps]) <= 1e-12).all()
