"""Finds the content folders `scenarios/`, `metrics/` and `reports/`: the user's own first, then ours."""

from __future__ import annotations

from pathlib import Path

from simeval.errors import unknown_name

__all__ = ["builtin_root", "find", "names", "roots"]

BUILTIN = "builtin:"


def builtin_root() -> Path:
    """The folder that holds the built-in content: in the wheel, or above the package's sources."""
    package = Path(__file__).resolve().parent
    inside = package / "_content"
    return inside if inside.is_dir() else package.parent


def roots() -> tuple[Path, ...]:
    """Folders that are searched for content, first match wins: the working directory, then ours."""
    here, ours = Path.cwd().resolve(), builtin_root()
    return (ours,) if here == ours else (here, ours)


def names(folder: str, pattern: str) -> dict[str, Path]:
    """All content files of a kind: name (file stem) to path; the user's own hide the built-in ones."""
    found: dict[str, Path] = {}
    for root in reversed(roots()):
        found |= {path.stem: path for path in sorted((root / folder).glob(pattern))}
    return dict(sorted(found.items()))


def find(folder: str, name: str, *, suffix: str = ".toml", kind: str = "name") -> Path:
    """The content file called `name`; `builtin:NAME` forces the built-in one.

    Raises:
        UsageError: when there is none; the message names the nearest.
    """
    searched = (builtin_root(),) if name.startswith(BUILTIN) else roots()
    stem = name.removeprefix(BUILTIN)
    for root in searched:
        path = root / folder / f"{stem}{suffix}"
        if path.is_file():
            return path
    raise unknown_name(kind, stem, names(folder, f"*{suffix}"))
