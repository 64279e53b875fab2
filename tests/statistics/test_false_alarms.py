"""Nights of two equal policies must not alarm more often than asked for; broken ones must be named."""

from __future__ import annotations

import numpy as np
import pytest
from nights import night

from simeval.runs import Limits
from simeval.runs.compare_runs import assess
from simeval.runs.compare_tests import findings_of

SUITES = {
    "flips independent": {},
    "half of the flips shared within a family": {"agreement": 0.5},
    "families flip as one": {"agreement": 0.9},
}


def alarms(nights, alpha, **suite):
    """Share of nights on which any of the three tests is significant: no fewer than those that alarm."""
    rng, limits, seen = np.random.default_rng(11), Limits(alpha=alpha), 0
    for _ in range(nights):
        findings, families = findings_of(night(rng, **suite), limits)
        known = {f.name: f.adjusted_p is not None and f.adjusted_p <= alpha for f in findings}
        known["families"] &= any(f.is_worse for f in families)
        seen += any(known.values())
    return seen / nights


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_equal_policies_alarm_at_most_one_and_a_half_times_as_often_as_asked(suite):
    assert alarms(100, 0.05, **suite) <= 1.5 * 0.05


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize(
    "suite",
    [
        *SUITES.values(),
        {"families": 50, "members": 20, "agreement": 0.9, "discordance": 0.04},
        {"families": 20, "members": 50, "agreement": 0.9, "discordance": 0.04},
    ],
    ids=[*SUITES, "fifty families that flip as one", "large families that flip as one"],
)
def test_over_two_thousand_nights_equal_policies_alarm_as_rarely_as_asked(suite, alpha):
    assert alarms(2000, alpha, **suite) <= 1.5 * alpha


def test_a_family_broken_on_purpose_is_named():
    rng, named, others = np.random.default_rng(12), 0, 0
    for _ in range(25):
        verdict = assess(night(rng, discordance=0.02, broken=(3, 0.9)), Limits()).verdict
        named += verdict.word == "regressed" and "made/f03" in verdict.families
        others += len(set(verdict.families) - {"made/f03"})
    assert named >= 23
    assert others <= 2


def test_a_family_broken_on_purpose_is_named_although_another_one_was_mended():
    rng = np.random.default_rng(13)
    pairs = night(rng, discordance=0.0)
    mended = pairs["family"] == "made/f05"
    broken = pairs["family"] == "made/f03"
    pairs.loc[mended | broken, "total_a"] = 0.5  # the scores even out, so that only families speak
    pairs.loc[mended | broken, "total_b"] = 0.5
    pairs.loc[mended, ["failed_a", "failed_b", "change"]] = [True, False, "fixed"]
    pairs.loc[broken, ["failed_a", "failed_b", "change"]] = [False, True, "broke"]
    verdict = assess(pairs, Limits()).verdict
    assert (verdict.word, verdict.families) == ("regressed", ["made/f03"])
