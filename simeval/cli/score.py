"""`simeval score`: judges a run again, under another profile or newer metrics, without simulating."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simeval.cli.output import print_json

__all__ = ["score"]


def score(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    profile: Annotated[
        list[str] | None,
        typer.Option(help="How to judge; may be given again: one pass for all. [the run's own]"),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, help="Processes that share the work; 0: one for each processor.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Judge the episodes of a run again; nothing is simulated. The run is then shown under the first profile.

    Exit codes: 0 done · 2 no such run or profile · 4 the disk is full · 7 the run folder is damaged.
    """
    from simeval.cli.progress import display
    from simeval.cli.summary import as_document, print_summary
    from simeval.runs import rescore

    judged = rescore(run, profile, display(), processes=processes)
    if as_json:
        print_json(as_document(judged))
    else:
        print_summary(judged)
