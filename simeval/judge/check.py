"""Whether a profile makes sense: every name known, every condition says one thing, numbers in order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from simeval.errors import InputError
from simeval.judge.language import (
    After,
    Before,
    Compare,
    Condition,
    FailRule,
    LeafMode,
    Multiplier,
    ProfileFile,
    ScoreMap,
    ScoreTerm,
)
from simeval.judge.problems import ProfileProblem, at, require_known
from simeval.metrics import EVENTS, METRICS

__all__ = ["KEYS", "check_modes", "check_profile"]

OPERATORS = ("above", "below", "at_least", "at_most", "equals", "in")
FORMS = ("measure", "event", "tag", "all", "any", "none", "not")
EVENT_KEYS = ("where", "count_at_least", "before", "after", "first", "last")
MAPS = ("at_least", "at_most", "above", "below", "ramp", "steps", "power")
EVENT_FIELDS = ("kind", "agent", "body", "value", "limit", "time_s")
RECORDS = (
    After,
    Before,
    Compare,
    Condition,
    FailRule,
    LeafMode,
    Multiplier,
    ProfileFile,
    ScoreMap,
    ScoreTerm,
)
KEYS = sorted({name for record in RECORDS for name in record.__struct_encode_fields__})


def check_profile(file: str, profile: ProfileFile) -> None:
    """Raises InputError at the first thing that makes no sense."""
    try:
        for table in ("fail", "note"):
            for i, rule in enumerate(getattr(profile, table)):
                _rule(f"{table}[{i}]", rule)
        for i, name in enumerate(profile.report):
            require_known(f"report[{i}]", "metric", name, METRICS)
        for i, term in enumerate(profile.score):
            _term(f"score[{i}]", term)
            if not 0.0 < term.weight < math.inf:
                raise ProfileProblem(f"score[{i}].weight", f"expected a weight > 0, got {term.weight}.")
        for i, factor in enumerate(profile.multiplier):
            _term(f"multiplier[{i}]", factor)
    except ProfileProblem as bad:
        raise InputError(at(file, bad.where), bad.what, bad.fix) from None


def check_modes(file: str, modes: Sequence[LeafMode], weaknesses: Iterable[str]) -> None:
    """Raises InputError at the first failure mode of a taxonomy that makes no sense."""
    try:
        for i, mode in enumerate(modes):
            _rule(f"mode[{i}]", mode)
            require_known(f"mode[{i}].weakness", "weakness", mode.weakness, weaknesses)
            if mode.mode in (m.mode for m in modes[:i]):
                raise ProfileProblem(f"mode[{i}].mode", f"{mode.mode!r} is there twice.")
    except ProfileProblem as bad:
        raise InputError(at(file, bad.where), bad.what, bad.fix) from None


def _rule(path: str, rule: FailRule) -> None:
    if not re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)+", rule.mode):
        raise ProfileProblem(f"{path}.mode", f"expected group/name in lower case, got {rule.mode!r}.")
    if not (rule.all or rule.any or rule.none):
        raise ProfileProblem(
            path, "the rule has no condition.", "Add all = [...], any = [...] or none = [...]."
        )
    for i, link in enumerate(rule.chain):
        if isinstance(link, str):
            require_known(f"{path}.chain[{i}]", "event", link, EVENTS)
            continue
        if link.event is None or link.first or link.last or link.count_at_least is not None:
            raise ProfileProblem(f"{path}.chain[{i}]", "expected the name of an event, or event and where.")
        _condition(f"{path}.chain[{i}]", link)
    for place, condition in _parts(path, rule):
        _condition(place, condition)


def _parts(path: str, rule: FailRule | Condition) -> Iterator[tuple[str, Condition]]:
    for key in ("all", "any", "none"):
        for i, part in enumerate(getattr(rule, key) or ()):
            yield f"{path}.{key}[{i}]", part


def _condition(path: str, condition: Condition) -> None:
    given = [form for form in FORMS if getattr(condition, _attribute(form)) is not None]
    if len(given) != 1:
        said = " and ".join(given) if given else "none of them"
        raise ProfileProblem(path, f"expected one of {', '.join(FORMS)}; got {said}.")
    form = given[0]
    operators = [o for o in OPERATORS if getattr(condition, _attribute(o)) is not None]
    if operators and form != "measure":
        raise ProfileProblem(path, f"{operators[0]!r} compares a measure, not {form!r}.")
    extra = [key for key in EVENT_KEYS if getattr(condition, key)]
    if extra and form != "event":
        raise ProfileProblem(path, f"{extra[0]!r} belongs to an event, not to {form!r}.")
    if form == "measure":
        _measure(path, condition, operators)
    elif form == "event":
        _event(path, condition)
    elif form == "not" and condition.not_ is not None:
        _condition(f"{path}.not", condition.not_)
    elif form in ("all", "any", "none") and not getattr(condition, form):
        raise ProfileProblem(f"{path}.{form}", "the list is empty.")
    for place, part in _parts(path, condition):
        _condition(place, part)


def _measure(path: str, condition: Condition, operators: list[str]) -> None:
    require_known(path, "metric", str(condition.measure), METRICS)
    if not operators:
        raise ProfileProblem(path, "a measure needs a comparison.", f"Add one of {', '.join(OPERATORS)}.")
    _finite(path, condition)


def _event(path: str, condition: Condition) -> None:
    require_known(path, "event", str(condition.event), EVENTS)
    _where(path, str(condition.event), condition.where)
    if condition.count_at_least is not None and condition.count_at_least < 1:
        raise ProfileProblem(
            f"{path}.count_at_least", f"expected a count >= 1, got {condition.count_at_least}."
        )
    if condition.first and condition.last:
        raise ProfileProblem(path, "first and last exclude each other.")
    for key, other in (("before", condition.before), ("after", condition.after)):
        if other is not None:
            _other_event(f"{path}.{key}", other)


def _other_event(path: str, other: Before | After) -> None:
    require_known(path, "event", other.event, EVENTS)
    if isinstance(other, After):
        _where(path, other.event, other.where)
    if not 0.0 < other.within_s < math.inf:
        raise ProfileProblem(f"{path}.within_s", f"expected a time > 0 s, got {other.within_s}.")


def _where(path: str, event: str, where: Mapping[str, object] | None) -> None:
    fields = (*EVENT_FIELDS, *EVENTS[event].detail)
    for key, wanted in (where or {}).items():
        require_known(f"{path}.where", f"field of event {event!r}", key, fields)
        if isinstance(wanted, Compare):
            _finite(f"{path}.where.{key}", wanted)


def _finite(path: str, compare: Compare) -> None:
    for operator in OPERATORS:
        value = getattr(compare, _attribute(operator))
        numbers = value if isinstance(value, list) else [value]
        if any(n is not None and not math.isfinite(n) for n in numbers):
            raise ProfileProblem(f"{path}.{operator}", "expected a finite number.")


def _term(path: str, term: Multiplier) -> None:
    require_known(path, "metric", term.measure, METRICS)
    given = [k for k in MAPS if getattr(term.map, k) is not None]
    if len(given) != 1:
        raise ProfileProblem(
            f"{path}.map", f"expected one of {', '.join(MAPS)}; got {' and '.join(given) or '{}'}."
        )
    if term.map.ramp is not None and term.map.ramp[0] == term.map.ramp[1]:
        raise ProfileProblem(
            f"{path}.map.ramp", "expected two different numbers.", "Use at_least or at_most for a step."
        )
    if term.map.power is not None and not 0.0 <= term.map.power <= 1.0:
        raise ProfileProblem(f"{path}.map.power", f"expected a share from 0 to 1, got {term.map.power}.")
    _steps(f"{path}.map.steps", term.map.steps)
    if term.undefined is not None and not 0.0 <= term.undefined <= 1.0:
        raise ProfileProblem(f"{path}.undefined", f"expected a score from 0 to 1, got {term.undefined}.")
    if term.when is not None:
        _condition(f"{path}.when", term.when)
    if term.excused is not None:
        _condition(f"{path}.excused", term.excused)


def _steps(path: str, steps: list[tuple[float, float]] | None) -> None:
    if steps is None:
        return
    bounds = [bound for bound, _ in steps]
    if not bounds or any(low >= high for low, high in pairwise(bounds)):
        raise ProfileProblem(path, "expected [bound, score] pairs with ascending bounds.")
    if not all(0.0 <= score <= 1.0 for _, score in steps):
        raise ProfileProblem(path, "expected scores from 0 to 1.")


def _attribute(key: str) -> str:
    return f"{key}_" if key in ("not", "in") else key
