"""`simeval observe`: what a policy saw at one step of an episode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simeval.errors import UsageError

__all__ = ["observe"]

COLUMNS = ("#", "kind", "ahead m", "left m", "gap m", "speed m/s", "closing m/s", "steps")


def observe(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    key: Annotated[
        str, typer.Argument(help="Beginning of an episode's key, or its scenario id.", metavar="KEY")
    ],
    step: Annotated[int | None, typer.Option(help="Step since the start. [the last]")] = None,
    policy: Annotated[str | None, typer.Option(help="Whose episode, where KEY is a scenario id.")] = None,
    agent: Annotated[str | None, typer.Option(help="Id of the agent that looks. [the ego]")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Draw it into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All tensors as one JSON document.")] = False,
) -> None:
    """Show what a policy saw at one step of a stored episode, computed again from its trace.

    It is what the policy was given, to the last bit. An episode of an engine driver, which observes
    nothing, is shown as a policy with the default sizes would have seen it.

    Exit codes: 0 done · 2 no such run, episode, step or agent · 4 the file cannot be written · 7 no trace.
    """
    if png is not None and as_json:
        raise UsageError("simeval observe", "takes --png or --json, not both.", "Give one of the two.")
    from simeval.cli.observe_text import bodies_of, lines_of, plain_of
    from simeval.cli.output import print_json, print_table
    from simeval.report.observed import observed_in
    from simeval.runs import open_run

    opened = open_run(run)
    seen = observed_in(opened, opened.find(key, policy), step, agent)
    if png is not None:
        from simeval.report.observation_picture import draw_observation

        print(draw_observation(seen, png))
        return
    if as_json:
        print_json(plain_of(seen))
        return
    for line in lines_of(seen):
        print(line)
    if bodies := bodies_of(seen):
        print_table(COLUMNS, bodies)
