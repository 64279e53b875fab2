"""Profiles: what measurements mean for someone, read strictly from TOML."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from simeval import content
from simeval.errors import InputError
from simeval.judge.check import KEYS, check_profile
from simeval.judge.language import FailRule, Multiplier, ProfileFile, ScoreTerm
from simeval.judge.problems import struct_error
from simeval.judge.toml_lines import lines_of

__all__ = ["Profile", "load_profile", "read_profile"]

FOLDER = "metrics/profiles"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Failure rules, notes and scores under one name and version. `lines` gives the TOML line of a rule."""

    name: str
    version: int
    doc: str
    file: str  # for people: the path below the content folder, or the file's name
    companions: dict[str, str] = {}  # by role, the policy whose drive some metrics compare with
    report: list[str] = []  # metrics that are measured and shown, and count for nothing
    fail: list[FailRule]
    note: list[FailRule]
    score: list[ScoreTerm]
    multiplier: list[Multiplier]
    lines: dict[str, int]

    @property
    def label(self) -> str:
        """`name@version`; two scores are comparable when their labels are the same."""
        return f"{self.name}@{self.version}"

    @property
    def modes(self) -> list[str]:
        """All failure modes and notes, in file order."""
        return list(dict.fromkeys(rule.mode for rule in (*self.fail, *self.note)))

    @property
    def measures(self) -> frozenset[str]:
        """All metrics that rules and scores compare, those that an event is defined by left out."""
        return _measures([self.fail, self.note, self.score, self.multiplier]).union(self.report)

    def place(self, path: str) -> str:
        """`file:line` of a rule or condition; of the nearest table around it where the line is not known."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return f"{self.file}:{self.lines[path]}" if path else self.file


def _measures(part: object) -> frozenset[str]:
    """Every `measure` in nested rules."""
    if isinstance(part, list):
        return frozenset().union(*(_measures(item) for item in part))
    if not isinstance(part, msgspec.Struct):
        return frozenset()
    inner = [_measures(getattr(part, key)) for key in part.__struct_fields__]
    own = getattr(part, "measure", None)
    return frozenset(() if own is None else (own,)).union(*inner)


@cache
def _parse(text: str, file: str) -> Profile:
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise InputError(file, f"is not TOML: {error}.", "Mend that line.") from None
    except RecursionError:
        raise InputError(file, "is nested too deeply.", "This is not a profile.") from None
    try:
        raw = msgspec.convert(data, ProfileFile)
    except msgspec.ValidationError as error:
        raise struct_error(file, str(error), KEYS) from None
    check_profile(file, raw)
    return Profile(
        name=raw.name, version=raw.version, doc=raw.doc, file=file, companions=raw.companions,
        report=raw.report, fail=raw.fail, note=raw.note,
        score=raw.score, multiplier=raw.multiplier, lines=lines_of(text, data),
    )  # fmt: skip


def read_profile(path: Path, *, shown: str = "") -> Profile:
    """Reads one profile file; `shown` is how messages call it, by default its name.

    Raises:
        InputError: when it is not TOML, has an unknown key, metric or event, or contradicts itself; the
            message names the file, the key and the nearest known name.
    """
    file = shown or path.name
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(file, f"cannot be read: {error}.") from None
    profile = _parse(text, file)
    if profile.name != path.stem:
        raise InputError(
            file, f"name: the file is called {path.stem!r} and says {profile.name!r}.", "Make them the same."
        )
    return profile


def load_profile(name: str) -> Profile:
    """The profile called `name`: the user's own in metrics/profiles/, else the built-in one.

    `builtin:NAME` takes the built-in one. A path that ends in .toml is read as it is.

    Raises:
        UsageError: when there is none of that name.
        InputError: when the file makes no sense.
    """
    if name.endswith(".toml"):
        return read_profile(Path(name))
    path = content.find(FOLDER, name, kind="profile")
    return read_profile(path, shown=f"{FOLDER}/{path.name}")
