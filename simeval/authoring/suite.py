"""A suite: a folder of family files with one purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simeval import content
from simeval.authoring.family import Family, family_of
from simeval.authoring.files import SUITE_FILE, read_suite_file
from simeval.errors import InputError
from simeval.scenario.names import sanitised

__all__ = ["Suite", "load_suite", "suite_folders"]


@dataclass(frozen=True, eq=False)
class Suite:
    """A folder of families, by name."""

    name: str
    doc: str
    endpoint: str  # the one number that decides a comparison of two policies on this suite
    families: Sequence[Family]


def load_suite(folder: Path) -> Suite:
    """Reads and checks every family of a folder.

    Raises:
        InputError: a folder without families, or the first problem in one of its files.
    """
    paths = sorted(path for path in folder.glob("*.toml") if path.name != SUITE_FILE)
    if not paths:
        raise InputError(
            str(folder), "holds no scenario families.", "A family is a .toml file with format = 1."
        )
    about = read_suite_file(folder)
    families = tuple(family_of(path, about) for path in paths)
    return Suite(sanitised(folder.resolve().name), about.doc.strip(), about.endpoint, families)


def suite_folders() -> dict[str, Path]:
    """Suites found under `scenarios/`: name to folder; the user's own hide the built-in ones."""
    found: dict[str, Path] = {}
    for root in reversed(content.roots()):
        families = (p for p in (root / "scenarios").glob("*/*.toml") if p.name != SUITE_FILE)
        found |= {path.parent.name: path.parent for path in families}
    return dict(sorted(found.items()))
