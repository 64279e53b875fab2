"""How commands speak: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

__all__ = ["note", "print_json", "print_table"]


def print_json(value: object) -> None:
    """One JSON document on standard output, and nothing else."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.buffer.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """A table on standard output; numbers are right-aligned, None is shown as a dash."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold")
    for i, name in enumerate(columns):
        numeric = any(isinstance(r[i], (int, float)) for r in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("–" if cell is None else _shown(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 160
    console = Console(width=width, highlight=False)
    if title:  # a line of its own: above the table it would be broken to the table's width
        console.print(Text(title, style="italic"), soft_wrap=True)
    console.print(table)


def _shown(cell: object) -> str:
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)


def note(message: str) -> None:
    """A line for the person at the terminal, on standard error."""
    print(message, file=sys.stderr, flush=True)
