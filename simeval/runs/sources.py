"""Where scenarios come from: a suite by name, a folder or file of families, or a pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simeval import content
from simeval.errors import UsageError, nearest
from simeval.scenario import Scenario
from simeval.scenario.brief import Brief

if TYPE_CHECKING:
    from simeval.authoring import Family

__all__ = ["Source", "resolve", "suites"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source as the user gave it and what it turned out to be."""

    given: str
    kind: str  # "suite", "family" or "pack"
    name: str
    path: Path

    @property
    def is_builtin(self) -> bool:
        """Whether it ships with simeval, so that its name alone finds it anywhere."""
        return self.path.is_relative_to(content.builtin_root() / "scenarios")

    @cached_property
    def families(self) -> list[Family]:
        """The families of a suite or family file; a pack has none."""
        if self.kind == "pack":
            return []
        from simeval.authoring import load_family, load_suite

        return [load_family(self.path)] if self.kind == "family" else list(load_suite(self.path).families)

    @cached_property
    def drawn_families(self) -> frozenset[str]:
        """Names of the families that draw parameters."""
        return frozenset(family.name for family in self.families if family.is_random)

    def scenarios(self, seeds: int) -> Iterator[tuple[Scenario, int]]:
        """All scenarios with their seed; only families that draw parameters have more than seed 0."""
        if self.kind == "pack":
            from simeval.scenario.pack import open_pack

            yield from ((scenario, 0) for scenario in open_pack(self.path).scenarios())
        for family in self.families:
            for seed in range(seeds if family.is_random else 1):
                yield from ((scenario, seed) for scenario in family.scenarios(seed))

    def briefs(self, seeds: int) -> Iterator[tuple[Brief, int]]:
        """The same in short; of a pack, states and maps are not read."""
        if self.kind == "pack":
            from simeval.scenario.pack import open_pack

            yield from ((brief, 0) for brief in open_pack(self.path).briefs())
        else:
            yield from ((Brief.of(scenario), seed) for scenario, seed in self.scenarios(seeds))

    def num_fixed(self) -> int:
        """Families (of a pack: 1) in which nothing is random, so that a second seed repeats the first."""
        return 1 if self.kind == "pack" else sum(not f.is_random for f in self.families)


def suites() -> dict[str, Path]:
    """Suites by name; the user's own hide the built-in ones."""
    found: dict[str, Path] = {}
    for root in reversed(content.roots()):
        found |= {p.name: p for p in sorted((root / "scenarios").glob("*")) if _is_suite(p)}
    return dict(sorted(found.items()))


def resolve(given: str | Path) -> Source:
    """What a word on the command line stands for.

    Raises:
        UsageError: when it is neither the name of a suite or family nor a suite, family or pack on disk.
    """
    text = str(given)
    named = _named(text.removeprefix(content.BUILTIN), builtin=text.startswith(content.BUILTIN))
    if named:
        kind = "suite" if named.is_dir() else "family"
        return Source(given=text, kind=kind, name=_name(named), path=named.resolve())
    path = Path(text).expanduser()
    if not path.exists():
        raise _unknown(text)
    if path.is_dir() and (path / "scenarios.parquet").is_file():
        return Source(given=text, kind="pack", name=path.resolve().stem, path=path.resolve())
    if _is_suite(path) or (path.is_file() and path.suffix == ".toml"):
        kind = "suite" if path.is_dir() else "family"
        return Source(given=text, kind=kind, name=_name(path.resolve()), path=path.resolve())
    raise _of_no_kind(text, path)


def _is_suite(path: Path) -> bool:
    return path.is_dir() and any(p.name != "suite.toml" for p in path.glob("*.toml"))


def _named(name: str, *, builtin: bool) -> Path | None:
    for root in (content.builtin_root(),) if builtin else content.roots():
        folder = root / "scenarios" / name
        if name and not name.startswith((".", "/")) and ".." not in Path(name).parts:
            if _is_suite(folder):
                return folder
            if folder.with_name(f"{folder.name}.toml").is_file():
                return folder.with_name(f"{folder.name}.toml")
    return None


def _name(path: Path) -> str:
    return path.name if path.is_dir() else f"{path.parent.name}/{path.stem}"


def _of_no_kind(text: str, path: Path) -> UsageError:
    """The error for a path that is there and holds no scenarios."""
    if (path / "manifest.json").is_file():
        fix = (
            f"Its scenarios are in {text.rstrip('/')}/scenarios.pack; `simeval score {text}` judges it again."
        )
        return UsageError(text, "is a run folder, the result of `simeval run`.", fix)
    return UsageError(
        text,
        "is neither a suite (a folder of family TOML files), nor a family, nor a pack.",
        f"Logs are imported first: `simeval import {text} -o NAME.pack`, then `simeval run NAME.pack`.",
    )


def _unknown(text: str) -> UsageError:
    """The error for a name that stands for nothing: a pack, a family of a suite that is there, or a suite."""
    if text.endswith(".pack"):
        fix = f"`simeval import PATH -o {text}` makes one of recorded files."
        return UsageError(text, f"there is no such pack below {Path.cwd()}.", fix)
    known = suites()
    suite, _, family = text.removeprefix(content.BUILTIN).partition("/")
    if family and suite in known:
        families = sorted(p.stem for p in known[suite].glob("*.toml") if p.name != "suite.toml")
        what = f"suite {suite!r} has no family {family!r}."
        return UsageError(text, what, f"{nearest(family, families)}Families: {', '.join(families)}.")
    return UsageError(
        text,
        "there is no suite of that name, and no such file or folder.",
        f"{nearest(suite, known)}Suites: {', '.join(known) or 'none'}; "
        "`simeval list scenarios` shows what is in them.",
    )
