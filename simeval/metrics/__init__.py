"""Metrics: what is measured on a trace. One file for each subject, one signature for all.

A metric is a function `(episode) -> Reading` with `@metric(name, unit=..., better=...)`. Packages add theirs
through the entry point group `simeval.metrics`; each entry names a module that registers on import.
"""

from __future__ import annotations

from importlib import metadata

from simeval.errors import UsageError
from simeval.metrics import (
    against_lane,
    braking,
    carla,
    comfort,
    commonroad_costs,
    contact,
    crawling,
    crosswalk_conflict,
    cut_in,
    duration,
    encroachment,
    following,
    gap,
    getting_there,
    impact,
    infeasible,
    jerky_start,
    lane_change,
    lane_lines,
    near_miss,
    off_road,
    off_route,
    plan_following,
    policy_answers,
    priority,
    progress,
    realism,
    red_light,
    reversing,
    route_keeping,
    speed,
    speed_severity,
    stall,
    steering_waves,
    stop_lines,
    time_to_collision,
    urgency,
    waiting,
)
from simeval.metrics.episode import Episode
from simeval.metrics.measure import measure_episode
from simeval.metrics.navsim import readings as navsim_readings
from simeval.metrics.nuplan import readings as nuplan_readings
from simeval.metrics.records import Event, Measured, Measurement, Reading, undefined
from simeval.metrics.registry import EVENTS, METRICS, SERIES, EventKind, Metric, event_source, metric, series
from simeval.metrics.registry import version as version_of_metrics
from simeval.metrics.truck import coupling, distance, rollover, space, swept
from simeval.metrics.waymax import readings as waymax

__all__ = [
    "EVENTS",
    "METRICS",
    "METRICS_VERSION",
    "SERIES",
    "Episode",
    "Event",
    "EventKind",
    "Measured",
    "Measurement",
    "Metric",
    "Reading",
    "event_source",
    "measure_episode",
    "metric",
    "series",
    "undefined",
    "version_of_metrics",
]

BUILT_IN = (
    against_lane, braking, carla, comfort, commonroad_costs, contact, crawling, crosswalk_conflict,
    cut_in, duration, encroachment, following, gap, getting_there, impact, infeasible, jerky_start,
    lane_change, lane_lines, near_miss, off_road, off_route, plan_following, policy_answers, priority,
    progress, realism, red_light, reversing, route_keeping, speed, speed_severity, stall, steering_waves,
    stop_lines, time_to_collision, urgency, waiting, navsim_readings, nuplan_readings, waymax, coupling,
    distance, rollover, space, swept,
)  # fmt: skip


def _load_plugins() -> None:
    for entry in metadata.entry_points(group="simeval.metrics"):
        try:
            entry.load()
        except Exception as error:
            owner = entry.dist.name if entry.dist is not None else "unknown distribution"
            raise UsageError(
                f"metrics plugin {entry.name!r} of {owner}", f"{type(error).__name__}: {error}.",
                "Mend or uninstall that distribution.",
            ) from error  # fmt: skip


_load_plugins()
METRICS_VERSION: str = version_of_metrics()
