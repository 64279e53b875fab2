"""`simeval compare`: is the newer run worse than the older one?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from simeval.runs import Comparison

__all__ = ["compare"]

SHOWN = 10
LISTED = {"broke": 10, "fixed": 10, "still_failing": 5, "new": 5, "removed": 5, "unscored": 5, "edited": 5}


def compare(
    before: Annotated[Path, typer.Argument(help="The run that counts as good.", metavar="RUN_A")],
    after: Annotated[Path, typer.Argument(help="The run that is asked about.", metavar="RUN_B")],
    policy: Annotated[
        str | None, typer.Option(help="NAME, or A:B to compare two policies, also of one run.")
    ] = None,
    margin: Annotated[float, typer.Option(help="Rise of the failure rate held irrelevant.")] = 0.01,
    score_margin: Annotated[float, typer.Option(help="Fall of the mean score held irrelevant.")] = 0.01,
    alpha: Annotated[float, typer.Option(help="Chance of a false alarm, all tests together.")] = 0.05,
    must_pass: Annotated[
        list[str] | None, typer.Option(help="Scenario ids or patterns of which none may break.")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="edited: leave out scenarios that changed; settings: go on.")
    ] = None,
    page: Annotated[bool, typer.Option("--report", help="Write a page with links to both replays.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File of the page; implies --report.")
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Text for a pull request.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Compare two runs, episode by episode: what broke, what was fixed, and is it worse?

    Exit codes: 0 no regression was found · 1 regressed, or too much could not be compared · 2 no such run, or
    runs that cannot be compared · 5 no pair was judged in both · 7 a run folder is damaged.
    """
    from simeval.errors import UsageError
    from simeval.runs import Limits
    from simeval.runs import compare as compared

    if as_markdown and as_json:
        raise UsageError("compare", "two forms are asked for.", "Give --markdown or --json.")
    limits = Limits(alpha=alpha, margin=margin, score_margin=score_margin, must_pass=tuple(must_pass or ()))
    found = compared(before, after, policy, limits, tuple(allow or ()))
    if as_json:
        print_json(found.as_dict())
    elif as_markdown:
        print(found.markdown(), end="")
    else:
        _print(found)
    if page or out:
        note(str(_write_page(found, out)))
    if found.verdict.is_alarm:
        raise typer.Exit(1)


def _write_page(found: Comparison, out: Path | None) -> Path:
    """The page, and the reports that it links to where they are not written yet."""
    from simeval.report import build_report
    from simeval.report.comparison import write_comparison

    for run in {side.run.path: side.run for side in (found.before, found.after)}.values():
        if not (run.path / "report" / "index.html").is_file():
            build_report(run)
    return write_comparison(found, out)


def _print(found: Comparison) -> None:
    from simeval.runs.compare_words import CHANGE_WORDS, headline_rows, verdict_words

    a, b = found.before, found.after
    print(f"{a.policy} in {a.where}\n  against {b.policy} in {b.where}\n")
    head = ["", "before", "after", "change", "p, corrected", "visible from"]
    print_table(head, headline_rows(found), title=f"judged by {b.run.profile}, 95 % intervals")
    told = [f"{CHANGE_WORDS[name]} {count}" for name, count in found.changes.items() if count]
    print(f"{len(found.pairs)} scenarios and seeds: {', '.join(told)}")
    for name, shown in LISTED.items():
        _print_list(found, name, shown)
    _print_families(found)
    for message in found.notes:
        print(message)
    print(f"\n{verdict_words(found)}")
    for reason in found.verdict.reasons:
        print(f"  {reason}")


def _print_list(found: Comparison, name: str, shown: int) -> None:
    from simeval.runs.compare_words import CHANGE_WORDS

    rows = found.listed(name)
    if not rows:
        return
    print(f"\n{CHANGE_WORDS[name]}")
    for row in rows[:shown]:
        told = " → ".join(_episode(row, side) for side in "ab" if row[f"key_{side}"])
        print(f"  {row['scenario_id']} · s{row['seed']}   {told}")
    if len(rows) > shown:
        print(f"  … and {len(rows) - shown} more; --json lists all")
    if name in ("broke", "fixed"):
        for side, x in ((found.before, "a"), (found.after, "b")):
            key = str(rows[0][f"key_{x}"])
            print(f"  {shlex.join(['simeval', 'explain', side.where, key[:16]])}")
            print(f"  {side.run.reproduce(key)}")


def _episode(row: dict[str, Any], side: str) -> str:
    outcome, mode = row[f"outcome_{side}"], row[f"mode_{side}"]
    failed = outcome in ("fail", "policy_fault") and mode
    return f"{mode if failed else outcome} [{row[f'key_{side}'][:16]}]"


def _print_families(found: Comparison) -> None:
    moved = [f for f in found.assessment.families if f.broke or f.fixed or f.is_lower]
    if not moved:
        return
    from simeval.runs.compare_words import p_value

    print()
    rows = [
        [f.family, f.pairs, f.failed_before, f.failed_after, f.broke, f.fixed, p_value(f.q),
         f.score_before, f.score_after, p_value(f.score_q), _mark(f.is_worse, f.is_lower)]
        for f in moved[:SHOWN]
    ]  # fmt: skip
    head = ["family", "pairs", "failed", "now", "broke", "fixed", "q", "score", "now", "q", ""]
    print_table(head, rows)
    if len(moved) > SHOWN:
        print(f"  … and {len(moved) - SHOWN} more families; --json lists all")


def _mark(is_worse: bool, is_lower: bool) -> str:
    return "worse" if is_worse else "lower" if is_lower else ""
