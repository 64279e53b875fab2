"""The failure modes: what each means, what the driver lacks, and the rule that recognises it."""

from __future__ import annotations

import tomllib
from functools import cache, cached_property
from pathlib import Path

import msgspec

from simeval import content
from simeval.content_hash import digest_of_json
from simeval.errors import InputError
from simeval.judge.check import KEYS, check_modes
from simeval.judge.language import LeafMode
from simeval.judge.problems import struct_error
from simeval.judge.toml_lines import lines_of

__all__ = ["UNCLASSIFIED", "Taxonomy", "current_taxonomy", "load_taxonomy"]

FILE = "metrics/taxonomy.toml"
UNCLASSIFIED = "unclassified"
MEANS = "An episode failed, and no failure mode of the taxonomy says how."


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    modes: dict[str, str] = {}  # names of profile rules, each with its meaning
    weaknesses: dict[str, str] = {}
    mode: list[LeafMode] = []


class Taxonomy(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Failure modes in the order in which they are tried, the user's own first."""

    modes: list[LeafMode]
    meanings: dict[str, str]  # of modes and of profile rules
    weaknesses: dict[str, str]
    places: dict[str, str]  # `file:line` of rules and conditions by mode and key path

    def of(self, rule: str) -> list[LeafMode]:
        """The modes that explain a rule of a profile: those that name it, else those of its group."""
        return self._explaining.get(rule) or self._explaining.get(rule.partition("/")[0], [])

    @cached_property
    def _explaining(self) -> dict[str, list[LeafMode]]:
        """By rule and by group the modes that name it."""
        found: dict[str, list[LeafMode]] = {}
        for mode in self.modes:
            for name in dict.fromkeys(mode.explains):
                found.setdefault(name, []).append(mode)
        return found

    @property
    def digest(self) -> str:
        """Digest of all that decides about modes."""
        return digest_of_json(msgspec.to_builtins(self.modes))

    def weakness(self, mode: str | None) -> str | None:
        """What a driver lacks that fails so; None for what is no mode of the taxonomy."""
        return next((m.weakness for m in self.modes if m.mode == mode), None)

    def place(self, mode: str, path: str) -> str:
        """`file:line` of a rule's condition; `path` counts from the rule, "" is the rule itself."""
        while path and f"{mode}{path}" not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(f"{mode}{path}", FILE)


def current_taxonomy() -> Taxonomy:
    """The taxonomy in use: the user's own modes from metrics/taxonomy.toml, then the built-in ones.

    Raises:
        InputError: when a file is not TOML, or has a rule that makes no sense.
    """
    paths = [root / FILE for root in content.roots()]
    return _load(tuple((path, path.stat().st_mtime_ns) for path in paths if path.is_file()))


def load_taxonomy() -> dict[str, str]:
    """Mode to meaning, profile rules too."""
    return current_taxonomy().meanings


@cache
def _load(files: tuple[tuple[Path, int], ...]) -> Taxonomy:
    modes: dict[str, LeafMode] = {}
    meanings, weaknesses = {UNCLASSIFIED: MEANS}, dict[str, str]()
    places: dict[str, str] = {}
    read = [_read(path) for path, _ in files]
    for file, _ in reversed(read):
        meanings |= file.modes | {m.mode: m.doc for m in file.mode}
        weaknesses |= file.weaknesses
    for file, lines in read:
        check_modes(FILE, file.mode, weaknesses)
        for i, mode in enumerate(file.mode):
            if mode.mode not in modes:
                modes[mode.mode] = mode
                places |= _places(mode.mode, f"mode[{i}]", lines)
    return Taxonomy(modes=list(modes.values()), meanings=meanings, weaknesses=weaknesses, places=places)


def _places(mode: str, path: str, lines: dict[str, int]) -> dict[str, str]:
    return {
        f"{mode}{at.removeprefix(path)}": f"{FILE}:{line}"
        for at, line in lines.items()
        if at == path or at.startswith(f"{path}.")
    }


def _read(path: Path) -> tuple[_File, dict[str, int]]:
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:  # not UTF-8, or not TOML
        raise InputError(FILE, f"{error}.", "docs/taxonomy.md shows the form.") from None
    try:
        return msgspec.convert(data, _File), lines_of(text, data)
    except msgspec.ValidationError as error:
        raise struct_error(FILE, str(error), KEYS) from None
