"""Where compiled kernels are kept, so that none is older than anything that it was compiled from.

Numba's own cache looks only at the file that holds the outermost function: after an edit in another file it
would run the old machine code, silently. The folder of a kernel is therefore named after a digest of its
file, of all files of simeval that this one imports, directly or through others, of Numba and of the
processor.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import llvmlite
import numba
import platformdirs

__all__ = ["cache_folder", "sources_of"]

PACKAGE = Path(__file__).parent
NAME = PACKAGE.name
# Also those in functions and for types only: a file too many costs a compilation, one too few a wrong result.
IMPORTS = re.compile(
    rf"^[ \t]*(?:from[ \t]+({NAME}[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+({NAME}[\w.]*))",
    re.M,
)


def sources_of(path: Path) -> list[Path]:
    """A file and all of simeval that it rests on, sorted."""
    found, waiting = {path}, [path]
    while waiting:
        new = _imported(waiting.pop()) - found
        found |= new
        waiting += new
    return sorted(found)


@functools.cache
def _imported(path: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for source, names, whole in IMPORTS.findall(path.read_text(encoding="utf-8")):
        found |= set(_files(source or whole))
        for name in re.findall(r"\w+", names):  # a name may be a module
            found |= set(_files(f"{source}.{name}"))
    return frozenset(found)


def _files(module: str) -> Iterator[Path]:
    place = PACKAGE.parent.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            yield path


@functools.cache
def cache_folder(path: Path) -> Path:
    """The folder for kernels of the file `path`."""
    digest = hashlib.sha256(_machine())
    for source in sources_of(path):
        name = source.relative_to(PACKAGE.parent) if source.is_relative_to(PACKAGE) else source.name
        digest.update(str(name).encode() + b"\0" + source.read_bytes() + b"\0")
    return _root() / digest.hexdigest()[:20]


@functools.cache
def _machine() -> bytes:
    import llvmlite.binding as llvm

    cpu = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    return repr((numba.__version__, llvmlite.__version__, cpu)).encode()


@functools.cache
def _root() -> Path:
    """A temporary folder when nothing else can be written."""
    root = Path(os.environ.get("SIMEVAL_CACHE") or platformdirs.user_cache_dir("simeval")) / "jit"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError:
        return Path(tempfile.mkdtemp(prefix="simeval-jit-"))
    return root
