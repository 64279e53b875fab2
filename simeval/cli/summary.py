"""What `run`, `score` and `demo` print at the end: modes by policy, coverage, and what to do next."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from simeval.cli.output import print_table

if TYPE_CHECKING:
    from simeval.runs import Run

__all__ = ["as_document", "print_summary"]


def as_document(run: Run) -> dict[str, Any]:
    """The result of a run for machines."""
    from simeval.runs.manifest import shown_path

    columns = ["key", "outcome", "mode", "cause_time_s", "total", "reason"]
    scores = run.scores[columns].astype(object).where(run.scores[columns].notna(), None)
    plan = {row["key"]: row for row in run.plan.to_dict("records")}
    episodes = [
        {**{k: plan[row["key"]][k] for k in ("scenario_id", "policy", "seed")}, **row}
        for row in scores.to_dict("records")
    ]
    return {
        "run": shown_path(run.path),
        "profile": run.profile,
        "headline": run.headline(),
        "notes": run.manifest.get("notes", []),
        "traffic": run.traffic_card(),
        "metric_errors": {name: error._asdict() for name, error in run.metric_errors().items()},
        "latency": {policy: times._asdict() for policy, times in run.latency().items()},
        "episodes": episodes,
    }


def print_summary(run: Run) -> None:
    """A table of outcomes and failure modes by policy, then coverage, notes and next commands."""
    from simeval.runs.metric_errors import error_lines
    from simeval.runs.traffic_card import card_lines

    head = run.headline()
    policies = head["policies"]
    modes = sorted({mode for p in policies.values() for mode in p["modes"]})
    rows = [["pass", *(p["pass"] for p in policies.values())]]
    rows += [[f"fail  {mode}", *(p["modes"].get(mode, 0) for p in policies.values())] for mode in modes]
    rows += (
        [["policy fault", *(p["policy_fault"] for p in policies.values())]] if head["policy_fault"] else []
    )
    rows += [["unscored", *(p["unscored"] for p in policies.values())]]
    rows += [["planned", *(p["planned"] for p in policies.values())]]
    rows += [["coverage", *(f"{p['coverage']:.0%}" for p in policies.values())]]
    print_table(["episodes", *policies], rows, title=f"judged by {run.profile}")
    traffic = card_lines(run.traffic_card())
    for message in [
        *_unclassified(head),
        *_faults(run),
        *error_lines(run.metric_errors()),
        *_latency(run),
        *_unscored(head),
        *run.manifest.get("notes", []),
        *traffic,
    ]:
        print(message)
    print(_next(run))
    sys.stdout.flush()


def _unclassified(head: dict[str, Any]) -> list[str]:
    """How many failures the taxonomy has no name for; said whenever something failed."""
    failed = head["fail"] + head["policy_fault"]
    return [f"unclassified: {head['unclassified']} of {failed} failures"] if failed else []


def _latency(run: Run) -> list[str]:
    """How long policies took; said of those that are asked, not of engine drivers."""
    return [
        f"answers of {policy}: median {times.median_ms:.3g} ms, 99th percentile {times.p99_ms:.3g} ms a call"
        for policy, times in run.latency().items()
    ]


def _faults(run: Run) -> list[str]:
    """What policies did wrong, the most frequent first, each with an episode."""
    facts = run.episodes
    ours = facts["ending"].isin(["harness_error", "traffic_error"])
    wrong = facts[facts["error_type"].notna() & ~ours]
    lines = []
    for (policy, kind), rows in wrong.groupby(["policy", "error_type"], sort=False):
        first = str(rows["error_message"].iloc[0]).splitlines()[0][:300]
        lines.append(f"policy fault ({len(rows)}) of {policy}: {kind}: {first}")
    return sorted(lines, key=lambda line: -int(line.split("(")[1].split(")")[0]))[:5]


def _unscored(head: dict[str, Any]) -> list[str]:
    return [f"unscored ({count}): {reason}" for reason, count in list(head["unscored_reasons"].items())[:5]]


def _next(run: Run) -> str:
    from simeval.runs.manifest import shown_path

    where = shlex.quote(shown_path(run.path))
    lines = [f"run:  {where}", f"next: simeval report {where}"]
    failed = run.scores[run.scores["outcome"].isin(["fail", "policy_fault"])]
    if len(failed):
        key = str(failed["key"].iloc[0])
        lines += [f"      simeval explain {where} {key[:16]}", f"      {run.reproduce(key)}"]
    return "\n".join(lines)
