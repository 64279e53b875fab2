"""A failure's text in the form that pytest carries through xdist, its summary and JUnit files."""

from __future__ import annotations

from pathlib import Path

from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprFileLocation, ReprTraceback

__all__ = ["shown"]


def shown(path: Path, text: str) -> ReprExceptionInfo:
    """The text as it stands; its first line is what one-line summaries show."""
    entry = ReprEntry(text.splitlines(), None, None, None, "long")
    headline = text.partition("\n")[0]
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([entry], None, "long"),
        reprcrash=ReprFileLocation(str(path), 0, headline),
    )
