"""`simeval demo`: all bundled suites under three drivers, with a report to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simeval.cli.output import print_json

__all__ = ["demo"]

POLICIES = ["bc-small", "idm", "constant-velocity"]


def demo(
    out: Annotated[Path, typer.Option(help="Folder that the run folder is made in.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Run the bundled suites under the bundled learned policy, a driver that sees everything and one that
    does not react, and write the report.

    Exit codes: as for `simeval run`.
    """
    from simeval.cli.run import drive, write_report
    from simeval.cli.summary import as_document, print_summary

    finished = drive(_builtin_suites(), POLICIES, {}, out)
    if as_json:
        print_json(as_document(finished))
    else:
        print_summary(finished)
    write_report(finished)


def _builtin_suites() -> list[str]:
    from simeval import content

    root = content.builtin_root() / "scenarios"
    return [f"builtin:{path.parent.name}" for path in sorted(root.glob("*/suite.toml"))]
