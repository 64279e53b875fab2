"""What measuring gives: values with their validity, events with their numbers, series over time."""

from __future__ import annotations

from functools import cached_property

import msgspec
from jaxtyping import Float

from simeval.arrays import Array

__all__ = ["ERROR", "Event", "Measured", "Measurement", "Reading", "undefined"]

ERROR = "error: "  # how the reason of a metric that raised begins


class Reading(msgspec.Struct, frozen=True):
    """What a metric's function returns: a value, or none and the reason why.

    `step` is the recorded step of the extreme, `agent` the id of the other road user it concerns;
    `note` says how far a defined value can be trusted ("road inferred from lanes").
    """

    value: float | None
    step: int | None = None
    agent: str | None = None
    note: str | None = None


def undefined(reason: str) -> Reading:
    """A reading without a value: the metric does not apply to this episode, for this reason."""
    return Reading(None, note=reason)


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one episode. `value` is None exactly where `valid` is False; then `reason` says why.

    With a valid value `reason` may hold a caution, such as a road that was inferred.
    """

    metric: str
    version: int
    value: float | None
    valid: bool
    reason: str | None
    unit: str
    agent: str | None = None
    step_of_extreme: int | None = None

    @property
    def is_error(self) -> bool:
        """The metric's own code failed; that is not the same as "does not apply"."""
        return not self.valid and (self.reason or "").startswith(ERROR)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, from `step` on: what, when, where, who, and the numbers that show it."""

    event: str  # "contact", "off_road", ...; `EVENTS` has them all
    kind: str  # which sort of it; the type of a contact
    step: int  # recorded step of the trace at which it starts
    time_s: float  # since the first recorded step
    x_m: float
    y_m: float
    agent: str | None  # the other road user; None: the ego alone
    body: int | None  # which body of that road user, 0 the first
    value: float | None  # the number that made it an event ...
    limit: float | None  # ... and the one it was compared with
    unit: str
    detail: dict[str, str | float | bool | None]


class Measured(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything measured on one episode.

    A series has one value a recorded step and NaN where it is undefined (files hold null).
    """

    measurements: list[Measurement]
    events: list[Event]
    series: dict[str, Float[Array, "t"]]

    def value(self, metric: str) -> float | None:
        """Value of one metric; None where it is undefined or was not measured."""
        found = self.measurement(metric)
        return found.value if found is not None else None

    def measurement(self, metric: str) -> Measurement | None:
        """The row of one metric, if it was measured."""
        return self._by_metric.get(metric)

    def events_of(self, event: str) -> list[Event]:
        """All events of one name, in time order."""
        return list(self._by_event.get(event, ()))

    @cached_property
    def _by_metric(self) -> dict[str, Measurement]:
        return {m.metric: m for m in reversed(self.measurements)}

    @cached_property
    def _by_event(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for e in self.events:
            found.setdefault(e.event, []).append(e)
        return found
