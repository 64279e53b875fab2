"""Finds an episode by what a person types: the beginning of its key, or its scenario."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from simeval.errors import UsageError

__all__ = ["find_key"]

SHOWN = 5


def find_key(text: str, rows: Sequence[Mapping[str, Any]], policy: str | None = None) -> str:
    """The one key that begins with `text`, or the one episode of the scenario `text` (under `policy`).

    Raises:
        UsageError: when none or several fit; the message names the nearest or all.
    """
    rows = [r for r in rows if policy is None or r["policy"] == policy]
    fitting = [r for r in rows if text and (r["key"].startswith(text) or r["scenario_id"] == text)]
    if len(fitting) == 1:
        return str(fitting[0]["key"])
    if fitting:
        listed = ", ".join(_name(row) for row in fitting[:SHOWN])
        more = f" and {len(fitting) - SHOWN} more" if len(fitting) > SHOWN else ""
        raise UsageError(
            text, f"{len(fitting)} episodes fit: {listed}{more}.", "Give more of the key, or --policy."
        )
    known = {r["key"][: max(len(text), 8)]: r for r in rows} | {r["scenario_id"]: r for r in rows}
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.4)
    hint = f"Did you mean {_name(known[near[0]])}? " if near else ""
    raise UsageError(
        text or "key", "no episode of this run fits.", f"{hint}The report and `simeval run` show keys."
    )


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['key'][:16]} ({row['scenario_id']} · {row['policy']} · s{row['seed']})"
