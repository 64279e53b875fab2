"""Taking the whole state of a world out of the flat tables, and putting it back, into any fitting row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.sim.build import Tables

__all__ = ["Snapshot", "restore", "take"]

LIVE, ORDER, DRIVEN = 0, 1, 6  # positions in `_parts`


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One world at one step, with what it has recorded. Row numbers in it count from the world's own."""

    scenario_hash: str
    arrays: tuple[Array, ...]


def _parts(t: Tables, row: int) -> list[tuple[Array, slice]]:
    """Everything of a world that changes: the array and the world's part of it."""
    here = t.world[row]
    agents, bodies = slice(here.agent0, here.agent1), slice(here.body0, here.body1)
    pulled = slice(here.body0 - here.agent0, here.body1 - here.agent1)
    rows = int(here.last) + 1
    record = slice(here.record0, here.record0 + rows * (here.agent1 - here.agent0))
    ego_record = slice(here.ego_record0, here.ego_record0 + rows)
    hitches = slice(here.hitch_record0, here.hitch_record0 + rows * (pulled.stop - pulled.start))
    return [
        (t.live, agents),
        (t.bodies.order, bodies),
        (t.bodies.pose, bodies),
        (t.bodies.sorted_x, bodies),
        (t.bodies.hitch, pulled),
        (t.live_world, slice(row, row + 1)),
        (t.driven, slice(here.driven0, here.driven1)),
        (t.record, record),
        (t.ego_record, ego_record),
        (t.bodies.recorded_hitch, hitches),
    ]


def _shift_rows(t: Tables, row: int, arrays: Sequence[Array], sign: int) -> None:
    """Makes row numbers in copies of `_parts` relative to the world (sign -1) or absolute (sign 1)."""
    here = t.world[row]
    live, order, driven = arrays[LIVE], arrays[ORDER], arrays[DRIVEN]
    for name, first in (
        ("path", here.path0), ("path0", here.point0), ("path1", here.point0), ("segment", here.point0),
        ("want", here.path0), ("stop0", here.stop0), ("stop1", here.stop0),
        ("next_action", t.agents[here.agent0].script0),
    ):  # fmt: skip
        live[name] += sign * first
    order += sign * here.body0
    driven["agent"] += sign * here.agent0


def take(t: Tables, row: int, scenario_hash: str) -> Snapshot:
    """Copies the state of a world."""
    arrays = tuple(array[part].copy() for array, part in _parts(t, row))
    _shift_rows(t, row, arrays, -1)
    return Snapshot(scenario_hash=scenario_hash, arrays=arrays)


def restore(t: Tables, row: int, scenario_hash: str, snapshot: Snapshot) -> None:
    """Overwrites the state of a world.

    Raises:
        UsageError: the row holds another scenario.
    """
    parts = _parts(t, row)
    same = all(
        array[part].shape == kept.shape for (array, part), kept in zip(parts, snapshot.arrays, strict=True)
    )
    if scenario_hash != snapshot.scenario_hash or not same:
        raise UsageError(
            f"row {row}", "holds another scenario than the snapshot.", "Restore into its own row."
        )
    copies = [kept.copy() for kept in snapshot.arrays]
    _shift_rows(t, row, copies, 1)
    for (array, part), copy in zip(parts, copies, strict=True):
        array[part] = copy
