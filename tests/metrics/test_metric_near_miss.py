"""Near misses, summed TTC and impact speeds of random scenes, against polygons moved in small steps."""

import math

import numpy as np
import pytest
import shapely
from second_methods import boxes_at, busy_road, polygons

from simeval.metrics import measure_episode
from simeval.metrics.near_miss import NEAR
from simeval.metrics.neighbours import HORIZON
from simeval.metrics.time_to_collision import LOW_TTC

FINE = 0.01  # [s]


def sampled_ttc(rows, room=0.0):
    """TTC of the first box with each other one, by moving polygons; inf where none is below 1.5 s.

    Samples can pass over a corner that is grazed: coming within `room` [m] counts as meeting.
    """
    times = np.arange(0.0, LOW_TTC + FINE, FINE)
    own = polygons(rows[:1, :2], rows[:1, 2], rows[:1, 3], rows[:1, 4])[0]
    found = []
    for row in rows[1:]:
        at = row[:2] + times[:, None] * (row[5:] - rows[0, 5:])
        hit = shapely.dwithin(own, polygons(at, np.full(len(at), row[2]), row[3], row[4]), room)
        found.append(times[int(np.argmax(hit))] if hit.any() else math.inf)
    return np.array(found)


def check(seeds):
    nontrivial, close, missed = 0, 0, 0
    for seed in seeds:
        made = busy_road(seed, seconds=1.0)
        found, dt = measure_episode(made.scenario, made.trace), made.trace.dt
        times = np.array([sampled_ttc(boxes_at(made, t)) for t in range(made.trace.num_steps)])
        least = times.min(axis=1)
        expected = np.maximum(LOW_TTC - least, 0.0).sum() * dt
        got = found.value("ttc_integral_s2")
        assert got >= expected - 1e-9, seed
        low, soonest = times.min(axis=0), times.min(axis=0) - FINE
        if got > expected + FINE * dt * len(least):  # somewhere something is grazed
            wide = np.array([sampled_ttc(boxes_at(made, t), 0.2) for t in range(made.trace.num_steps)])
            assert got <= np.maximum(LOW_TTC - wide.min(axis=1), 0.0).sum() * dt + 1e-9, seed
            soonest = wide.min(axis=0)
        touched = (times == 0.0).any(axis=0)
        sure = (low < NEAR) == (soonest < NEAR)
        nontrivial += expected > 0.0
        close += int((np.abs(times - NEAR) < 0.05 * NEAR).sum())
        if sure.all():
            assert found.value("near_misses") == float(((low < NEAR) & ~touched).sum()), seed
            assert len(found.events_of("near_miss")) == found.value("near_misses")
        missed += found.value("near_misses") > 0
        if found.value("max_impact_speed_mps") is not None:
            speeds = []
            for j in np.flatnonzero(touched):
                rows = boxes_at(made, int(np.argmax(times[:, j] == 0.0)))
                speeds.append(math.hypot(*(rows[0, 5:] - rows[1 + j, 5:])))
            assert found.value("max_impact_speed_mps") == pytest.approx(max(speeds), abs=1e-9), seed
    return nontrivial, close, missed


def test_random_scenes_agree_with_polygons_moved_in_small_steps():
    nontrivial, close, missed = check(range(100))
    assert nontrivial >= 30
    assert close >= 10
    assert missed >= 10
    assert HORIZON > LOW_TTC > NEAR


@pytest.mark.slow
def test_a_thousand_scenes_agree_with_polygons_moved_in_small_steps():
    nontrivial, close, missed = check(range(100, 1100))
    assert nontrivial >= 300
    assert close >= 100
    assert missed >= 100
