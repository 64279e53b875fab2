"""CommonRoad's cost functions of a drive: sums of integrals, lower is better.

Source: the cost functions of CommonRoad (commonroad.in.tum.de) with the partial costs of
CommonRoad/commonroad-drivability-checker 22b2973. Integrals are Simpson's. There are no goal speeds in our
scenarios: the part V is 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import wrap_angle
from simeval.metrics.episode import Episode
from simeval.metrics.lanes import lane_lines
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared

__all__ = ["COSTS", "partial_costs", "simpson"]

COSTS: dict[str, dict[str, float]] = {
    "jb1": {"T": 1.0},
    "sa1": {"SA": 0.1, "SR": 0.1, "D": 1e5},
    "wx1": {"T": 10.0, "A": 0.1, "J": 0.1, "D": 0.1, "LC": 10.0},
    "sm1": {"A": 50.0, "SA": 50.0, "SR": 50.0, "LC": 1.0, "O": 50.0},
    "sm2": {"A": 50.0, "SA": 50.0, "SR": 50.0, "LC": 1.0, "O": 50.0},
    "sm3": {"A": 50.0, "SA": 50.0, "SR": 50.0, "O": 50.0},
    "mw1": {"JLAT": 5.0, "JLONG": 0.5, "ID": 1.0},
}
"""Weights of the parts; V, which is 0 here, is left out."""
LEAST_INVERSE = 0.1  # [s] `min(T, 0.1)` as coded there, where a maximum was probably meant


def simpson(values: Float[Array, "t"], dt: float) -> float:
    """Simpson's rule with steps of dt; of an odd number of intervals the last by the parabola through the
    last three points."""
    n = len(values) - 1
    if n < 1:
        return 0.0
    if n == 1:
        return float(0.5 * dt * (values[0] + values[1]))
    even = n - n % 2
    total = values[0] + values[even] + 4.0 * values[1:even:2].sum() + 2.0 * values[2:even:2].sum()
    result = dt / 3.0 * total
    if n % 2:
        result += dt * (5.0 * values[-1] + 8.0 * values[-2] - values[-3]) / 12.0
    return float(result)


@shared
def partial_costs(episode: Episode) -> Mapping[str, float]:
    """The integrals by name: T, A, J, JLAT, JLONG, SA, SR, D, LC, O, ID; those without a lane or without
    anybody else are 0."""
    dt, speed = episode.dt, np.asarray(episode.ego_motion.speed)
    rate = np.diff(speed) / dt
    steering = np.asarray(episode.trace.steering, dtype=np.float64)
    across, along = episode.ego_motion.across, episode.ego_motion.along
    duration = episode.trace.duration
    offset, turned = _lane_errors(episode)
    gap = episode.neighbours.gap
    near = np.where(np.isnan(gap), 0.0, np.exp(-0.1 * np.nan_to_num(gap)))
    return {
        "T": duration, "A": simpson(rate**2, dt), "J": simpson((np.diff(rate) / dt) ** 2, dt),
        "JLAT": simpson(np.gradient(across, dt) ** 2, dt), "JLONG": simpson(np.gradient(along, dt) ** 2, dt),
        "SA": simpson(steering**2, dt), "SR": simpson(np.gradient(steering, dt) ** 2, dt),
        "D": simpson(near, dt), "LC": simpson(offset**2, dt), "O": simpson(turned**2, dt),
        "ID": 1.0 / min(duration, LEAST_INVERSE),
    }  # fmt: skip


def _lane_errors(episode: Episode) -> tuple[Float[Array, "t"], Float[Array, "t"]]:
    """Offset from the centre of the lane [m] and heading off it [rad]; 0 in no lane."""
    lanes = episode.scenario.map.lanes
    offset, turned = np.zeros(episode.num_steps), np.zeros(episode.num_steps)
    for lane in np.unique(episode.lane[episode.lane >= 0]).tolist():
        at, line = episode.lane == lane, np.asarray(lanes.centre[lane], dtype=np.float64)
        s, offset[at] = lane_lines(episode.scenario.map).line("centre", lane).project(episode.ego_xy[at])
        ends = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        k = np.clip(np.searchsorted(ends, s, side="right") - 1, 0, len(line) - 2)
        step = line[k + 1] - line[k]
        off = episode.ego_heading[at] - np.arctan2(step[:, 1], step[:, 0])
        turned[at] = [wrap_angle(a) for a in off.tolist()]
    return offset, turned


def _cost(episode: Episode, name: str) -> Reading:
    if episode.num_steps < 4:
        return undefined("fewer than 4 steps")
    parts = partial_costs(episode)
    return Reading(float(sum(weight * parts[part] for part, weight in COSTS[name].items())))


@metric("commonroad_jb1_cost", unit="1", better="lower", on_request=True)
def _jb1(episode: Episode) -> Reading:
    """CommonRoad's cost function JB1: the duration."""
    return _cost(episode, "jb1")


@metric("commonroad_sa1_cost", unit="1", better="lower", on_request=True)
def _sa1(episode: Episode) -> Reading:
    """CommonRoad's cost function SA1: steering and nearness."""
    return _cost(episode, "sa1")


@metric("commonroad_wx1_cost", unit="1", better="lower", on_request=True)
def _wx1(episode: Episode) -> Reading:
    """CommonRoad's cost function WX1: duration, acceleration, jerk, nearness, lane centre."""
    return _cost(episode, "wx1")


@metric("commonroad_sm1_cost", unit="1", better="lower", on_request=True)
def _sm1(episode: Episode) -> Reading:
    """CommonRoad's cost function SM1: acceleration, steering, lane centre, orientation."""
    return _cost(episode, "sm1")


@metric("commonroad_mw1_cost", unit="1", better="lower", on_request=True)
def _mw1(episode: Episode) -> Reading:
    """CommonRoad's cost function MW1: jerk and the inverse of the duration, as coded."""
    return _cost(episode, "mw1")
