"""The decorator for compiled code, in three forms.

Numba's own cache looks only at the file that holds the outermost function: after an edit in another
file it would run the old machine code, silently. The cache folder is therefore named after a digest
of all sources of simeval, of Numba and of the processor, and is set only while a kernel is decorated.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import llvmlite
import numba
import platformdirs
from numba.core import config as numba_config

__all__ = ["allocating_kernel", "cache_folder", "inlined_kernel", "kernel"]

F = TypeVar("F", bound=Callable[..., object])

SOURCES = Path(__file__).parent


def source_digest(folder: Path) -> str:
    """Digest of every Python source below `folder`, of Numba and of the processor."""
    import llvmlite.binding as llvm

    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    cpu = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    digest.update(repr((numba.__version__, llvmlite.__version__, cpu)).encode())
    return digest.hexdigest()[:20]


@functools.cache
def cache_folder() -> Path:
    """Where compiled kernels are kept; a temporary folder when nothing else can be written."""
    root = Path(os.environ.get("SIMEVAL_CACHE") or platformdirs.user_cache_dir("simeval"))
    folder = root / "jit" / source_digest(SOURCES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="simeval-jit-"))
    return folder


@contextlib.contextmanager
def _cache_in(folder: Path) -> Iterator[None]:
    before = numba_config.CACHE_DIR
    numba_config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba_config.CACHE_DIR = before


def kernel(function: F) -> F:
    """Compiles `function` with the project's one set of options.

    Floating-point results follow IEEE 754 (no fast math), the interpreter lock is released, division
    by zero gives inf or NaN as in NumPy, nothing is parallel inside. `NUMBA_DISABLE_JIT=1` gives the
    plain function back for a debugger.

    A kernel works on the arrays of its caller and must not create any: it is compiled without Numba's
    reference counting, which made the simulator's step five times slower (each table of arrays that
    goes down a call is counted up and down, atomically). Numba refuses a kernel that allocates; use
    `allocating_kernel` for the few outermost ones that need scratch space.
    """
    return _compiled(function, counts_references=False)


def inlined_kernel(function: F) -> F:
    """A kernel that becomes a part of whoever calls it.

    For those that take whole tables of arrays and are called once a row: such a table goes down a call array
    by array, each as its pointer, shape and strides, which may cost more than what the kernel does. It
    makes the caller larger and slower to compile, so it is not for what is called from many places.
    """
    return _compiled(function, counts_references=False, is_inlined=True)


def allocating_kernel(function: F) -> F:
    """A kernel that may create arrays, once, outside its loops."""
    return _compiled(function, counts_references=True)


def _compiled(function: F, *, counts_references: bool, is_inlined: bool = False) -> F:
    plain = inspect.unwrap(function)
    with _cache_in(cache_folder()):
        compiled = numba.njit(
            cache=True,
            nogil=True,
            error_model="numpy",
            fastmath=False,
            parallel=False,
            forceinline=is_inlined,  # said either way: else it is inherited from the caller
            _nrt=counts_references,
        )(plain)
    return cast("F", compiled)
