"""`simeval report`: writes the page to triage from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simeval.cli.output import note, print_json

__all__ = ["report"]

BUDGET_MIB = 50.0  # as in simeval.report.build, which is not imported here so that `--help` stays quick


def report(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write. [RUN/report/index.html]")
    ] = None,
    budget_mib: Annotated[
        float,
        typer.Option(min=1.0, help="Above this size replays of passing episodes are left out [MiB]."),
    ] = BUDGET_MIB,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write a run as one self-contained HTML file and print its path.

    Exit codes: 0 done · 2 no such run · 4 the file cannot be written · 7 the run folder is damaged.
    """
    import dataclasses

    from simeval.report import build_report
    from simeval.runs import open_run

    summary = build_report(open_run(run), out, budget_mib=budget_mib)
    if as_json:
        print_json(dataclasses.asdict(summary) | {"path": str(summary.path)})
        return
    for line in summary.notes:
        note(line)
    print(summary.path)
