"""Which failure mode of the taxonomy explains a rule of a profile that fired."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simeval.judge.causes import chain_of
from simeval.judge.conditions import evaluate_parts
from simeval.judge.facts import Facts, Result
from simeval.judge.language import FailRule, LeafMode
from simeval.judge.taxonomy import Taxonomy
from simeval.metrics import Event

__all__ = ["Found", "mode_of"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A failure mode that holds, with its chain of events."""

    mode: LeafMode
    result: Result
    chain: list[Event]


def mode_of(rule: FailRule, fired: Result, facts: Facts, known: Taxonomy) -> Found | None:
    """The failure mode of a rule that fired; None when the taxonomy has none that holds.

    Only modes that refine the rule's group are tried. Of those that hold the one is taken that rests on
    the earliest event that fired the rule too; at the same event, and where events do not decide, the
    first in the file.
    """
    group = rule.mode.partition("/")[0]
    steps = {id(e): e.step for e in fired.events}
    best: tuple[float, Found] | None = None
    for mode in known.modes:
        if mode.group != group:
            continue
        result = evaluate_parts("", mode.all, mode.any, mode.none, facts)
        if not result.truth:
            continue
        when = min((steps[id(e)] for e in result.events if id(e) in steps), default=math.inf)
        if best is None or when < best[0]:
            best = (when, Found(mode=mode, result=result, chain=chain_of(result.events, mode, facts)))
    return None if best is None else best[1]
