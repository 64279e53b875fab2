"""Conditions on one metric or on events of one name, with the words for what they saw."""

from __future__ import annotations

from functools import partial

from simeval.judge.compare import holds, number, says_operators, text_matches
from simeval.judge.facts import Compared, Facts, Result
from simeval.judge.language import After, Compare, Condition
from simeval.judge.links import until
from simeval.judge.truth import Truth, all_of, any_of
from simeval.metrics import EVENTS, Event, Measurement

__all__ = ["event_holds", "events_hold", "measure_holds"]


def measure_holds(path: str, condition: Condition, facts: Facts) -> Result:
    """A metric with comparisons; unknown where it is undefined."""
    name = str(condition.measure)
    row = facts.measured.measurement(name)
    if row is None or row.value is None:
        reason = row.reason if row is not None else "it was not measured"
        failed = row is not None and row.is_error
        say = partial("{} is not known: {}".format, name, reason)
        return Result(truth=None, compared=[Compared(path=path, say=say, truth=None, failed=failed)])
    truth = holds(row.value, condition)
    time = None if row.step_of_extreme is None else row.step_of_extreme * facts.dt
    say = partial(_says_value, row, row.value, condition, truth)
    return Result(truth=truth, time_s=time, compared=[Compared(path=path, say=say, truth=truth)])


def _says_value(row: Measurement, value: float, condition: Condition, truth: bool) -> str:
    return f"{row.metric} is {number(value, row.unit)}, {says_operators(condition, row.unit, truth)}"


def events_hold(path: str, condition: Condition, facts: Facts) -> Result:
    """Events of one name; unknown where nobody can tell whether there were any."""
    name = str(condition.event)
    definer = facts.measured.measurement(EVENTS[name].defined_by)
    if definer is None or not definer.valid:
        reason = definer.reason if definer is not None else f"{EVENTS[name].defined_by} was not measured"
        say = partial("nobody can tell whether there was {!r}: {}".format, name, reason)
        failed = definer is not None and definer.is_error
        return Result(truth=None, compared=[Compared(path=path, say=say, truth=None, failed=failed)])
    candidates = facts.measured.events_of(name)
    if condition.first or condition.last:
        candidates = candidates[:1] if condition.first else candidates[-1:]
    truths = [event_holds(e, condition, facts) for e in candidates]
    hits = [e for e, t in zip(candidates, truths, strict=True) if t]
    needed = condition.count_at_least or 1
    truth: Truth = len(hits) >= needed
    if not truth and len(hits) + truths.count(None) >= needed:
        truth = None
    say = partial(_says_events, name, hits, condition)
    return Result(
        truth=truth, events=hits if truth else [], compared=[Compared(path=path, say=say, truth=truth)]
    )


def _says_events(name: str, hits: list[Event], condition: Condition) -> str:
    says = "; ".join(_says(e, condition) for e in hits[:3]) if hits else f"no {name!r} of that kind"
    if condition.count_at_least is None:
        return says
    return f"{len(hits)} × {name!r}, at least {condition.count_at_least or 1} asked: {says}"


def event_holds(event: Event, condition: Condition, facts: Facts) -> Truth:
    """Whether one event has the fields that `where` asks for, and what `before` and `after` name is there."""
    parts: list[Truth] = [_field(event, key, wanted) for key, wanted in (condition.where or {}).items()]
    if condition.before is not None:
        gaps = [e.time_s - event.time_s for e in facts.measured.events_of(condition.before.event)]
        parts.append(any(0.0 < gap <= condition.before.within_s for gap in gaps))
    if condition.after is not None:
        parts.append(
            any_of(_led(e, event, condition.after) for e in facts.measured.events_of(condition.after.event))
        )
    return all_of(parts)


def _led(earlier: Event, event: Event, after: After) -> Truth:
    """Whether an event began no later than another, held until shortly before it, and is as asked."""
    if after.same_agent and earlier.agent != event.agent:
        return False
    if earlier.step > event.step or earlier is event or until(earlier) < event.time_s - after.within_s:
        return False
    return all_of(_field(earlier, key, wanted) for key, wanted in (after.where or {}).items())


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
