"""From raw values to scores to a total."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simeval.judge.conditions import evaluate
from simeval.judge.facts import Facts
from simeval.judge.language import Multiplier, ScoreMap, ScoreTerm
from simeval.judge.profile import Profile
from simeval.judge.verdict import SubScore

__all__ = ["map_score", "subscores_of", "total_of"]


def map_score(value: float, score_map: ScoreMap) -> float:
    """Score in [0, 1] of a raw value."""
    if score_map.at_least is not None:
        return 1.0 if value >= score_map.at_least else 0.0
    if score_map.at_most is not None:
        return 1.0 if value <= score_map.at_most else 0.0
    if score_map.above is not None:
        return 1.0 if value > score_map.above else 0.0
    if score_map.below is not None:
        return 1.0 if value < score_map.below else 0.0
    if score_map.steps is not None:
        return next((score for bound, score in score_map.steps if value < bound), 0.0)
    if score_map.power is not None:
        return float(score_map.power ** max(0.0, value))
    assert score_map.ramp is not None
    low, high = score_map.ramp
    return min(1.0, max(0.0, (value - low) / (high - low)))


def subscores_of(profile: Profile, facts: Facts) -> list[SubScore]:
    """All parts in file order: the weighted ones, then the multipliers."""
    weighted = [
        SubScore(metric=t.measure, **_part(f"score[{i}]", t, facts), weight=t.weight, kind="weighted")
        for i, t in enumerate(profile.score)
    ]
    factors = [
        SubScore(metric=m.measure, **_part(f"multiplier[{i}]", m, facts), weight=None, kind="multiplier")
        for i, m in enumerate(profile.multiplier)
    ]
    return weighted + factors


def _part(path: str, term: Multiplier | ScoreTerm, facts: Facts) -> dict[str, float | None]:
    row = facts.measured.measurement(term.measure)
    raw = row.value if row is not None else None
    if term.when is not None and evaluate(f"{path}.when", term.when, facts).truth is not True:
        return {"raw": raw, "score": None}
    if term.excused is not None and evaluate(f"{path}.excused", term.excused, facts).truth is True:
        return {"raw": raw, "score": 1.0}
    if raw is None:
        failed = row is None or row.is_error
        return {"raw": None, "score": None if failed else term.undefined}
    return {"raw": raw, "score": map_score(raw, term.map)}


def total_of(subscores: Sequence[SubScore]) -> float | None:
    """Product of the multipliers times the weighted mean; parts without a score are left out of both.

    None when no part has a score.
    """
    weighted = [(s.weight, s.score) for s in subscores if s.weight is not None and s.score is not None]
    factors = [s.score for s in subscores if s.kind == "multiplier" and s.score is not None]
    if not weighted and not factors:
        return None
    mean = math.fsum(w * x for w, x in weighted) / math.fsum(w for w, _ in weighted) if weighted else 1.0
    return mean * math.prod(factors)
