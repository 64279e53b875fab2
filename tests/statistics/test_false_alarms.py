"""Nights of two equal policies must not alarm more often than asked for; broken ones must be named."""

from __future__ import annotations

import numpy as np
import pytest
from nights import frame, night

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


def test_neither_the_order_of_pairs_nor_the_names_of_families_matter():
    pairs = night(np.random.default_rng(14), agreement=0.5)
    first = assess(pairs, Limits())
    shuffled = assess(pairs.sample(frac=1.0, random_state=1), Limits())
    assert [f.p for f in shuffled.findings] == [f.p for f in first.findings]
    assert shuffled.failures.change == first.failures.change
    assert shuffled.verdict == first.verdict
    renamed = pairs.replace({"family": {f"made/f{i:02d}": f"other/{19 - i}" for i in range(20)}})
    assert [f.p for f in assess(renamed, Limits()).findings] == [f.p for f in first.findings]


def test_few_pairs_give_a_verdict_and_what_it_would_have_taken():
    for broke in (0, 1, 2):
        flags = [True] * broke + [False] * (2 - broke)
        pairs = frame(np.zeros(2, dtype=int), [False, False], flags)  # one family, no scores
        found = assess(pairs, Limits())
        assert found.scores is None and found.verdict.word == "no_evidence"
        assert found.verdict.is_inconclusive and found.failures.detectable is None
    alone = assess(frame(np.zeros(1, dtype=int), [False], [True], [1.0], [0.0]), Limits())
    assert alone.verdict.word == "no_evidence" and alone.scores.change.low is None


def test_seeds_of_one_scenario_count_as_one_scenario():
    family, names = np.zeros(40, dtype=int), [f"made/f00[i-{i // 10}]" for i in range(40)]
    repeated = frame(family, [False] * 40, [True] * 40, scenario=names)
    once = frame(np.zeros(4, dtype=int), [False] * 4, [True] * 4)
    for found in (assess(repeated, Limits()), assess(once, Limits())):
        assert found.findings[-1].p == 1.0 and found.families[0].p_exact == 0.5**4
        assert found.verdict.word == "no_evidence"
    assert assess(repeated, Limits(alpha=0.2)).verdict.word == "regressed"


def test_many_shown_to_be_the_same_are_not_worse():
    n = 4000
    failed = np.arange(n) % 50 == 0
    totals = np.where(failed, 0.0, 0.9)
    pairs = frame(np.arange(n) % 40, failed, failed, totals, totals)
    verdict = assess(pairs, Limits()).verdict
    assert verdict.word == "not_worse" and "less than the margin of 0.01" in verdict.reasons[0]
    assert assess(pairs, Limits(margin=0.0001)).verdict.word == "no_evidence"


def test_what_is_significant_but_within_the_margin_does_not_count():
    n = 4000
    broke = np.arange(n) % 400 == 0  # ten of 4,000, each in another family
    pairs = frame(np.arange(n) % 401, np.zeros(n, dtype=bool), broke)
    assert assess(pairs, Limits(margin=0.01)).verdict.word == "not_worse"
    assert assess(pairs, Limits(margin=0.001)).verdict.word == "regressed"
