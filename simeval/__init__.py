"""Closed-loop simulation evaluation of learned driving policies.

The names below are loaded when they are first used, so that `import simeval` itself is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simeval.authoring import load_family, load_suite
    from simeval.checking import CheckReport, check_policy
    from simeval.errors import SimevalError
    from simeval.readers import read_path
    from simeval.runs import Run, RunSettings, evaluate, open_run
    from simeval.scenario import Scenario, Trace
    from simeval.scenario.pack import open_pack, write_pack

__version__ = "0.1.0"

__all__ = [
    "CheckReport",
    "Run",
    "RunSettings",
    "Scenario",
    "SimevalError",
    "Trace",
    "check_policy",
    "evaluate",
    "load_family",
    "load_suite",
    "open_pack",
    "open_run",
    "read_path",
    "write_pack",
]

_HOMES = {
    "CheckReport": "simeval.checking",
    "Run": "simeval.runs",
    "RunSettings": "simeval.runs",
    "Scenario": "simeval.scenario",
    "SimevalError": "simeval.errors",
    "Trace": "simeval.scenario",
    "check_policy": "simeval.checking",
    "evaluate": "simeval.runs",
    "load_family": "simeval.authoring",
    "load_suite": "simeval.authoring",
    "open_pack": "simeval.scenario.pack",
    "open_run": "simeval.runs",
    "read_path": "simeval.readers",
    "write_pack": "simeval.scenario.pack",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simeval' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
