"""Goal B7: memory that one more world takes beside its map, which all worlds of a process share."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from real_scenes import by_idm

from simeval.scenario import Scenario
from simeval.sim import SimSettings, Worlds

FEW, MANY = 1, 33


def _bytes(thing: Any, seen: set[int]) -> int:
    """Bytes of all arrays in a tree of tuples, each array once."""
    if isinstance(thing, np.ndarray):
        base = thing
        while isinstance(base.base, np.ndarray):
            base = base.base
        if id(base) in seen:
            return 0
        seen.add(id(base))
        return int(base.nbytes)
    if isinstance(thing, tuple):
        return sum(_bytes(part, seen) for part in thing)
    return 0


def per_world(scenes: list[Scenario]) -> dict[str, Any]:
    """Megabytes of tables that each further world of a scene adds, by scene; and by table for the largest."""
    rows = []
    for scene in scenes:
        scenario = by_idm(scene)
        few = Worlds([scenario] * FEW, "idm", SimSettings(end_on=())).tables
        many = Worlds([scenario] * MANY, "idm", SimSettings(end_on=())).tables
        parts = {
            name: (_bytes(getattr(many, name), set()) - _bytes(getattr(few, name), set())) / (MANY - FEW)
            for name in many._fields
        }
        rows.append({"agents": len(scene.agents), "mb": sum(parts.values()) / 1e6, "parts": parts})
        del few, many
        gc.collect()
    largest = max(rows, key=lambda row: row["mb"])
    return {
        "mean_mb": float(np.mean([row["mb"] for row in rows])),
        "largest_mb": largest["mb"],
        "largest_has_agents": largest["agents"],
        "largest_parts_bytes": {k: v for k, v in sorted(largest["parts"].items(), key=lambda p: -p[1]) if v},
    }
