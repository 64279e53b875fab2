"""Every error that simeval raises on purpose.

    SimevalError
    ├── UsageError        a flag, name or setting the user gave is wrong        exit 2
    ├── InputError        a file cannot be read or does not mean anything       exit 2
    ├── NothingSelected   a selection that selects no scenario                  exit 5
    ├── StoreError        a run folder is damaged                               exit 7
    └── StorageFull       the disk is full or the folder cannot be written      exit 4

A message says where, what, and what to do, in that order.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "InputError",
    "NothingSelected",
    "SimevalError",
    "StorageFull",
    "StoreError",
    "UsageError",
    "nearest",
    "unknown_name",
]


class SimevalError(Exception):
    """Base of all errors that end in one message for the user, without a traceback."""

    exit_code = 2

    def __init__(self, where: str, what: str, fix: str = "") -> None:
        self.where, self.what, self.fix = where, what, fix
        super().__init__(": ".join(p for p in (where, what) if p) + (f" {fix}" if fix else ""))


class UsageError(SimevalError):
    """A flag, a name or a setting that the user gave is wrong."""


class InputError(SimevalError):
    """A file cannot be read, or what it says makes no sense."""


class NothingSelected(SimevalError):
    """The selection holds no scenario; an empty selection is never a success."""

    exit_code = 5


class StoreError(SimevalError):
    """A run folder is damaged or was written by a newer version."""

    exit_code = 7


class StorageFull(SimevalError):
    """The disk is full or the output folder cannot be written."""

    exit_code = 4


LISTED = {"metric", "profile", "mode", "policy", "format"}  # kinds that `simeval list` shows
NAMED = 30  # names of other kinds that a message holds


def nearest(name: str, known: Iterable[str]) -> str:
    """Advice that names the known name which looks most like `name`, with a space behind; or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}? " if near else ""


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> UsageError:
    """The error for a name that is not known, with the nearest known name as advice."""
    names = sorted(known)
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    shown = (
        f"`simeval list {plural}` shows {f'all {len(names)}' if len(names) > 1 else 'it'}."
        if kind in LISTED
        else f"Known: {', '.join(names[:NAMED])}{more}."
    )
    return UsageError(where, f"{kind} {name!r} is not known.", nearest(name, names) + shown)
