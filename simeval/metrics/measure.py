"""Measures one episode: every metric, every event, every series."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.records import ERROR, Event, Measured, Measurement
from simeval.metrics.registry import EVENTS, SERIES, ReadSeries, measured_metrics
from simeval.scenario import Scenario, Trace

__all__ = ["measure_episode"]


def measure_episode(
    scenario: Scenario, trace: Trace, *, wanted: Collection[str] = (),
    companions: Mapping[str, Trace] | None = None,
) -> Measured:  # fmt: skip
    """All measurements, events and series of one episode; of metrics on request only the `wanted` ones.

    `companions` are other drives of the same scenario that some metrics compare with, by role.
    A metric that raises gives an error row of that metric; an event finder that raises turns the metric
    that its event is defined by into an error row. Nothing here ends a run.
    """
    episode = Episode(scenario=scenario, trace=trace, companions=companions or {})
    rows = {entry.name: entry.measure(episode) for entry in measured_metrics(wanted)}
    events: list[Event] = []
    for kind in EVENTS.values():
        try:
            events += kind.find(episode)
        except Exception as error:
            rows[kind.defined_by] = _failed(rows[kind.defined_by], kind.name, error)
    events.sort(key=lambda e: (e.step, e.event, e.agent or ""))
    series = {name: _read(function, episode) for name, function in SERIES.items()}
    return Measured(measurements=list(rows.values()), events=events, series=series)


def _failed(row: Measurement, event: str, error: Exception) -> Measurement:
    reason = f"{ERROR}event {event!r}: {type(error).__name__}: {error}"
    return msgspec.structs.replace(
        row, value=None, valid=False, reason=reason, agent=None, step_of_extreme=None
    )


def _read(function: ReadSeries, episode: Episode) -> Float[Array, "t"]:
    try:
        return np.asarray(function(episode), dtype=np.float64)
    except Exception:  # the metrics that rest on the same numbers say what failed
        return np.full(episode.num_steps, np.nan)
