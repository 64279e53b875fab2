"""What led to a failure: the events linked to it, from the first cause on."""

from __future__ import annotations

from collections.abc import Sequence

from simeval.judge.facts import Facts
from simeval.judge.language import FailRule
from simeval.judge.leaves import event_holds
from simeval.judge.links import until
from simeval.metrics import Event

__all__ = ["chain_of"]


def chain_of(failure: Sequence[Event], rule: FailRule, facts: Facts) -> list[Event]:
    """The events that fired a rule and those that can have led to the first of them, in time order.

    An event is linked when the rule's `chain` names it, it starts no later, it still held within
    `chain_within_s` before, and it concerns the same road user, or one of the two concerns the ego alone.
    Without a failing event all that the chain names are linked.
    """
    named = [e for e in facts.measured.events if e not in failure and _is_named(e, rule, facts)]
    if failure:
        named = [e for e in named if _leads_to(e, failure[0], rule.chain_within_s)]
    return sorted([*named, *failure], key=lambda e: e.step)


def _is_named(event: Event, rule: FailRule, facts: Facts) -> bool:
    for link in rule.chain:
        if isinstance(link, str):
            if event.event == link:
                return True
        elif event.event == link.event and event_holds(event, link, facts):
            return True
    return False


def _leads_to(event: Event, end: Event, within_s: float) -> bool:
    same = event.agent is None or end.agent is None or event.agent == end.agent
    return same and event.step <= end.step and until(event) >= end.time_s - within_s
