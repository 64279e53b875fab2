"""Red lights."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.records import Event, Reading, undefined
from simeval.metrics.registry import event_source, metric
from simeval.scenario import SignalState

__all__ = ["red_light_crossings", "red_light_events"]

STAND_S = 4.0  # [s] who stands so soon after the stop line has overrun it, and not driven on
STANDING = 0.1  # [m/s]


@metric("red_light_crossings", unit="1", better="lower")
def red_light_crossings(episode: Episode) -> Reading:
    """How often the front of the ego passes the stop point of a red signal."""
    scenario = episode.scenario
    if not len(scenario.signals) and "signals" in (*scenario.missing, *scenario.map.missing):
        return undefined("the source does not say where signals are")
    red = [c.step for c in episode.crossings if c.state is SignalState.RED]
    if not red and any(c.state is SignalState.UNKNOWN for c in episode.crossings):
        return undefined("a signal was passed whose state is not known")
    return Reading(float(len(red)), step=red[0] if red else None)


@event_source(
    "red_light",
    defined_by="red_light_crossings",
    value="at",
    detail=("lane", "held", "stands_after_m"),
    version=2,
)
def red_light_events(episode: Episode) -> list[Event]:
    """The front of the ego passes the stop point of a red signal; the value is its speed."""
    signals, lanes = episode.scenario.signals, episode.scenario.map.lanes.ids
    found = []
    for crossing in episode.crossings:
        if crossing.state is SignalState.RED:
            lane = int(signals.lane[crossing.signal])
            held = episode.trace.first_step + crossing.step > int(signals.last_known[crossing.signal])
            found.append(
                event_at(
                    episode, "red_light", crossing.step, unit="m/s",
                    value=float(episode.ego_motion.speed[crossing.step]),
                    detail={
                        "lane": lanes[lane] if lane >= 0 else None,
                        "held": held,
                        "stands_after_m": _stands_after(episode, crossing.step),
                    },
                )
            )  # fmt: skip
    return found


def _stands_after(episode: Episode, step: int) -> float | None:
    """How far behind the stop point the ego comes to a stand [m]; None if it drives on for 4 s."""
    speed = episode.ego_motion.speed[step : step + round(STAND_S / episode.dt) + 1]
    stands = np.flatnonzero(np.abs(speed) <= STANDING)
    if not len(stands):
        return None
    return float(np.hypot(*(episode.ego_xy[step + int(stands[0])] - episode.ego_xy[step])))
