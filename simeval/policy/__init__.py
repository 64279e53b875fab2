"""Policies: what they observe, how they act, what they remember, and what is a fault of theirs.

The names below are loaded when they are first used: to read a reference takes no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simeval.policy.observation import Observation
    from simeval.policy.protocol import Memory, Policy, as_policy
    from simeval.policy.spec import ObservationSpec, PolicySpec

__all__ = ["Memory", "Observation", "ObservationSpec", "Policy", "PolicySpec", "as_policy"]

_HOMES = {
    "Memory": "simeval.policy.protocol",
    "Observation": "simeval.policy.observation",
    "ObservationSpec": "simeval.policy.spec",
    "Policy": "simeval.policy.protocol",
    "PolicySpec": "simeval.policy.spec",
    "as_policy": "simeval.policy.protocol",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simeval.policy' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
