"""Markdown tables from plain cells; text from scenarios and policies stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Raw", "code", "escaped", "table_of"]


class Raw(str):
    """Markdown that goes into a cell as it is."""

    __slots__ = ()


def table_of(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in the form that GitHub and GitLab know. None is a dash; numbers are aligned to the right."""
    right = [any(isinstance(row[i], (int, float)) for row in rows) for i in range(len(columns))]
    lines = [[_cell(c) for c in columns], ["---:" if r else "---" for r in right]]
    lines += [[_cell(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Text that is no markup: no tags, tables, emphasis, links or mentions, all on one line."""
    flat = " ".join(str(text).split())
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", flat)


def code(text: str) -> str:
    """Text in a typewriter face; the fence is longer than any inside it, and bars do not end a cell."""
    flat = " ".join(str(text).split())
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}".replace("|", "\\|")


def _cell(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, Raw):
        return str(cell)
    return f"{cell:.3g}" if isinstance(cell, float) else escaped(str(cell))
