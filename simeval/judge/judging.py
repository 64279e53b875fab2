"""Judges one episode: which rules fire, which of them came first, and what caused it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from simeval.judge.causes import chain_of
from simeval.judge.classify import Found, mode_of
from simeval.judge.conditions import evaluate_parts
from simeval.judge.facts import Facts, Result
from simeval.judge.language import FailRule
from simeval.judge.profile import Profile
from simeval.judge.scores import subscores_of, total_of
from simeval.judge.taxonomy import UNCLASSIFIED, Taxonomy, current_taxonomy
from simeval.judge.verdict import Verdict
from simeval.metrics import Event, Measured
from simeval.scenario import Ending, Scenario, Trace

__all__ = ["POLICY_MODES", "Fired", "facts_of", "judge_by_each", "judge_episode", "results_of"]

POLICY_MODES = {
    Ending.POLICY_ERROR: "policy/error",
    Ending.TIMEOUT: "policy/timeout",
    Ending.NONFINITE: "policy/nonfinite",
}
"""Endings that are the policy's fault, and the mode each gets under every profile."""
POLICY = "software"  # what such a policy lacks


@dataclass(frozen=True, kw_only=True)
class Fired:
    """A rule that holds, with its chain of events, and the failure mode that explains it, if one does."""

    rule: FailRule
    result: Result
    own_chain: list[Event]
    found: Found | None
    refined: bool  # whether the taxonomy has modes for this rule

    @property
    def mode(self) -> str:
        """The name it is counted under: of the failure mode, else `unclassified`; the rule's own name where
        the taxonomy has no modes for it."""
        if self.found is not None:
            return self.found.mode.mode
        return UNCLASSIFIED if self.refined else self.rule.mode

    @property
    def chain(self) -> list[Event]:
        """Of the failure mode, else of the rule."""
        return self.own_chain if self.found is None or not self.found.chain else self.found.chain

    @property
    def time_s(self) -> float:
        """When its first cause began; inf for what has no moment, such as too little progress."""
        if self.own_chain:
            return self.own_chain[0].time_s
        return math.inf if self.result.time_s is None else self.result.time_s


def judge_episode(profile: Profile, scenario: Scenario, trace: Trace, measured: Measured) -> Verdict:
    """The verdict of a profile on one episode."""
    return judge_by_each([profile], scenario, trace, measured, current_taxonomy())[0]


def judge_by_each(
    profiles: Sequence[Profile], scenario: Scenario, trace: Trace, measured: Measured, known: Taxonomy
) -> list[Verdict]:
    """The verdicts of several profiles on one episode; `known` are the failure modes."""
    facts = facts_of(scenario, trace, measured)
    return [_judged(profile, trace, facts, known) for profile in profiles]


def _judged(profile: Profile, trace: Trace, facts: Facts, known: Taxonomy) -> Verdict:
    """The verdict of a profile.

    The failure whose first cause is earliest is the mode; at the same time, the first in the file. Notes
    never fail an episode; they and the other failures are in `also`.
    """
    # A contact at the start is the scenario's fault also where contacts do not end an episode.
    touching = any(e.event == "contact" and e.step == 0 for e in facts.measured.events)
    if touching or trace.ending is Ending.INVALID_START:
        reason = trace.ending_detail or ("in contact" if touching else "off the road")
        return Verdict(outcome="unscored", reason=f"the scenario starts invalid: {reason}")
    if trace.ending is Ending.TRAFFIC_ERROR:  # whatever the ego did or would have done: it was not judged
        return Verdict(outcome="unscored", reason=f"the traffic failed: {trace.ending_detail}")
    failed, unknown = _fired(profile, "fail", facts, known)
    notes, _ = _fired(profile, "note", facts, known)
    also = [f.rule.mode for f in notes]
    scores = subscores_of(profile, facts)
    if trace.ending in POLICY_MODES:  # what has no moment, such as progress, was cut short by the fault
        return Verdict(
            outcome="policy_fault", mode=POLICY_MODES[trace.ending], cause_time_s=trace.duration, total=0.0,
            subscores=scores, also=_unique([f.mode for f in failed if math.isfinite(f.time_s)] + also),
            evidence=[trace.ending_detail] if trace.ending_detail else [], rule=POLICY_MODES[trace.ending],
            weakness=POLICY,
        )  # fmt: skip
    if not failed:
        if unknown:
            return Verdict(outcome="unscored", reason=unknown[0], also=_unique(also), subscores=scores)
        return Verdict(
            outcome="pass", total=total_of(scores), subscores=scores, also=_unique(also),
            evidence=_evidence(notes),
        )  # fmt: skip
    first = min(failed, key=lambda f: f.time_s)  # of equal times the first in the file
    others = [f for f in failed if f.rule.mode != first.rule.mode]
    cause = first.chain[0] if first.chain else None
    time = cause.time_s if cause is not None else first.time_s
    return Verdict(
        outcome="fail", mode=first.mode, rule=first.rule.mode,
        weakness=first.found.mode.weakness if first.found is not None else None,
        cause_event=cause.event if cause else None, cause_time_s=time if math.isfinite(time) else None,
        cause_agent=cause.agent if cause else None, total=total_of(scores), subscores=scores,
        also=_unique([m for m in [*(f.mode for f in others), *also] if m != first.mode]),
        evidence=_evidence([first, *others, *notes]), chain=[msgspec.to_builtins(e) for e in first.chain],
    )  # fmt: skip


def facts_of(scenario: Scenario, trace: Trace, measured: Measured) -> Facts:
    """What a profile's conditions look at."""
    return Facts(measured=measured, tags=frozenset(scenario.tags), dt=trace.dt)


def results_of(profile: Profile, table: str, facts: Facts) -> list[tuple[str, FailRule, Result]]:
    """Every rule of `fail` or `note` with its key path and its result."""
    rules: list[FailRule] = getattr(profile, table)
    paths = [f"{table}[{i}]" for i in range(len(rules))]
    return [
        (path, rule, evaluate_parts(path, rule.all, rule.any, rule.none, facts))
        for path, rule in zip(paths, rules, strict=True)
    ]


def _fired(profile: Profile, table: str, facts: Facts, known: Taxonomy) -> tuple[list[Fired], list[str]]:
    """Rules that hold, and why the outcome cannot be known if none does."""
    fired, unknown = [], []
    for _, rule, result in results_of(profile, table, facts):
        if result.truth:
            chain, found = chain_of(result.events, rule, facts), mode_of(rule, result, facts, known)
            refined = bool(known.of(rule.mode))
            fired.append(Fired(rule=rule, result=result, own_chain=chain, found=found, refined=refined))
        elif result.truth is None and (rule.required or any(c.failed for c in result.compared)):
            why = "; ".join(c.says for c in result.compared if c.truth is None)
            unknown.append(f"{rule.mode} cannot be decided: {why}")
    return fired, unknown


def _evidence(fired: list[Fired]) -> list[str]:
    """What each rule compared, and what the failure mode that explains it did, in words."""
    said = []
    for f in fired:
        said += [f"{f.rule.mode}: {c.says}" for c in f.result.compared if c.truth is not None]
        if f.found is not None:
            said += [f"{f.mode}: {c.says}" for c in f.found.result.compared if c.truth]
    return _unique(said)


def _unique(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
