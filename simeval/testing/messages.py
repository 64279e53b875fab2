"""What a failing item says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simeval.runs.manifest import shown_path

if TYPE_CHECKING:
    from simeval.judge import Verdict
    from simeval.testing.bench import Result

__all__ = ["event_line", "properties_of", "text_of", "verdict_lines"]

TRACE_LINES = 12


def properties_of(result: Result) -> list[tuple[str, str]]:
    """What reports and JUnit files carry of an episode."""
    verdict = result.verdict
    found: dict[str, Any] = {
        "simeval_scenario": result.scenario_id, "simeval_policy": result.policy,
        "simeval_seed": result.seed, "simeval_outcome": verdict.outcome, "simeval_mode": verdict.mode,
        "simeval_cause": verdict.cause_event, "simeval_cause_time_s": _time(verdict.cause_time_s),
        "simeval_key": result.key[:16], "simeval_batch": result.batch, "simeval_run": shown_path(result.run),
    }  # fmt: skip
    return [(name, str(value)) for name, value in found.items() if value is not None]


def text_of(result: Result, command: str) -> str:
    """Outcome, rules, chain of events, and how to see and to repeat it. The first line is the headline.

    `command` runs the item again.
    """
    where = shlex.quote(shown_path(result.run))
    lines = [
        headline(result.verdict),
        "",
        f"{result.scenario_id} · {result.policy} · s{result.seed}",
        *verdict_lines(result.verdict),
        *_trace(result.facts),
        f"batch      {result.batch}, row {result.row} of {result.num_rows}",
        f"explain    simeval explain {where} {result.key[:16]}",
    ]
    if result.facts["num_steps"]:
        lines.append(f"replay     {_replay(result, where)}")
    lines += [f"reproduce  {result.reproduce}", f"           {command}"]
    return "\n".join(lines)


def headline(verdict: Verdict) -> str:
    """The failure in one line."""
    if verdict.outcome == "unscored":
        return f"unscored: {verdict.reason}"
    said = verdict.evidence[0].removeprefix(f"{verdict.rule}: ") if verdict.evidence else ""
    mode = verdict.mode or verdict.outcome
    text = said if said.startswith(mode) else f"{mode}: {said}" if said else mode
    return " ".join(text.split())


def verdict_lines(verdict: Verdict) -> list[str]:
    """Outcome, every fired rule, the chain of events from the first cause on."""
    mode = f", {verdict.mode}" if verdict.mode else ""
    lines = [f"outcome    {verdict.outcome}{mode}"]
    lines += [f"reason     {verdict.reason}"] if verdict.reason else []
    label = "fault" if verdict.outcome == "policy_fault" else "rule"
    lines += [f"{label:10} {said}" for said in verdict.evidence]
    if verdict.chain:
        lines.append("first cause, and what followed")
        lines += [f"  {event_line(event)}" for event in verdict.chain]
    lines += [f"also       {', '.join(verdict.also)}"] if verdict.also else []
    return lines


def event_line(event: Mapping[str, Any]) -> str:
    """One event with its numbers."""
    who = f" with {event['agent']}" if event["agent"] else ""
    kind = f" ({event['kind']})" if event["kind"] else ""
    unit = "" if event["unit"] in ("", "1") else f" {event['unit']}"
    value = "" if event["value"] is None else f": {event['value']:.3g}{unit}"
    limit = "" if event["limit"] is None else f", limit {event['limit']:.3g}{unit}"
    return f"{event['time_s']:6.1f} s  {event['event']}{who}{kind}{value}{limit}"


def _trace(facts: Mapping[str, Any]) -> list[str]:
    """The end of the traceback of the policy."""
    said = (facts["error_trace"] or "").splitlines()[-TRACE_LINES:]
    return ["traceback of the policy, its last lines", *(f"  {line}" for line in said)] if said else []


def _replay(result: Result, where: str) -> str:
    page = result.run / "report" / "index.html"
    if page.is_file():
        return f"{shown_path(page)}#/e/{result.key[:16]}"
    return f"simeval render {where} {result.key[:16]} --gif"


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.2f}"
