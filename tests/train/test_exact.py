"""Exact statistics, against numbers computed by hand."""

import pytest

from simeval.train.exact import interval, paired_p, sign_p


@pytest.mark.parametrize(
    ("passed", "planned", "low", "high"),
    [
        (10, 10, 0.025**0.1, 1.0),  # p^10 = 0.025
        (0, 10, 0.0, 1.0 - 0.025**0.1),
        (1, 1, 0.025, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_clopper_pearson(passed, planned, low, high):
    assert interval(passed, planned) == pytest.approx((low, high), abs=1e-9)


def test_what_both_pass_or_fail_says_nothing():
    assert paired_p([True, False, True], [True, False, True]) == 1.0
    assert paired_p([True] * 6 + [False] * 50, [False] * 6 + [False] * 50) == pytest.approx(2 * 0.5**6)


def test_it_is_two_sided():
    assert sign_p(0, 6) == sign_p(6, 0) == pytest.approx(2 * 0.5**6)
    assert sign_p(3, 3) == 1.0


def test_pairs_must_match():
    with pytest.raises(ValueError, match="zip"):
        paired_p([True], [])
