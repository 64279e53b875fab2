"""Which failure mode of the taxonomy explains a rule of a profile that fired."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simeval.judge.causes import chain_of
from simeval.judge.conditions import evaluate_parts
from simeval.judge.facts import Facts, Result
from simeval.judge.language import FailRule, LeafMode
from simeval.judge.links import until
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

    Only modes that refine the rule are tried: those that name it, else those of its group. Of those that
    hold the one is taken that rests on the earliest event that fired the rule too; where no event fired the
    rule, the one whose events held longest, or began first. Of those that are equal the first in the file
    is taken.
    """
    steps = {id(e): e.step for e in fired.events}
    best: tuple[tuple[float, float, float], Found] | None = None
    for mode in known.of(rule.mode):
        result = facts.modes.get(mode.mode)
        if result is None:
            result = facts.modes[mode.mode] = evaluate_parts("", mode.all, mode.any, mode.none, facts)
        if not result.truth:
            continue
        first = min((steps[id(e)] for e in result.events if id(e) in steps), default=math.inf)
        alone = result.events if math.isinf(first) else []  # others than those that fired it say nothing
        held = math.fsum(until(e) - e.time_s for e in alone)
        rank = (first, -held, min((e.time_s for e in alone), default=math.inf))
        if best is None or rank < best[0]:
            chain = chain_of(result.events, mode, facts)
            best = (rank, Found(mode=mode, result=result, chain=chain))
    return None if best is None else best[1]
