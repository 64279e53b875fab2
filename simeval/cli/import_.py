"""`simeval import`: scenario files of other projects into a pack."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from simeval.readers.importing import Imported

__all__ = ["import_"]

NOTHING_IMPORTED = 2
SHOWN = 20  # rejected files that are listed one by one
EVERY_S = 2.0

Paths = Annotated[
    list[Path], typer.Argument(help="Files or folders; formats are found by content.", metavar="PATH")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The pack to write: a folder NAME.pack.")]
Ego = Annotated[
    str | None, typer.Option(help="Ego of files that have none: an agent id, or the vehicle driving longest.",
                             metavar="ID|longest"),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]


def import_(paths: Paths, out: Out, ego: Ego = None, as_json: Json = False) -> None:
    """Read scenario files into a pack. A file that cannot be read is listed with the reason.

    Exit codes: 0 done (also when some files were rejected) · 2 nothing could be imported ·
    4 the disk is full.
    """
    from simeval.readers.importing import headline, import_files

    imported = import_files(paths, out, ego, _progress())
    if as_json:
        print_json(_document(imported))
    else:
        _print(imported)
    note(headline(imported))
    if imported.pack is None:
        raise typer.Exit(NOTHING_IMPORTED)


def _progress() -> Callable[[int, int], None]:
    """A line on standard error every two seconds; a line that is drawn again on a terminal."""
    told, live = time.monotonic(), sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        nonlocal told
        if live and total > 1:
            print(f"\r{done}/{total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif time.monotonic() - told > EVERY_S:
            told = time.monotonic()
            note(f"{done}/{total} files")

    return show


def _document(imported: Imported) -> dict[str, Any]:
    pack = imported.pack
    return {
        "pack": None if pack is None else str(pack.path),
        "scenarios": 0 if pack is None else pack.num_scenarios,
        "agents": 0 if pack is None else pack.num_agents,
        "maps": 0 if pack is None else pack.num_maps,
        "bytes": 0 if pack is None else pack.num_bytes,
        "formats": {
            name: {
                "scenarios": imported.num_scenarios.get(name, 0),
                "agents": imported.num_agents.get(name, 0),
                "rejected": imported.num_rejected(name),
            }
            for name in imported.formats
        },
        "rejected": [
            {"path": str(r.path), "format": r.format, "reason": r.reason} for r in imported.rejected
        ],
        "repaired": {name: list(notes) for name, notes in imported.notes.items()},
        "without_ego": imported.without_ego,
    }


def _print(imported: Imported) -> None:
    from simeval.readers.frame import counted

    rows: list[list[object]] = [
        [n, imported.num_scenarios.get(n, 0), imported.num_agents.get(n, 0), imported.num_rejected(n)]
        for n in imported.formats
    ]
    if imported.num_rejected(None):
        rows.append(["no known format", 0, 0, imported.num_rejected(None)])
    print_table(["format", "scenarios", "agents", "rejected"], rows)
    for rejected in imported.rejected[:SHOWN]:
        note(f"rejected: {_plain(rejected.reason)}")
    if len(imported.rejected) > SHOWN:
        note(f"... and {len(imported.rejected) - SHOWN} more; --json lists all")
    if imported.notes:
        note(f"mended: {counted(len(imported.notes), 'scenario')}; `simeval inspect` and --json say what")
    if imported.without_ego:
        some = ", ".join(imported.without_ego[:3]) + (", ..." if len(imported.without_ego) > 3 else "")
        note(f"without ego: {some}; choose one with --ego ID or --ego longest to run them")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
