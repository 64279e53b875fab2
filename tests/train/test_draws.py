"""What is learned from, chosen on and judged never meets."""

import pytest

from simeval.errors import UsageError
from simeval.train.draws import HELD_OUT, TRAIN, VALIDATION, bundled_families, drawn, judged


def test_the_three_ranges_of_seeds_do_not_meet():
    ranges = [set(HELD_OUT), set(VALIDATION), set(TRAIN)]
    assert sum(map(len, ranges)) == len(set.union(*ranges))
    assert all(0 not in seeds for seeds in ranges)


def test_no_scenario_is_both_learned_from_and_judged():
    families = bundled_families()
    learned = {s.content_hash for s in drawn(families, TRAIN[:4])}
    held_out = {s.content_hash for s in judged(families, HELD_OUT[:4])}
    assert learned
    assert held_out
    assert not learned & held_out
    defaults = {s.content_hash for family in families for s in family.scenarios()}
    assert not learned & defaults


def test_a_family_that_draws_nothing_is_judged_once_and_never_learned_from():
    families = bundled_families()
    fixed = {f.name for f in families if not f.is_random}
    assert fixed == {"empty_road"}
    assert not fixed & {s.family for s in drawn(families, TRAIN[:2])}
    scenarios = [s for s in judged(families, HELD_OUT[:3]) if s.family in fixed]
    assert len(scenarios) == len({s.id for s in scenarios}) == 2


def test_families_are_found_by_name():
    assert [f.name for f in bundled_families(["red_light", "cut_in"])] == ["cut_in", "red_light"]
    with pytest.raises(UsageError, match="cut_in"):
        bundled_families(["cutin"])
