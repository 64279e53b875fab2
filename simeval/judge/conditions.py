"""Evaluates conditions on what was measured: true, false or unknown, with the numbers that decided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from simeval.judge.facts import Compared, Facts, Result
from simeval.judge.language import Condition
from simeval.judge.leaves import events_hold, measure_holds
from simeval.judge.truth import Truth, all_of, any_of, negation, none_of
from simeval.metrics import Event

__all__ = ["evaluate", "evaluate_parts"]

TOGETHER = {"all": all_of, "any": any_of, "none": none_of}


def evaluate(path: str, condition: Condition, facts: Facts) -> Result:
    """The value of one condition; `path` is its key path in the profile."""
    if condition.measure is not None:
        return measure_holds(path, condition, facts)
    if condition.event is not None:
        return events_hold(path, condition, facts)
    if condition.tag is not None:
        has = None if facts.tags is None else condition.tag in facts.tags
        return Result(
            truth=has, compared=[Compared(path=path, say=partial(_tagged, condition.tag, has), truth=has)]
        )
    if condition.not_ is not None:
        inner = evaluate(f"{path}.not", condition.not_, facts)
        return Result(truth=negation(inner.truth), compared=inner.compared)
    return evaluate_parts(path, condition.all, condition.any, condition.none, facts)


def _tagged(tag: str, has: Truth) -> str:
    if has is None:
        return f"the tags of the scenario are not known, {tag!r} is asked"
    return f"the scenario is {'' if has else 'not '}tagged {tag!r}"


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
        truths.append(TOGETHER[key]([r.truth for r in results]))
        for result in results:
            compared += result.compared
            if result.truth and key != "none":
                events += result.events
                times += [] if result.time_s is None else [result.time_s]
    once = sorted({id(e): e for e in events}.values(), key=lambda e: e.step)  # several parts may rest on one
    return Result(truth=all_of(truths), events=once, time_s=min(times, default=None), compared=compared)
