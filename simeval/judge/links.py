"""How events follow one another."""

from __future__ import annotations

from simeval.metrics import Event

__all__ = ["until"]


def until(event: Event) -> float:
    """The time up to which an event held [s]; its own moment where it has no length."""
    said = event.detail.get("until_s")
    held = float(said) if isinstance(said, (int, float)) else event.time_s
    return max(held, event.time_s)
