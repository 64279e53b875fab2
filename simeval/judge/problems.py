"""How a profile's mistakes are told: file, key, what is wrong, and the nearest name that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from simeval.errors import LISTED, InputError, nearest, unknown_name

__all__ = ["ProfileProblem", "advice", "at", "require_known", "struct_error"]


class ProfileProblem(Exception):
    """Something in a profile that makes no sense, at a key path; becomes an InputError with the file."""

    def __init__(self, where: str, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.where, self.what, self.fix = where, what, fix


def require_known(path: str, kind: str, name: str, known: Iterable[str]) -> None:
    """Raises ProfileProblem with the nearest name when `name` is not among the known ones."""
    names = sorted(known)
    if name not in names:
        fix = unknown_name(kind, name, names).fix if kind in LISTED else advice(name, names)
        raise ProfileProblem(path, f"{kind} {name!r} is not known.", nearest(name, names).rstrip() or fix)


def advice(name: str, names: Iterable[str]) -> str:
    """The nearest of the names, else all of them."""
    known = list(names)
    return nearest(name, known).rstrip() or f"Known: {', '.join(known)}."


def struct_error(file: str, message: str, keys: Iterable[str]) -> InputError:
    """The reader's complaint as ours: file, key path, what was wrong, the nearest of the known keys."""
    what, _, path = message.partition(" - at ")
    where = path.strip("`").removeprefix("$").removeprefix(".")
    if unknown := re.search(r"unknown field `(.+)`", what):
        fix = advice(unknown[1], keys)
        return InputError(at(file, where), f"key {unknown[1]!r} is not known.", fix)
    what = what[0].lower() + what[1:].rstrip(".") + "."
    return InputError(at(file, where), what, "docs/rules.md shows the form.")


def at(file: str, where: str) -> str:
    """Where a mistake is."""
    return f"{file}: {where}" if where else file
