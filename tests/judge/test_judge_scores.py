import pytest

from simeval import content
from simeval.judge import SubScore, explain, judge_episode, load_profile
from simeval.judge.language import ScoreMap
from simeval.judge.scores import map_score, total_of
from simeval.metrics import measure_episode
from simeval.metrics.worlds import straight_road


@pytest.mark.parametrize(
    ("score_map", "value", "expected"),
    [
        (ScoreMap(at_least=0.95), 0.95, 1.0), (ScoreMap(at_least=0.95), 0.94, 0.0),
        (ScoreMap(at_most=0.0), 0.0, 1.0), (ScoreMap(at_most=0.0), 1.0, 0.0),
        (ScoreMap(ramp=(0.0, 2.0)), 0.5, 0.25), (ScoreMap(ramp=(0.0, 2.0)), 3.0, 1.0),
        (ScoreMap(ramp=(2.0, 0.0)), 0.5, 0.75), (ScoreMap(ramp=(2.0, 0.0)), -1.0, 1.0),
        (ScoreMap(ramp=(2.0, 0.0)), 2.5, 0.0),
        (ScoreMap(above=0.95), 0.95, 0.0), (ScoreMap(above=0.95), 0.96, 1.0),
        (ScoreMap(below=0.3), 0.3, 0.0), (ScoreMap(below=0.3), 0.29, 1.0),
        (ScoreMap(steps=[(2.0, 1.0), (6.0, 0.5)]), 1.9, 1.0),
        (ScoreMap(steps=[(2.0, 1.0), (6.0, 0.5)]), 2.0, 0.5),
        (ScoreMap(steps=[(2.0, 1.0), (6.0, 0.5)]), 6.0, 0.0),
    ],
)  # fmt: skip
def test_score_maps(score_map, value, expected):
    assert map_score(value, score_map) == pytest.approx(expected)


def part(score, weight):
    kind = "multiplier" if weight is None else "weighted"
    return SubScore(metric="x", raw=0.0, score=score, weight=weight, kind=kind)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(0.8, 5.0), (1.0, 5.0), (0.9, 4.0), (0.0, 2.0)], 0.7875),  # the example of nuPlan's formula
        ([(0.8, 5.0), (1.0, 5.0), (0.9, 4.0), (0.0, 2.0), (0.5, None)], 0.39375),
        ([(1.0, 1.0), (None, 3.0)], 1.0),  # left out of both sums
        ([(1.0, 1.0), (None, None)], 1.0),
        ([(1.0, 1.0), (0.0, None)], 0.0),
        ([(None, 1.0)], None),
    ],
)
def test_the_total_is_a_product_of_multipliers_and_a_weighted_mean(parts, expected):
    found = total_of([part(*p) for p in parts])
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


def explained(**road):
    made = straight_road(**road)
    profile, measured = load_profile("simeval-core"), measure_episode(made.scenario, made.trace)
    verdict = judge_episode(profile, made.scenario, made.trace, measured)
    return profile, verdict, explain(profile, verdict, measured, tags=made.scenario.tags)


def test_the_arithmetic_of_an_explanation_gives_the_total():
    _, verdict, found = explained(cars=[(0, 15), (60, 13)], speed_limit=14.0, goal=150.0)
    formula, _, total = found.arithmetic.partition(" = ")
    assert formula == "(5 × 1 + 5 × 0.5 + 4 × 0.5516 + 2 × 1) / 16 × 1 × 1 × 1 × 1"
    assert float(total) == pytest.approx(verdict.total, abs=1e-3)
    adds = [t.adds for t in found.terms if t.adds is not None]
    assert sum(adds) == pytest.approx(verdict.total)


def test_each_threshold_is_shown_with_the_line_it_stands_in():
    profile, _, found = explained(cars=[(0, 15), (29, 10)])
    text = (content.builtin_root() / profile.file).read_text().splitlines()
    for rule in found.rules:
        head = int(rule.place.rpartition(":")[2])
        assert text[head - 1] == f"[[{rule.table}]]"
        assert rule.mode in text[head]
        for compared in rule.compared:
            line = text[int(compared.place.rpartition(":")[2]) - 1]
            assert any(word in line for word in ("measure", "event", "tag")), (rule.mode, compared)
    for term in found.terms:
        line = int(term.place.rpartition(":")[2])
        assert f'measure = "{term.metric}"' in text[line - 1]


def test_a_part_that_does_not_apply_says_why():
    _, _, found = explained(cars=[(0, 15)])
    notes = {t.metric: (t.score, t.note) for t in found.terms}
    assert notes["max_overspeed_mps"] == (None, "no speed limit is known where the ego drives")
    assert notes["min_ttc_s"] == (1.0, "there is no other road user")
