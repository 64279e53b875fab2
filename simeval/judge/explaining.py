"""Explains a verdict: chain of events, what each rule compared and where it stands, the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from simeval.judge.compare import number
from simeval.judge.explanation import ComparedLine, Explanation, RuleLine, Term
from simeval.judge.facts import Facts
from simeval.judge.judging import results_of
from simeval.judge.language import Multiplier, ScoreMap, ScoreTerm
from simeval.judge.profile import Profile
from simeval.judge.scores import total_of
from simeval.judge.taxonomy import current_taxonomy
from simeval.judge.verdict import SubScore, Verdict
from simeval.metrics import Measured

__all__ = ["explain"]


def explain(
    profile: Profile, verdict: Verdict, measured: Measured, *, tags: Iterable[str] | None = None
) -> Explanation:
    """The explanation of a verdict that `profile` gave.

    `tags` are those of the scenario; without them conditions on tags are shown as unknown.
    """
    known = current_taxonomy()
    meanings, classified = known.meanings, known.weakness(verdict.mode) is not None
    facts = Facts(measured=measured, tags=None if tags is None else frozenset(tags), dt=math.nan)
    return Explanation(
        profile=profile.label, outcome=verdict.outcome, mode=verdict.mode,
        rule=verdict.rule, weakness=known.weaknesses.get(verdict.weakness or ""),
        place=known.place(str(verdict.mode), "") if classified else None,
        meaning=meanings.get(verdict.mode or ""), reason=verdict.reason, cause_event=verdict.cause_event,
        cause_time_s=verdict.cause_time_s, cause_agent=verdict.cause_agent, chain=verdict.chain,
        evidence=verdict.evidence, also=verdict.also, rules=_rules(profile, facts, meanings),
        terms=_terms(profile, verdict, measured), arithmetic=_arithmetic(verdict), total=verdict.total,
    )  # fmt: skip


def _rules(profile: Profile, facts: Facts, meanings: dict[str, str]) -> list[RuleLine]:
    tables: tuple[Literal["fail", "note"], ...] = ("fail", "note")
    return [
        RuleLine(
            mode=rule.mode, meaning=meanings.get(rule.mode, ""), table=table, truth=result.truth,
            place=profile.place(path),
            compared=[
                ComparedLine(says=c.says, truth=c.truth, place=profile.place(c.path)) for c in result.compared
            ],
        )
        for table in tables
        for path, rule, result in results_of(profile, table, facts)
    ]  # fmt: skip


def _terms(profile: Profile, verdict: Verdict, measured: Measured) -> list[Term]:
    weights = math.fsum(s.weight for s in verdict.subscores if s.weight is not None and s.score is not None)
    paths = [f"score[{i}]" for i in range(len(profile.score))]
    paths += [f"multiplier[{i}]" for i in range(len(profile.multiplier))]
    rules: list[Multiplier] = [*profile.score, *profile.multiplier]
    return [
        _term(profile, rule, part, path, weights, measured)
        for rule, part, path in zip(rules, verdict.subscores, paths, strict=False)
    ]


def _term(
    profile: Profile,
    rule: Multiplier | ScoreTerm,
    part: SubScore,
    path: str,
    weights: float,
    measured: Measured,
) -> Term:
    row = measured.measurement(part.metric)
    adds = None
    if part.weight is not None and part.score is not None:
        adds = part.weight * part.score / weights
    return Term(
        metric=part.metric, kind=part.kind, raw=part.raw, unit=row.unit if row else "", adds=adds,
        map=_says_map(rule.map, row.unit if row else ""), score=part.score, weight=part.weight,
        note=_note(part, row.reason if row else "it was not measured"), place=profile.place(path),
    )  # fmt: skip


def _note(part: SubScore, reason: str | None) -> str | None:
    if part.score is None:
        return reason if part.raw is None else "left out: its `when` does not hold"
    return reason


def _says_map(score_map: ScoreMap, unit: str) -> str:
    if score_map.ramp is not None:
        low, high = score_map.ramp
        return f"0 at {number(low, unit)}, 1 at {number(high, unit)}, linear"
    if score_map.steps is not None:
        said = [f"{score:g} below {number(bound, unit)}" for bound, score in score_map.steps]
        return f"{', '.join(said)}, else 0"
    if score_map.power is not None:
        return f"{score_map.power:g} to the value"
    if score_map.above is not None:
        return f"1 above {number(score_map.above, unit)}, else 0"
    if score_map.below is not None:
        return f"1 below {number(score_map.below, unit)}, else 0"
    if score_map.at_least is not None:
        return f"1 from {number(score_map.at_least, unit)} up, else 0"
    return f"1 up to {number(float(score_map.at_most or 0.0), unit)}, else 0"


def _arithmetic(verdict: Verdict) -> str:
    """The sum as one writes it down; empty where there is no total."""
    if verdict.outcome == "policy_fault":
        return "a policy fault scores 0"
    total = total_of(verdict.subscores)
    if verdict.total is None or total is None:
        return ""
    parts = [(s.weight, s.score) for s in verdict.subscores if s.weight is not None and s.score is not None]
    factors = [s.score for s in verdict.subscores if s.kind == "multiplier" and s.score is not None]
    above = " + ".join(f"{w:g} × {x:.4g}" for w, x in parts)
    mean = f"({above}) / {math.fsum(w for w, _ in parts):g}" if parts else "1"
    return " × ".join([mean, *(f"{f:.4g}" for f in factors)]) + f" = {total:.4g}"
