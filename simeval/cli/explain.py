"""`simeval explain`: why an episode was judged as it was."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simeval.judge import Explanation, Profile
    from simeval.judge.explanation import RuleLine, Term
    from simeval.runs import Run

__all__ = ["explain"]

TRUTH = {True: "true", False: "false", None: "unknown"}


def explain(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    key: Annotated[
        str, typer.Argument(help="Beginning of an episode's key, or its scenario id.", metavar="KEY")
    ],
    policy: Annotated[str | None, typer.Option(help="Whose episode, where KEY is a scenario id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show rules that do not hold, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Explain an episode: outcome, chain of events, evidence, and the arithmetic of its score.

    Each threshold is shown with the file and line of the profile it comes from.

    Exit codes: 0 done · 2 no such run or episode · 7 the run folder is damaged.
    """
    from simeval.cli.output import print_json
    from simeval.runs import open_run

    opened = open_run(run)
    full = opened.find(key, policy)
    explanation = explanation_of(opened, full)
    if as_json:
        print_json({"key": full, **_row(opened.row(full)), "explanation": explanation})
        return
    row = opened.row(full)
    fault = fault_of(opened, full)
    print(f"{row['scenario_id']} · {row['policy']} · s{row['seed']}   [{full[:16]}]")
    for line in lines_of(explanation, every):
        print(line)
    for line in _section("What the policy did", fault):
        print(line)
    print(f"\nReproduce: {opened.reproduce(full)}")


def fault_of(run: Run, key: str) -> list[str]:
    """What went wrong in the policy, and where in its code; nothing if it did its work."""
    episode = run.episodes.set_index("key").loc[key]
    if not isinstance(episode.error_type, str):
        return []
    trace = episode.error_trace if isinstance(episode.error_trace, str) else ""
    return [f"{episode.error_type}: {episode.error_message}", *trace.splitlines()]


def explanation_of(run: Run, key: str) -> Explanation:
    """The explanation of one episode's stored verdict.

    Raises:
        UsageError: when the profile has other rules by now, or the episode was not measured.
    """
    from simeval.errors import UsageError
    from simeval.judge import explain
    from simeval.metrics import Measured

    profile, verdict = _profile_of(run), run.verdict(key)
    measured = run.measured(key)
    if measured is None and verdict.outcome != "unscored":
        what = f"{key[:16]} has no measurements under the present metrics."
        raise UsageError(str(run.path), what, f"{_again(run)} measures it again.")
    nothing = Measured(measurements=[], events=[], series={})
    return explain(profile, verdict, measured or nothing, tags=run.scenario(key).tags)


def _profile_of(run: Run) -> Profile:
    """The profile that the verdicts are of: the user's own, the built-in one that it hides, or a path."""
    from simeval.content import BUILTIN
    from simeval.errors import SimevalError, UsageError
    from simeval.judge import load_profile

    name = run.profile.partition("@")[0]
    asked = run.manifest.get("profile_name"), run.manifest["settings"]["profile"]["value"]
    for candidate in (name, BUILTIN + name, *filter(None, asked)):
        with contextlib.suppress(SimevalError):
            if run.is_judged_by(profile := load_profile(candidate)):
                return profile
    profile = load_profile(name)
    changed = f"{profile.label} has other rules" if profile.label == run.profile else f"it is {profile.label}"
    what = f"was judged under {run.profile}; now {changed}."
    raise UsageError(str(run.path), what, f"{_again(run)} judges it again.")


def _again(run: Run) -> str:
    return f"`simeval score {shlex.quote(str(run.path))}`"


def _row(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("scenario_id", "policy", "seed")}


def lines_of(explanation: Explanation, every: bool = False) -> list[str]:
    """The explanation as text."""
    e = explanation
    lines = [f"Outcome   {e.outcome}" + (f": {e.mode}" if e.mode else "") + f"   (profile {e.profile})"]
    lines += [f"Meaning   {e.meaning}"] if e.meaning else []
    lines += [f"Lacking   {e.weakness}"] if e.weakness else []
    lines += [f"Rule      {e.rule} of the profile, explained by {e.place}"] if e.rule and e.place else []
    lines += [f"Reason    {e.reason}"] if e.reason else []
    if e.cause_event is None and e.outcome == "fail":
        lines.append("Cause     no event; a number of the whole episode fired the rule")
    elif e.cause_time_s is not None:
        who = f" with {e.cause_agent}" if e.cause_agent else ""
        lines.append(f"Cause     {e.cause_event or 'the policy'}{who} at {e.cause_time_s:.1f} s")
    lines += [f"Also      {', '.join(e.also)}"] if e.also else []
    lines += _section("Chain of events", [_event(c) for c in e.chain])
    rules = [r for r in e.rules if every or r.truth is not False]
    lines += _section(
        "Rules" if every else "Rules that hold or are unknown", [x for r in rules for x in _rule(r)]
    )
    lines += _section("Evidence as stored", e.evidence) if not rules else []
    lines += _section("Scores", [x for t in e.terms for x in _term(t)])
    lines += _section("Total", [e.arithmetic or "there is none"])
    return lines


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _event(event: dict[str, object]) -> str:
    who = f" with {event['agent']}" if event["agent"] else ""
    kind = f" ({event['kind']})" if event["kind"] else ""
    value, unit = event["value"], event["unit"]
    shown = f": {value:.3g} {unit}" if isinstance(value, float) else ""
    return f"{event['time_s']:6.1f} s  {event['event']}{who}{kind}{shown}"


def _rule(rule: RuleLine) -> list[str]:
    head = f"{rule.table} {rule.mode}: {TRUTH[rule.truth]}   {rule.place}"
    return [head, *(f"  {TRUTH[c.truth]:7}  {c.says}   {c.place}" for c in rule.compared)]


def _term(term: Term) -> list[str]:
    raw = "–" if term.raw is None else f"{term.raw:.4g}" + ("" if term.unit == "1" else f" {term.unit}")
    score = "left out" if term.score is None else f"{term.score:.4g}"
    role = "factor" if term.weight is None else f"weight {term.weight:g}"
    adds = "" if term.adds is None else f", adds {term.adds:.4g}"
    note = f"   ({term.note})" if term.note else ""
    return [f"{term.metric}: {raw} → {score}   [{term.map}]  {role}{adds}{note}   {term.place}"]
