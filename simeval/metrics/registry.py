"""Where metrics, events and series are registered: one decorator each, with the facts a reader needs."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from jaxtyping import Float

from simeval.arrays import Array
from simeval.content_hash import digest_of_json
from simeval.metrics.records import ERROR, Event, Measurement, Reading, undefined

if TYPE_CHECKING:
    from simeval.metrics.episode import Episode

__all__ = [
    "EVENTS",
    "METRICS",
    "SERIES",
    "EventKind",
    "Metric",
    "contents",
    "event_source",
    "measured_metrics",
    "metric",
    "series",
    "version",
]

Better = Literal["higher", "lower", "none"]
Measure = Callable[["Episode"], Reading]
FindEvents = Callable[["Episode"], list[Event]]
ReadSeries = Callable[["Episode"], Float[Array, "t"]]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number an episode; `doc` is the first sentence of its docstring, its card says the rest.

    One that is `on_request` is measured only where somebody names it, as a profile does with its own.
    """

    name: str
    version: int  # raised whenever a value can change
    unit: str
    better: Better
    doc: str
    read: Measure
    on_request: bool = False

    def measure(self, episode: Episode) -> Measurement:
        """The measurement of one episode; a metric that raises gives an error row and nothing else."""
        try:
            reading = self.read(episode)
        except Exception as error:
            reading = undefined(f"{ERROR}{type(error).__name__}: {error}")
        if reading.value is not None and not math.isfinite(reading.value):
            reading = undefined(f"{ERROR}the metric gave {reading.value}, which is not a number to keep")
        return Measurement(
            metric=self.name, version=self.version, unit=self.unit, value=reading.value,
            valid=reading.value is not None, reason=reading.note, agent=reading.agent,
            step_of_extreme=reading.step,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """One sort of event. Where the metric `defined_by` is undefined, nobody knows whether it happened."""

    name: str
    version: int
    defined_by: str
    value: str  # what `Event.value` is, in words
    detail: tuple[str, ...]  # the keys of `Event.detail`
    doc: str
    find: FindEvents


METRICS: dict[str, Metric] = {}
EVENTS: dict[str, EventKind] = {}
SERIES: dict[str, ReadSeries] = {}


def metric(
    name: str, *, unit: str, better: Better, version: int = 1, on_request: bool = False
) -> Callable[[Measure], Measure]:
    """Registers `function(episode) -> Reading` as a metric. The unit is also the end of the name."""

    def add(function: Measure) -> Measure:
        entry = Metric(
            name=name, version=version, unit=unit, better=better, doc=_first_line(function), read=function,
            on_request=on_request,
        )  # fmt: skip
        _put(METRICS, name, entry, "metric")
        return function

    return add


def event_source(
    name: str, *, defined_by: str, value: str, detail: tuple[str, ...] = (), version: int = 1
) -> Callable[[FindEvents], FindEvents]:
    """Registers `function(episode) -> list[Event]` as the finder of one sort of event."""

    def add(function: FindEvents) -> FindEvents:
        entry = EventKind(
            name=name, version=version, defined_by=defined_by, value=value, detail=detail,
            doc=_first_line(function), find=function,
        )  # fmt: skip
        _put(EVENTS, name, entry, "event")
        return function

    return add


def series(name: str) -> Callable[[ReadSeries], ReadSeries]:
    """Registers `function(episode) -> [T]` as a series for plots; NaN where it is undefined."""

    def add(function: ReadSeries) -> ReadSeries:
        _put(SERIES, name, function, "series")
        return function

    return add


def measured_metrics(wanted: Collection[str] = ()) -> list[Metric]:
    """The metrics that are measured: all but those on request, and of these the wanted ones."""
    return [m for m in METRICS.values() if not m.on_request or m.name in wanted]


def contents(wanted: Collection[str] = (), companions: Mapping[str, str] | None = None) -> dict[str, object]:
    """What is measured: names and versions of metrics and events, series, and by role the policies whose
    drives metrics compare with."""
    found: dict[str, object] = {
        "metrics": {m.name: m.version for m in measured_metrics(wanted)},
        "events": {e.name: e.version for e in EVENTS.values()},
        "series": sorted(SERIES),
    }
    return found | ({"companions": dict(companions)} if companions else {})


def version(wanted: Collection[str] = (), companions: Mapping[str, str] | None = None) -> str:
    """Digest of what is measured, in 12 digits."""
    return digest_of_json(contents(wanted, companions))[:12]


def _put(table: dict[str, T], name: str, entry: T, kind: str) -> None:
    if name in table:
        raise ValueError(f"{kind} {name!r} is registered twice. Give one of them another name.")
    table[name] = entry


def _first_line(function: Callable[..., object]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]
