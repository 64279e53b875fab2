"""The decorator for compiled code, in three forms.

The cache folder of each kernel (see `kernel_cache`) is set only while it is decorated.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import numba
from numba.core import config as numba_config

from simeval.kernel_cache import cache_folder

__all__ = ["allocating_kernel", "inlined_kernel", "kernel", "machine_code"]

F = TypeVar("F", bound=Callable[..., object])


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
    with _cache_in(cache_folder(Path(plain.__code__.co_filename))):
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


def machine_code(compiled: F, *arguments: object) -> F:
    """A kernel for arguments of the types of these, which later calls do not look at again.

    Numba finds out the types of all arguments in every call, which takes 2 us a table. Only for callers whose
    arguments are of these very types every time: nobody checks.
    """
    if not hasattr(compiled, "compile"):  # NUMBA_DISABLE_JIT
        return compiled
    return cast("F", compiled.compile(tuple(numba.typeof(a) for a in arguments)))
