"""An estimate with its limits, or without them and the reason why."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONFIDENCE", "Interval"]

CONFIDENCE = 0.95  # of two-sided limits, wherever the caller says nothing else


@dataclass(frozen=True, kw_only=True)
class Interval:
    """`low` and `high` are two-sided limits at `confidence`; None with a `reason` where there are none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float = CONFIDENCE
    method: str = ""
    reason: str = ""

    @property
    def mirrored(self) -> Interval:
        """The interval of the same quantity with its sign changed."""
        value, low, high = (None if x is None else -x + 0.0 for x in (self.value, self.high, self.low))
        return Interval(
            value=value, low=low, high=high,
            confidence=self.confidence, method=self.method, reason=self.reason,
        )  # fmt: skip

    def hull(self, other: Interval) -> Interval:
        """The same estimate with the farther limit of both on either side."""
        low = min((x for x in (self.low, other.low) if x is not None), default=None)
        high = max((x for x in (self.high, other.high) if x is not None), default=None)
        method = "; ".join(m for m in (self.method, other.method) if m)
        return Interval(
            value=self.value, low=low, high=high, confidence=self.confidence, method=method,
            reason="" if low is not None else self.reason,
        )  # fmt: skip
