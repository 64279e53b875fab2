"""Runs: from scenarios and policies to a folder of facts that survives a crash.

The names below are loaded when they are first used: a policy's process needs few of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simeval.runs.compare_results import Limits
    from simeval.runs.compare_runs import compare
    from simeval.runs.comparison import Comparison
    from simeval.runs.progress import Progress
    from simeval.runs.result import Run
    from simeval.runs.runner import evaluate, open_run, rescore, run
    from simeval.runs.settings import RunSettings, settings_from
    from simeval.runs.sweep_axes import Axis
    from simeval.runs.sweeping import Sweep, sweep

__all__ = [
    "Axis",
    "Comparison",
    "Limits",
    "Progress",
    "Run",
    "RunSettings",
    "Sweep",
    "compare",
    "evaluate",
    "open_run",
    "rescore",
    "run",
    "settings_from",
    "sweep",
]

_HOMES = {
    "Axis": "simeval.runs.sweep_axes",
    "Comparison": "simeval.runs.comparison",
    "Limits": "simeval.runs.compare_results",
    "Progress": "simeval.runs.progress",
    "Run": "simeval.runs.result",
    "RunSettings": "simeval.runs.settings",
    "Sweep": "simeval.runs.sweeping",
    "compare": "simeval.runs.compare_runs",
    "evaluate": "simeval.runs.runner",
    "open_run": "simeval.runs.runner",
    "rescore": "simeval.runs.runner",
    "run": "simeval.runs.runner",
    "settings_from": "simeval.runs.settings",
    "sweep": "simeval.runs.sweeping",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simeval.runs' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
