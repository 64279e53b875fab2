"""Source files that a module's code consists of, found without importing it.

The files of its top-level package, those of the user's other modules that they import, and data files
that they name in a string.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

__all__ = ["sources_of"]

MOST_FILES = 2_000
MOST_BYTES = 50 * 2**20  # of source code
CODE = {".py", ".so", ".pyd"}
DATA = {".safetensors", ".pt2", ".onnx", ".pt", ".pth", ".ts", ".ckpt", ".json", ".toml", ".yaml", ".npz"}


def sources_of(module: str) -> dict[str, Path] | None:
    """Every source file by a name that does not depend on where the project lies; None: not to be had.

    A module outside the current directory stands for its own package only.
    """
    here = Path.cwd()
    found: dict[str, Path] = {}
    todo, seen = [module.partition(".")[0]], set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        files = _files(name, here)
        if files is None:
            if not seen - {name}:
                return None  # the module itself; others may be of no file
            continue
        if len(seen) > 1 and not all(path.is_relative_to(here) for path in files.values()):
            continue
        found |= files
        for path in files.values():
            if path.suffix == ".py" and path.is_relative_to(here):
                tree = _parsed(path)
                found |= dict(_named_files(tree, path, here))
                todo += [n for n in _imports(tree) if n not in seen and n not in todo and _is_local(n, here)]
        if len(found) > MOST_FILES or _bytes(found) > MOST_BYTES:
            return None
    return found


def _files(top: str, here: Path) -> dict[str, Path] | None:
    """The files of a top-level package or module."""
    spec = _spec(top, here)
    if spec is None:
        return None
    if spec.submodule_search_locations:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        return {f"{top}/{name}": path for folder in folders for name, path in _walk(folder)}
    if spec.has_location and spec.origin and Path(spec.origin).suffix in CODE:
        return {Path(spec.origin).name: Path(spec.origin)}
    return None


def _spec(top: str, here: Path) -> ModuleSpec | None:
    """Where a module would be imported from, the current directory first; nothing is imported."""
    spec = PathFinder.find_spec(top, [str(here)]) or PathFinder.find_spec(top, sys.path)
    if spec is not None:
        return spec
    try:
        return importlib.util.find_spec(top)  # editable installs have finders of their own
    except (ImportError, ValueError):
        return None


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != "__pycache__" and not f.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if path.suffix in CODE | DATA and path.is_file():
                count += 1
                if count > MOST_FILES + 1:
                    return
                yield path.relative_to(folder).as_posix(), path


def _parsed(path: Path) -> ast.AST:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _is_local(top: str, here: Path) -> bool:
    if top == "simeval":  # its version, and that of its meaning, are in an episode's key
        return False
    return (here / f"{top}.py").is_file() or (here / top).is_dir()


def _named_files(tree: ast.AST, path: Path, here: Path) -> Iterator[tuple[str, Path]]:
    """Data files that a string in the code names, from the current directory or the code's own."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300):
            continue
        if Path(node.value).suffix.lower() in DATA and node.value.isprintable():
            for folder in (here, path.parent):
                if (folder / node.value).is_file():
                    yield f"named:{node.value}", folder / node.value
                    break


def _bytes(files: dict[str, Path]) -> int:
    return sum(path.stat().st_size for path in files.values() if path.suffix in CODE)
