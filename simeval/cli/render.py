"""`simeval render`: one episode as a picture or an animation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simeval.cli.output import print_json
from simeval.errors import UsageError

__all__ = ["render"]


def render(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    key: Annotated[
        str, typer.Argument(help="Beginning of an episode's key, or its scenario id.", metavar="KEY")
    ],
    policy: Annotated[str | None, typer.Option(help="Whose episode, where KEY is a scenario id.")] = None,
    png: Annotated[bool, typer.Option("--png", help="One moment as a picture.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="The whole episode as an animation.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write. [RUN/report/KEY.png]")
    ] = None,
    time: Annotated[
        float | None, typer.Option(help="Moment of the picture [s]. [the first cause, else the end]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Draw one episode from above and print the path of the file.

    Exit codes: 0 done · 2 no such run, episode or moment · 4 the file cannot be written · 7 no trace.
    """
    if png == gif:
        raise UsageError("render", "needs --png or --gif.", "Give one of the two.")
    if gif and time is not None:
        raise UsageError("--time", "an animation shows all moments.", "Leave it out, or use --png.")
    from simeval.report.render import render_gif, render_png
    from simeval.runs import open_run

    opened = open_run(run)
    full = opened.find(key, policy)
    path = render_gif(opened, full, out) if gif else render_png(opened, full, out, time=time)
    if as_json:
        print_json({"key": full, "path": str(path)})
    else:
        print(path)
