"""Intervals: known values, what they cover, and what they say where there is little to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simeval.statistics import Clusters, Interval, McNemar, cluster_mean, standard_error


@pytest.mark.parametrize(
    ("broke", "fixed", "low", "high"),
    [(0, 0, -0.37, 0.37), (9, 2, -0.04, 1.54), (30, 20, -0.49, 2.52)],
)
def test_melded_limits_of_a_thousand_pairs(broke, fixed, low, high):
    found = McNemar(broke=broke, fixed=fixed, pairs=1000).interval()
    assert (round(100 * found.low, 2), round(100 * found.high, 2)) == (low, high)


def test_without_a_flip_the_melded_limit_is_the_exact_one_of_a_rate():
    for pairs in (1, 12, 500):
        found = McNemar(broke=0, fixed=0, pairs=pairs).interval()
        assert found.high == pytest.approx(1.0 - 0.025 ** (1.0 / pairs), abs=1e-6)
        assert found.low == pytest.approx(-found.high, abs=1e-9)


def test_melded_limits_by_drawing_are_those_by_quadrature():
    rng = np.random.default_rng(0)
    for broke, fixed, pairs in ((3, 1, 40), (12, 9, 60), (25, 0, 25)):
        n, draws = broke + fixed, 400_000
        up = rng.beta(n + 1, pairs - n, draws) if pairs > n else np.ones(draws)
        down = rng.beta(n, pairs - n + 1, draws)
        net = 2.0 * (rng.beta(broke + 1, fixed, draws) if fixed else np.ones(draws)) - 1.0
        expected = np.quantile(np.where(net > 0, up, down) * net, 0.975)
        found = McNemar(broke=broke, fixed=fixed, pairs=pairs).interval()
        assert found.high == pytest.approx(expected, abs=4e-3)


def test_swapping_before_and_after_mirrors_the_limits():
    for broke, fixed in ((4, 1), (0, 3), (7, 7)):
        one = McNemar(broke=broke, fixed=fixed, pairs=50).interval()
        other = McNemar(broke=fixed, fixed=broke, pairs=50).interval().mirrored
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)


def test_the_melded_interval_agrees_with_the_exact_test():
    for broke in range(12):
        for fixed in range(6):
            table = McNemar(broke=broke, fixed=fixed, pairs=80)
            if abs(table.p_exact - 0.025) > 1e-4:
                assert (table.interval().low > 0.0) == (table.p_exact < 0.025), (broke, fixed)


def test_many_clusters_of_one_are_the_bootstrap_of_scipy_up_to_its_draws():
    rng = np.random.default_rng(1)
    values = rng.gamma(2.0, 1.0, 150)
    found = cluster_mean(values, [f"c{i}" for i in range(150)], "x")
    reference = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=20_000, rng=rng)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(tuple(reference.confidence_interval), abs=0.02)


def test_few_clusters_of_equal_size_give_students_interval_of_their_means():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(8, 5))
    found = cluster_mean(values.ravel(), [f"c{i // 5}" for i in range(40)], "x")
    expected = stats.ttest_1samp(values.mean(axis=1), 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert "Student" in found.method


def test_siblings_that_agree_widen_the_interval_to_that_of_their_clusters():
    rng = np.random.default_rng(3)
    one = rng.normal(size=25)
    names = [f"c{i}" for i in range(25)]
    alone = cluster_mean(one, names, "x")
    repeated = cluster_mean(np.repeat(one, 40), list(np.repeat(names, 40)), "x")
    assert (repeated.low, repeated.high) == pytest.approx((alone.low, alone.high), abs=1e-9)


def test_what_has_no_interval_says_why():
    assert cluster_mean(np.zeros(0), [], "x") == Interval(value=None, reason="nothing is defined here")
    one = cluster_mean(np.array([1.0, 2.0]), ["c", "c"], "x")
    assert (one.value, one.low) == (1.5, None) and "one cluster" in one.reason
    same = cluster_mean(np.full(30, 0.1), [f"c{i % 7}" for i in range(30)], "x")
    assert (same.low, same.high) == (same.value, same.value)
    assert np.isnan(standard_error(Clusters.of(np.ones(3), ["a"] * 3)))


def test_resampling_repeats_and_does_not_depend_on_the_order_of_rows_or_names():
    rng = np.random.default_rng(4)
    values, names = rng.normal(size=90), np.array([f"c{i % 30:02d}" for i in range(90)])
    first = cluster_mean(values, list(names), "x")
    order = rng.permutation(90)
    assert cluster_mean(values[order], list(names[order]), "x") == first
    renamed = [f"other {name}" for name in names]
    assert cluster_mean(values, renamed, "x") == first


@pytest.mark.parametrize("clusters", [8, 30])
def test_cluster_intervals_cover_the_truth_nearly_as_often_as_they_say(clusters):
    rng = np.random.default_rng(5)
    covered, rounds = 0, 200
    for i in range(rounds):
        shared = np.repeat(rng.normal(size=clusters), 6)
        values = shared + rng.exponential(1.0, clusters * 6) - 1.0
        found = cluster_mean(values, list(np.repeat(np.arange(clusters), 6).astype(str)), f"{i}")
        covered += found.low <= 0.0 <= found.high
    assert covered / rounds >= 0.91  # 95 % less two standard errors of 200 rounds
