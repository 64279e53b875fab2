"""`simeval inspect`: what is in a pack, a suite, or a scenario file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import note, print_json, print_table
from simeval.errors import UsageError

if TYPE_CHECKING:
    from simeval.scenario.scenario import Scenario

__all__ = ["inspect"]

Source = Annotated[str, typer.Argument(help="A pack, suite, family or scenario file.", metavar="SOURCE")]
Id = Annotated[
    str | None,
    typer.Argument(help="One scenario; an unambiguous part of its id is enough.", metavar="SCENARIO"),
]
Png = Annotated[Path | None, typer.Option(help="Draw map, tracks and the ego's route of one scenario.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]


def inspect(source: Source, scenario_id: Id = None, png: Png = None, as_json: Json = False) -> None:
    """Show the scenarios of a pack, suite or family, or one of them in detail, or draw it.

    Exit codes: 0 done · 2 no such source or scenario · 4 the picture cannot be written.
    """
    from simeval.cli.inspect_sources import open_source

    found = open_source(source)
    if scenario_id is None and png is None:
        rows = found.rows()
        if as_json:
            print_json(rows)
        else:
            print_table(list(rows[0]), [[_yes_no(v) for v in r.values()] for r in rows], title=source)
        return
    scenario = found.scenario(found.find(scenario_id))
    if png is not None:
        _draw(scenario, png)
    if as_json:
        from simeval.cli.inspect_facts import document_of

        print_json(document_of(scenario))
    elif png is None or scenario_id is not None:
        _print_details(scenario)


def _draw(scenario: Scenario, png: Path) -> None:
    from simeval.cli.drawing import draw_scenario
    from simeval.scenario.files import storage_errors

    if png.suffix.lower() != ".png":
        raise UsageError(str(png), "is not a name for a picture.", "Write --png NAME.png.")
    if png.is_dir() or not png.resolve().parent.is_dir():
        raise UsageError(str(png), "cannot be written there.", "Name a file in a folder that exists.")
    with storage_errors(png):
        draw_scenario(scenario, png)
    note(f"drawn: {png}")


def _print_details(scenario: Scenario) -> None:
    from simeval.cli.inspect_facts import agent_rows, facts_of, map_rows

    facts: dict[str, Any] = facts_of(scenario)
    print_table(["what", "value"], [[k, _shown(v)] for k, v in facts.items()], title=scenario.id)
    print_table(["map", "count"], [[k, v] for k, v in map_rows(scenario).items()])
    rows = agent_rows(scenario)
    print_table(list(rows[0]), [list(r.values()) for r in rows])


def _shown(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None or value == "" else str(value)


def _yes_no(value: object) -> object:
    return _shown(value) if isinstance(value, bool) else value
