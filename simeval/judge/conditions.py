"""Evaluates conditions on what was measured: true, false or unknown, with the numbers that decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simeval.judge.compare import holds, number, says_operators, text_matches
from simeval.judge.language import Compare, Condition
from simeval.judge.truth import Truth, all_of, any_of, negation
from simeval.metrics import EVENTS, Event, Measured

__all__ = ["Compared", "Facts", "Result", "evaluate", "evaluate_parts", "event_holds"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What conditions may look at."""

    measured: Measured
    tags: frozenset[str] | None  # None: not known
    dt: float  # [s]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One leaf condition, what it saw, and whether it holds; `path` finds its line in the profile."""

    path: str
    says: str
    truth: Truth
    failed: bool = False  # unknown because a metric raised


@dataclass(frozen=True, kw_only=True)
class Result:
    """Whether a condition holds, the events and the time that made it so, and all it compared."""

    truth: Truth
    events: list[Event] = field(default_factory=list)
    time_s: float | None = None  # when the measure was at its extreme
    compared: list[Compared] = field(default_factory=list)


def evaluate(path: str, condition: Condition, facts: Facts) -> Result:
    """The value of one condition; `path` is its key path in the profile."""
    if condition.measure is not None:
        return _measure(path, condition, facts)
    if condition.event is not None:
        return _event(path, condition, facts)
    if condition.tag is not None:
        if facts.tags is None:
            says = f"the tags of the scenario are not known, {condition.tag!r} is asked"
            return Result(truth=None, compared=[Compared(path=path, says=says, truth=None)])
        has = condition.tag in facts.tags
        says = f"the scenario is {'' if has else 'not '}tagged {condition.tag!r}"
        return Result(truth=has, compared=[Compared(path=path, says=says, truth=has)])
    if condition.not_ is not None:
        inner = evaluate(f"{path}.not", condition.not_, facts)
        return Result(truth=negation(inner.truth), compared=inner.compared)
    return evaluate_parts(path, condition.all, condition.any, condition.none, facts)


def evaluate_parts(
    path: str, every: Sequence[Condition] | None, some: Sequence[Condition] | None,
    none: Sequence[Condition] | None, facts: Facts,
) -> Result:  # fmt: skip
    """`all`, `any` and `none` side by side; those that are given must all hold."""
    truths: list[Truth] = []
    events: list[Event] = []
    times: list[float] = []
    compared: list[Compared] = []
    for key, parts in (("all", every), ("any", some), ("none", none)):
        if parts is None:
            continue
        results = [evaluate(f"{path}.{key}[{i}]", part, facts) for i, part in enumerate(parts)]
        compared += [c for r in results for c in r.compared]
        values = [r.truth for r in results]
        truths.append({"all": all_of, "any": any_of}.get(key, lambda v: negation(any_of(v)))(values))
        if key != "none":
            true = [r for r in results if r.truth]
            events += [e for r in true for e in r.events]
            times += [r.time_s for r in true if r.time_s is not None]
    events.sort(key=lambda e: e.step)
    return Result(truth=all_of(truths), events=events, time_s=min(times, default=None), compared=compared)


def _measure(path: str, condition: Condition, facts: Facts) -> Result:
    name = str(condition.measure)
    row = facts.measured.measurement(name)
    if row is None or row.value is None:
        reason = row.reason if row is not None else "it was not measured"
        failed = row is not None and row.is_error
        says = f"{name} is not known: {reason}"
        return Result(truth=None, compared=[Compared(path=path, says=says, truth=None, failed=failed)])
    truth = holds(row.value, condition)
    says = f"{name} is {number(row.value, row.unit)}, {says_operators(condition, row.unit, truth)}"
    time = None if row.step_of_extreme is None else row.step_of_extreme * facts.dt
    return Result(truth=truth, time_s=time, compared=[Compared(path=path, says=says, truth=truth)])


def _event(path: str, condition: Condition, facts: Facts) -> Result:
    name = str(condition.event)
    definer = facts.measured.measurement(EVENTS[name].defined_by)
    if definer is None or not definer.valid:
        reason = definer.reason if definer is not None else f"{EVENTS[name].defined_by} was not measured"
        says = f"nobody can tell whether there was {name!r}: {reason}"
        failed = definer is not None and definer.is_error
        return Result(truth=None, compared=[Compared(path=path, says=says, truth=None, failed=failed)])
    candidates = facts.measured.events_of(name)
    if condition.first or condition.last:
        candidates = candidates[:1] if condition.first else candidates[-1:]
    truths = [event_holds(e, condition, facts) for e in candidates]
    hits = [e for e, t in zip(candidates, truths, strict=True) if t]
    needed = condition.count_at_least or 1
    truth: Truth = len(hits) >= needed
    if not truth and len(hits) + truths.count(None) >= needed:
        truth = None
    shown = [_says(e, condition) for e in hits[:3]]
    says = "; ".join(shown) if hits else f"no {name!r} of that kind"
    if condition.count_at_least is not None:
        says = f"{len(hits)} × {name!r}, at least {needed} asked: {says}"
    return Result(
        truth=truth, events=hits if truth else [], compared=[Compared(path=path, says=says, truth=truth)]
    )


def event_holds(event: Event, condition: Condition, facts: Facts) -> Truth:
    """Whether one event has the fields that `where` asks for, and what `before` names follows it."""
    parts: list[Truth] = [_field(event, key, wanted) for key, wanted in (condition.where or {}).items()]
    if condition.before is not None:
        gaps = [e.time_s - event.time_s for e in facts.measured.events_of(condition.before.event)]
        parts.append(any(0.0 < gap <= condition.before.within_s for gap in gaps))
    return all_of(parts)


def _field(event: Event, key: str, wanted: object) -> Truth:
    value = event.detail[key] if key in event.detail else getattr(event, key, None)
    if value is None:
        return None
    if isinstance(wanted, Compare):
        return holds(value, wanted) if isinstance(value, (int, float)) else None
    return text_matches(value, wanted)


def _says(event: Event, condition: Condition) -> str:
    who = f" with {event.agent}" if event.agent is not None else ""
    said = f"{event.event}{who} at {event.time_s:.1f} s"
    said += f" ({event.kind})" if event.kind else ""
    if event.value is not None:
        said += f", {EVENTS[event.event].value} {number(event.value, event.unit)}"
    for key, wanted in (condition.where or {}).items():
        if isinstance(wanted, Compare):
            said += f", {key} {says_operators(wanted, event.unit if key == 'value' else '', True)}"
        elif key not in ("kind", "type"):
            said += f", {key} {event.detail.get(key, getattr(event, key, None))}"
    return said
