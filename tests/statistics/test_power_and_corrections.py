"""What a suite can see, and how several tests are read together."""

from __future__ import annotations

import numpy as np
import pytest

from simeval.statistics import (
    Clusters,
    answerable,
    bunching,
    debunched,
    design_effect,
    detectable_mean,
    detectable_rise,
    simes,
)
from simeval.statistics.power import power_of_mcnemar


@pytest.mark.parametrize(
    ("fixed", "pairs", "points"),
    [(0.002, 1000, 1.3), (0.01, 1000, 2.0), (0.02, 2000, 1.7), (0.05, 500, 5.6), (0.01, 10_000, 0.50)],
)
def test_the_smallest_visible_rise_of_failures(fixed, pairs, points):
    assert 100 * detectable_rise(pairs, fixed, 0.01) == pytest.approx(points, rel=0.04)


def test_the_power_of_the_exact_test_is_that_of_simulated_nights():
    rng = np.random.default_rng(0)
    broke, fixed = rng.multinomial(300, [0.05, 0.02, 0.93], 20_000)[:, :2].T
    from scipy import stats

    seen = np.mean(stats.binom.sf(broke - 1, broke + fixed, 0.5) <= 0.05)
    assert power_of_mcnemar(300, 0.05, 0.02, 0.05) == pytest.approx(seen, abs=0.012)


def test_too_few_pairs_see_nothing():
    assert detectable_rise(4, 0.0, 0.01) is None
    assert detectable_rise(0, 0.0, 0.01) is None
    assert detectable_rise(100, 0.01, 0.01, effect=50.0) is None
    assert detectable_rise(100, 0.01, 0.01, effect=2.0) > detectable_rise(100, 0.01, 0.01)


def test_the_smallest_visible_change_of_a_mean():
    rng = np.random.default_rng(1)
    values = rng.normal(0.0, 0.1, 1000)
    grouped = Clusters.of(values, [str(i) for i in range(1000)])
    assert detectable_mean(grouped, 0.01) == pytest.approx(3.17 * values.std() / np.sqrt(1000), rel=0.01)
    assert detectable_mean(Clusters.of(np.zeros(9), list("abcdefghi")), 0.01) is None


def test_the_design_effect_is_between_one_and_the_size_of_a_cluster():
    rng = np.random.default_rng(2)
    names = [f"c{i // 10}" for i in range(2000)]
    shared = np.repeat(rng.normal(size=200), 10)
    assert design_effect(rng.normal(size=2000), names) == pytest.approx(1.0, abs=0.25)
    assert design_effect(shared, names) == pytest.approx(10.0, rel=0.02)
    half = shared + rng.normal(size=2000)  # half of the variance is shared: 1 + 9 / 2
    assert design_effect(half, names) == pytest.approx(5.5, rel=0.2)
    assert design_effect(np.ones(10), ["a", "b"] * 5) == 1.0


def test_families_too_quiet_to_be_significant_are_left_out_of_the_correction():
    least = [0.5**n for n in (12, 9, 1, 1, 0, 0, 0, 0, 0, 0)]
    assert list(np.flatnonzero(answerable(least, 0.05))) == [0, 1]
    assert not answerable([0.5, 1.0], 0.05).any()
    assert list(answerable([], 0.05)) == []


def test_the_least_adjusted_p_speaks_for_all():
    assert simes([]) == 1.0
    assert simes([0.01, 0.9, 0.9]) == pytest.approx(0.03)
    assert simes([0.03, 0.03, 0.03]) == pytest.approx(0.03)


def test_bunching_is_read_off_the_groups_that_got_better():
    squares = np.full(4, 8.0)
    assert bunching(np.array([8.0, 8.0, 8.0, 8.0]), squares) == 1.0  # nobody got better: nothing to go by
    assert bunching(np.array([8.0, -8.0, 0.0, 0.0]), squares) == pytest.approx(64.0 / 16.0)
    rng = np.random.default_rng(3)
    sums = 2.0 * rng.binomial(8, 0.5, 20_000) - 8.0
    assert bunching(sums, np.full(20_000, 8.0)) == pytest.approx(1.0, abs=0.05)
    assert debunched(2.0**-8, 4.0) == pytest.approx(2.0**-2)
    assert debunched(0.3, 1.0) == 0.3
