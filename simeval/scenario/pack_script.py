"""Scripts in packs: a row an action, and rows of their own for what a trigger needs beyond one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simeval.scenario.script import FURTHER, NUM_ACTION, Action, Do, Trigger

__all__ = ["script_of", "script_row"]

COLUMNS = ("agent", "trigger", "when", "action", "first", "second")
MORE = 0  # trigger and action of a row that holds further numbers of the one before


def script_row(script: Sequence[Do]) -> dict[str, Any]:
    """The columns of a script."""
    rows = [row for do in script for row in _rows(do)]
    return {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}


def _rows(do: Do) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = [(do.agent, do.trigger, do.when, do.action, *do.values[:NUM_ACTION])]
    further = do.further
    for k in range(0, len(further), 3):
        a, b, c = (*further[k : k + 3], 0.0, 0.0)[:3]
        rows.append((do.agent, MORE, a, MORE, b, c))
    return rows


def script_of(row: dict[str, Any]) -> tuple[Do, ...]:
    """The script of a row.

    Raises:
        ValueError: an unknown action or trigger, or numbers that are missing.
    """
    rows = list(zip(*(row[name].tolist() for name in COLUMNS), strict=True))
    found: list[Do] = []
    while rows:
        agent, trigger, when, action, *values = rows.pop(0)
        wanted = FURTHER.get(Trigger(trigger), 0)
        further: list[float] = []
        while len(further) < wanted:
            if not rows or rows[0][1] != MORE:
                raise ValueError(f"a trigger of agent {agent} lacks numbers")
            _, _, a, _, b, c = rows.pop(0)
            further += [a, b, c]
        numbers = (*values, *further[:wanted])
        found.append(
            Do(agent=agent, trigger=Trigger(trigger), when=when, action=Action(action), values=numbers)
        )
    return tuple(found)
