"""Finds what `package.module:name` names: modules of the current directory first, then installed ones."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import simeval
from simeval.errors import UsageError, nearest
from simeval.policy.faults import Fault, PolicyFault, fault_of

__all__ = ["construction_fault", "find", "import_from_project", "where_from"]

OURS = str(Path(simeval.__file__).parent)


def find(target: str, text: str) -> tuple[Any, ModuleType]:
    """The object that `package.module:name` names, and the module.

    Raises:
        UsageError: no such module or name.
        PolicyFault: the module raised while it was imported.
    """
    name, _, path = target.partition(":")
    module = import_from_project(name, text)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            public = [n for n in dir(found) if not n.startswith("_")]
            owner = name if found is module else f"{name}:{path}"
            what = f"{owner} has no {part!r}."
            raise UsageError(f"--policy {text}", what, nearest(part, public) + _shown(module))
        found = getattr(found, part)
    return found, module


def import_from_project(name: str, text: str) -> ModuleType:
    """A module; the current directory comes first on the path, and stays there.

    Raises:
        UsageError: there is no such module.
        PolicyFault: it raised.
    """
    here = str(Path.cwd())
    if not sys.path or sys.path[0] != here:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and _is_of(error.name, name):
            raise _not_found(str(error.name), text, here) from None
        raise construction_fault(error, f"importing {name}") from error


def construction_fault(error: BaseException, what: str) -> PolicyFault:
    """What an exception out of the user's own code amounts to, with the frames of that code."""
    fault = fault_of(error.with_traceback(_theirs(error.__traceback__)), "construction", -1)
    return PolicyFault(
        Fault(kind="construction", step=-1, message=f"{what}: {fault.message}", trace=fault.trace)
    )


def where_from(module: ModuleType) -> str:
    """Where a module came from, in words."""
    if not (file := getattr(module, "__file__", None)):
        return f"imported {module.__name__}"
    path = Path(file).resolve()
    if path.is_relative_to(Path.cwd().resolve()):
        return f"imported {module.__name__} from {path.relative_to(Path.cwd().resolve())}"
    return f"imported {module.__name__} from {path} (outside the current directory)"


def _is_of(missing: str | None, name: str) -> bool:
    """Whether the module that is missing is the one asked for, or a package on the way to it."""
    return missing is not None and (name == missing or name.startswith(f"{missing}."))


def _not_found(missing: str, text: str, here: str) -> UsageError:
    parent, _, last = missing.rpartition(".")
    folders = list(getattr(sys.modules.get(parent), "__path__", [])) if parent else [here]
    known = [m.name for m in pkgutil.iter_modules(folders)]
    fix = f"Looked in {here} first, then among the installed packages."
    return UsageError(f"--policy {text}", f"there is no module {missing!r}.", nearest(last, known) + fix)


def _shown(module: ModuleType) -> str:
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__]
    return f"It defines {', '.join(sorted(own)[:12])}." if own else "It defines nothing of its own."


def _theirs(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is neither ours nor the import system's."""
    while trace and _is_passed(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_passed(file: str) -> bool:
    return file.startswith((OURS, "<frozen importlib")) or "/importlib/" in file
