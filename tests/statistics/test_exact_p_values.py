"""p-values and exact limits against other implementations, and against whole numbers."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simeval.statistics import McNemar, clopper_pearson, fewest_flips, holm, imbalance_p, sign_flip, step_up

TABLE = json.loads((Path(__file__).parent / "statsmodels.json").read_text())
TIGHT = 1e-12


def whole_number_p(broke, fixed):
    n = broke + fixed
    return float(Fraction(sum(comb(n, j) for j in range(broke, n + 1)), 2**n))


def test_the_exact_p_is_the_share_of_equally_likely_outcomes():
    for broke, fixed in product(range(25), range(25)):
        table = McNemar(broke=broke, fixed=fixed, pairs=100)
        assert abs(table.p_exact - whole_number_p(broke, fixed)) <= TIGHT
        reference = (
            stats.binomtest(broke, broke + fixed, 0.5, alternative="greater").pvalue if broke + fixed else 1.0
        )
        assert abs(table.p_exact - reference) <= TIGHT


def test_twice_the_smaller_tail_is_what_statsmodels_calls_two_sided():
    for broke, fixed, two_sided in TABLE["mcnemar"]:
        up = McNemar(broke=broke, fixed=fixed, pairs=1000).p_exact
        down = McNemar(broke=fixed, fixed=broke, pairs=1000).p_exact
        assert abs(min(1.0, 2.0 * min(up, down)) - two_sided) <= TIGHT


def test_clopper_pearson_limits_are_those_of_statsmodels_and_scipy():
    for count, total, confidence, low, high in TABLE["rates"]:
        found = clopper_pearson(count, total, confidence)
        assert abs(found.low - low) <= 1e-9 and abs(found.high - high) <= 1e-9
        same = stats.binomtest(count, total).proportion_ci(confidence, method="exact")
        assert abs(found.low - same.low) <= 1e-9 and abs(found.high - same.high) <= 1e-9


def test_published_values_of_the_exact_interval():
    assert clopper_pearson(0, 100, 0.90).high == pytest.approx(0.0295, abs=5e-5)  # 1 - 0.05 ** (1 / 100)
    found = clopper_pearson(950, 1000)
    assert (round(found.low, 3), round(found.high, 3)) == (0.935, 0.963)
    assert clopper_pearson(0, 0).value is None and "nothing" in clopper_pearson(0, 0).reason


def test_corrections_are_those_of_statsmodels():
    for case in TABLE["multiple"]:
        np.testing.assert_allclose(holm(case["p"]), case["holm"], rtol=0, atol=TIGHT)
        np.testing.assert_allclose(step_up(case["p"]), case["bh"], rtol=0, atol=TIGHT)


def test_the_sign_flip_of_single_flips_is_mcnemars_test():
    for broke, fixed in product(range(12), range(12)):
        flips = np.array([1.0] * broke + [-1.0] * fixed + [0.0] * 5)
        expected = McNemar(broke=broke, fixed=fixed, pairs=50).p_exact
        assert abs(sign_flip(flips, "x").p - expected) <= TIGHT


@pytest.mark.parametrize("whole", [True, False], ids=["whole numbers", "any numbers"])
def test_the_sign_flip_of_few_clusters_is_scipys_permutation_test(whole):
    rng = np.random.default_rng(3)
    for _ in range(60):
        sums = rng.normal(0.3, 1.0, int(rng.integers(2, 13)))
        sums = np.round(3 * sums) if whole else sums
        reference = stats.permutation_test(
            (sums,), np.sum, permutation_type="samples", alternative="greater", n_resamples=np.inf
        )
        assert abs(sign_flip(sums, "x").p - reference.pvalue) <= TIGHT


def test_many_clusters_of_flips_are_still_exact():
    rng = np.random.default_rng(4)
    sums = rng.integers(-4, 6, 300).astype(float)
    moved = [abs(int(s)) for s in sums if s]
    ways = {0: 1}  # number of sign choices by sum, in whole numbers
    for size in moved:
        ways = {
            total: ways.get(total - size, 0) + ways.get(total + size, 0)
            for total in {t + d for t in ways for d in (-size, size)}
        }
    reached = sum(count for total, count in ways.items() if total >= int(sums.sum()))
    expected = float(Fraction(reached, 2 ** len(moved)))
    assert abs(sign_flip(sums, "x").p - expected) <= TIGHT


def test_drawn_p_values_are_within_their_own_error_of_the_exact_one():
    rng = np.random.default_rng(6)
    for _ in range(12):
        sums = rng.normal(0.25, 1.0, 17)
        exact = np.mean(np.array(list(product((-1.0, 1.0), repeat=17))) @ np.abs(sums) >= sums.sum() - 1e-9)
        drawn = sign_flip(sums, "x")
        assert "draws" in drawn.method
        draws = 1000 / drawn.p if drawn.p > 0.0101 else 99_999
        assert abs(drawn.p - exact) <= 4.0 * np.sqrt(exact * (1 - exact) / draws) + 2e-5


def test_the_same_data_give_the_same_p_in_any_order():
    rng = np.random.default_rng(7)
    sums = rng.normal(0.1, 1.0, 60)
    first = sign_flip(sums, "x")
    assert sign_flip(rng.permutation(sums), "x") == first
    assert sign_flip(sums, "another key").p == pytest.approx(first.p, rel=0.3)


def test_swapping_before_and_after_mirrors_the_test():
    rng = np.random.default_rng(8)
    for _ in range(50):
        sums = np.round(rng.normal(0.0, 2.0, 9))
        up, down = sign_flip(sums, "x").p, sign_flip(-sums, "x").p
        moved = np.abs(sums[sums != 0])
        signs = np.array(list(product((-1.0, 1.0), repeat=len(moved))))
        ties = float(np.mean(signs @ moved == sums.sum()))
        assert up + down == pytest.approx(1.0 + ties, abs=1e-12)  # both count what was observed


def test_the_fewest_flips_that_can_ever_be_significant():
    assert [fewest_flips(alpha) for alpha in (0.05, 0.01, 0.001)] == [5, 7, 10]
    for alpha in (0.2, 0.0166, 0.003):
        n = fewest_flips(alpha)
        assert whole_number_p(n, 0) <= alpha < whole_number_p(n - 1, 0)


def test_nothing_that_differs_is_no_evidence():
    for sums in (np.zeros(0), np.zeros(7)):
        found = sign_flip(sums, "x")
        assert (found.p, found.num_moved) == (1.0, 0)
    assert McNemar(broke=0, fixed=0, pairs=0).p_exact == 1.0
    assert imbalance_p(0, 0) == 1.0
    assert imbalance_p(9, 0) == pytest.approx(2 / 2**9, abs=TIGHT)
