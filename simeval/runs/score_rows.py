"""A verdict as a row of `scores`, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from simeval.judge import Verdict

__all__ = ["score_row", "unscored_row", "verdict_from"]

PLAIN = (
    "outcome",
    "mode",
    "rule",
    "weakness",
    "cause_event",
    "cause_time_s",
    "cause_agent",
    "total",
    "reason",
)


def score_row(key: str, verdict: Verdict) -> dict[str, Any]:
    """A row of `scores`."""
    return {
        "key": key,
        **{name: getattr(verdict, name) for name in PLAIN},
        "subscores": [msgspec.to_builtins(s) for s in verdict.subscores],
        "also": list(verdict.also),
        "evidence": list(verdict.evidence),
        "chain": msgspec.json.encode(verdict.chain, order="deterministic").decode(),
    }


def unscored_row(key: str, reason: str) -> dict[str, Any]:
    """A row of `scores` for an episode that nobody can judge."""
    empty: dict[str, Any] = dict.fromkeys(PLAIN)
    return empty | {
        "key": key, "outcome": "unscored", "reason": reason,
        "subscores": [], "also": [], "evidence": [], "chain": "[]",
    }  # fmt: skip


def verdict_from(row: Mapping[str, Any]) -> Verdict:
    """The verdict of a row of `scores`."""
    plain = {name: value for name, value in row.items() if name != "key"}
    return msgspec.convert(plain | {"chain": msgspec.json.decode(row["chain"])}, Verdict)
