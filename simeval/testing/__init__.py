"""Tests of driving: scenario families as pytest items, and `simulate` and `expect` for tests of one's own.

The names below need no pytest and are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simeval.testing.expecting import expect
    from simeval.testing.playing import Episode, simulate

__all__ = ["Episode", "expect", "simulate"]

_HOMES = {
    "Episode": "simeval.testing.playing",
    "expect": "simeval.testing.expecting",
    "simulate": "simeval.testing.playing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simeval.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
