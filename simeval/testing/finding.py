"""Finds the one scenario that a test names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from simeval import content
from simeval.authoring import load_family
from simeval.errors import InputError, UsageError, unknown_name
from simeval.runs.manifest import shown_path
from simeval.scenario import Scenario
from simeval.scenario.pack import open_pack

if TYPE_CHECKING:
    from simeval.authoring import Family

__all__ = ["find_scenario"]

FORMS = "Name an id (suite/family), a family file, FILE.toml::case, or NAME.pack::id."
_ITEM = re.compile(r"(?P<case>.+?)-s(?P<seed>\d+)(?:-[^\[\]]+)?")  # as pytest names an item


def find_scenario(given: Scenario | str | Path, seed: int = 0) -> tuple[Scenario, str]:
    """The scenario, and the source that `simeval run` would find it in; nothing for a live one.

    Raises:
        UsageError: there is none of that name; InputError: its file makes no sense.
    """
    if isinstance(given, Scenario):
        return given, ""
    text = str(given)
    name, _, case = text.partition("::")
    path = Path(name).expanduser()
    if path.suffix == ".pack":
        return open_pack(path).scenario(case), shown_path(path)
    if path.suffix == ".toml":
        if not path.is_file():
            raise UsageError(text, "there is no such file.", f"Looked in {Path.cwd()}.")
        return _of_family(load_family(path), case, seed), shown_path(path)
    return _by_id(text, seed)


def _by_id(text: str, seed: int) -> tuple[Scenario, str]:
    family, bracket, values = text.removeprefix(content.BUILTIN).partition("[")
    searched = (content.builtin_root(),) if text.startswith(content.BUILTIN) else content.roots()
    for root in searched:
        path = root / "scenarios" / f"{family}.toml"
        if path.is_file():
            source = text.partition("[")[0]
            return _of_family(load_family(path), path.stem + bracket + values, seed), source
    known = {f"{p.parent.name}/{p.stem}" for root in searched for p in (root / "scenarios").glob("*/*.toml")}
    if "/" not in family:
        raise UsageError(text, "is not a scenario.", FORMS)
    raise unknown_name("scenario", text, known - {f"{k.partition('/')[0]}/suite" for k in known})


def _of_family(family: Family, case: str, seed: int) -> Scenario:
    """One case; without a name, the one in which every grid stands at its default."""
    if item := _ITEM.fullmatch(case):
        case, seed = item["case"], int(item["seed"])
    cases = {c.id.partition("/")[2]: c for c in family.cases(seed)}
    if case in cases:
        return family.build(cases[case])
    gridded = [p for p in family.parameters if len(p.values) > 1]
    if case in ("", family.name):
        default = next(c for c in cases.values() if all(c.values[p.name] == p.default for p in gridded))
        return family.build(default)
    raise InputError(
        str(family.path), unknown_name("scenario", case, cases).what, f"It has {', '.join(cases)}."
    )
