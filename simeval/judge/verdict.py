"""What a profile says about an episode."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["Outcome", "SubScore", "Verdict"]

Outcome = Literal["pass", "fail", "policy_fault", "unscored"]


class SubScore(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the total; `score` is None where the metric does not apply and the part is left out."""

    metric: str
    raw: float | None
    score: float | None
    weight: float | None  # of a weighted part; None for a multiplier
    kind: Literal["weighted", "multiplier"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome, primary failure mode with its first cause, and the scores.

    `mode` is the taxonomy's failure mode (`unclassified` where it has none that holds), `rule` the profile's
    rule that it explains, `weakness` what the driver lacks. `chain` holds the events that led to the failure
    in time order; `evidence` the numbers that each fired rule compared, in words; `also` the other failures
    and notes; `reason` says why there is no score.
    """

    outcome: Outcome
    mode: str | None = None
    rule: str | None = None
    weakness: str | None = None
    cause_event: str | None = None
    cause_time_s: float | None = None
    cause_agent: str | None = None
    total: float | None = None
    subscores: list[SubScore] = []
    also: list[str] = []
    evidence: list[str] = []
    chain: list[dict[str, Any]] = []
    reason: str | None = None
