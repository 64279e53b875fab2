"""`simeval sweep`: the pass rate over values of settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from simeval.runs.sweeping import Sweep

__all__ = ["sweep"]


def sweep(
    sources: Annotated[
        list[str], typer.Argument(help="As for `simeval run`: suites, families, packs.", metavar="SOURCE")
    ],
    policy: Annotated[
        list[str], typer.Option("--policy", "-p", help="Who drives the ego. Repeatable.", metavar="POLICY")
    ],
    vary: Annotated[
        list[str],
        typer.Option(
            help="Setting and values, like latency_s=0,0.2,0.4. Repeatable: every combination runs."
        ),
    ],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of all runs, like vehicle=actuated or seeds=5. Repeatable."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="As for `simeval run`. Repeatable.")] = None,
    out: Annotated[Path, typer.Option(help="Folder that run folders are made in.")] = Path("runs"),
    png: Annotated[Path | None, typer.Option("--png", help="Draw it into this file.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A table for a pull request.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Run every combination of settings and show how the pass rate changes. Resumes as runs do.

    The table is printed and kept with a picture in a folder beside the runs. docs/robustness.md defines every
    axis.

    Exit codes: 0 done (failed episodes do not change it) · 2 usage or unreadable input · 4 our error, or the
    disk is full · 5 nothing selected · 130/143 interrupted, resumable.
    """
    from simeval.errors import UsageError
    from simeval.runs.manifest import shown_path
    from simeval.runs.sweep_axes import read_axes

    if as_markdown and as_json:
        raise UsageError("sweep", "two forms are asked for.", "Give --markdown or --json.")
    found = _swept(sources, policy, read_axes(vary), _settings(given or [], only), out)
    folder = _keep(found, out)
    if png is not None:
        from simeval.report.sweep_figure import draw_sweep

        draw_sweep(found, png)
    if as_json:
        print_json(found.as_dict())
    elif as_markdown:
        print(found.markdown(), end="")
    else:
        _show(found)
    note(f"kept in {shown_path(folder)}")


def _settings(words: list[str], only: list[str] | None) -> dict[str, Any]:
    from simeval.errors import UsageError
    from simeval.runs.sweep_axes import read_value

    given: dict[str, Any] = {"only": tuple(only)} if only else {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name or name in given:
            raise UsageError(f"--set {word}", "is not NAME=VALUE, or is given twice.")
        given[name] = read_value(value.strip())
    if isinstance(given.get("end_on"), str) or given.get("end_on", ()) is None:
        text = given["end_on"] or ""
        given["end_on"] = tuple(part.strip() for part in text.split(",") if part.strip())
    return given


def _swept(sources: list[str], policies: list[str], axes: Any, given: dict[str, Any], out: Path) -> Sweep:
    import sys

    from simeval.cli.progress import display
    from simeval.runs import Run, RunSettings, run
    from simeval.runs.interrupt import Interrupted, terminable
    from simeval.runs.progress import Progress
    from simeval.runs.sweeping import sweep as run_all

    class Told(Progress):
        def note(self, message: str) -> None:
            note(message)

    def one(settings: RunSettings, names: Any) -> Run:
        return run(sources, policies, settings, out, display(), dict.fromkeys(names, "command line"))

    try:
        with terminable():
            return run_all(sources, policies, axes, given, out, Told(), one=one)
    except Interrupted as stop:
        print(f"simeval: {stop}", file=sys.stderr)
        raise typer.Exit(stop.exit_code) from None


def _keep(found: Sweep, out: Path) -> Path:
    """Writes table, document and picture into a folder of the sweep's own."""
    import msgspec

    from simeval.report.sweep_figure import draw_sweep
    from simeval.runs import files

    folder = out / found.name
    files.make_folder(folder)
    document = msgspec.json.format(msgspec.json.encode(found.as_dict()), indent=2) + b"\n"
    files.write_file(folder / "sweep.json", document)
    files.write_file(folder / "sweep.md", found.markdown().encode())
    draw_sweep(found, folder / "sweep.png")
    return folder


def _show(found: Sweep) -> None:
    from simeval.runs.sweeping import LEGEND

    print_table(found.columns(), found.cells(), title=f"judged by {found.profile}")
    for line in (LEGEND, *found.notes):
        print(line)
