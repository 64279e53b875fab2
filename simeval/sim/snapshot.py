"""Taking the whole state of a world out of the flat arrays, and putting it back, into any row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.sim.build import Tables

__all__ = ["Snapshot", "restore", "take"]

BODY_FIELDS = {"pose", "order", "sorted_x"}
EGO_RECORD = {"command", "acceleration", "steering"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One world at one step. Row numbers in it are relative, so that it fits another row."""

    shape: tuple[int, int]  # agents, bodies
    arrays: dict[str, Array]


def _slices(t: Tables, row: int) -> dict[str, tuple[Array, slice, int]]:
    """For every changing array: itself, the part that belongs to a world, and what makes it relative."""
    w = t.world
    agents = slice(int(w.agent0[row]), int(w.agent0[row + 1]))
    bodies = slice(int(w.body0[row]), int(w.body0[row + 1]))
    trailers = slice(bodies.start - agents.start, bodies.stop - agents.stop)
    base = {
        "segment": int(t.agents.path0[agents.start]),
        "next_action": int(t.agents.script0[agents.start]),
        "order": bodies.start,
    }
    parts: dict[str, tuple[Array, slice, int]] = {}
    for name, array in t.live._asdict().items():
        part = bodies if name in BODY_FIELDS else trailers if name == "hitch" else agents
        parts["live." + name] = (array, part, base.get(name, 0))
    for name, array in t.livew._asdict().items():
        part = bodies if name in BODY_FIELDS else slice(row, row + 1)
        parts["livew." + name] = (array, part, base.get(name, 0))
    starts = {"hitch": w.hitch_record0, **dict.fromkeys(EGO_RECORD, w.command0)}
    for name, array in t.record._asdict().items():
        start = starts.get(name, w.record0)
        parts["record." + name] = (array, slice(int(start[row]), int(start[row + 1])), 0)
    return parts


def _shape(t: Tables, row: int) -> tuple[int, int]:
    w = t.world
    return int(w.agent0[row + 1] - w.agent0[row]), int(w.body0[row + 1] - w.body0[row])


def take(t: Tables, row: int) -> Snapshot:
    """Copies the state of a world, with what it has recorded so far."""
    arrays = {name: array[part] - base if base else array[part].copy()
              for name, (array, part, base) in _slices(t, row).items()}  # fmt: skip
    return Snapshot(shape=_shape(t, row), arrays=arrays)


def restore(t: Tables, row: int, snapshot: Snapshot) -> None:
    """Overwrites the state of a world.

    Raises:
        UsageError: the row holds another scenario.
    """
    parts = _slices(t, row)
    fits = snapshot.shape == _shape(t, row) and all(
        np.shape(array[part]) == snapshot.arrays[name].shape for name, (array, part, _) in parts.items()
    )
    if not fits:
        raise UsageError(
            f"row {row}", "holds another scenario than the snapshot.", "Restore into its own row."
        )
    for name, (array, part, base) in parts.items():
        array[part] = snapshot.arrays[name] + base if base else snapshot.arrays[name]
