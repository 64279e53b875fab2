"""How steady a policy's plans are, and whether the ego drives them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared

__all__ = ["plan_jitter", "plan_tracking_error"]

AHEAD = 2.0  # [s] of a plan that are looked at
NO_PLANS = "who drives the ego gives no trajectories"


@shared
def _places(episode: Episode) -> Float[Array, "p k 2"] | None:
    """Where each plan has the rear axle at each step of the next 2 s; NaN beyond its end. None: no plans."""
    plans = episode.trace.plans
    if plans is None or not len(plans.step):
        return None
    count = round(AHEAD / episode.dt) + 1
    times = np.arange(count) * episode.dt
    known = np.arange(plans.poses.shape[1]) * plans.spacing
    out = np.full((len(plans.step), count, 2), np.nan)
    inside = times <= known[-1] + 1e-9
    for k in range(len(plans.step)):
        for axis in range(2):
            out[k, inside, axis] = np.interp(times[inside], known, plans.poses[k, :, axis])
    return out


@metric("max_plan_jitter_m", unit="m", better="lower")
def plan_jitter(episode: Episode) -> Reading:
    """Largest root mean square distance between a plan and the one before, over the time both cover."""
    places, plans = _places(episode), episode.trace.plans
    if places is None or plans is None:
        return undefined(NO_PLANS)
    apart = np.full(episode.num_steps, np.nan)
    for k in range(1, len(places)):
        shift = int(plans.step[k] - plans.step[k - 1])
        if 0 < shift < places.shape[1]:
            away = places[k, : places.shape[1] - shift] - places[k - 1, shift:]
            square = (away**2).sum(axis=1)
            if not np.isnan(square).all():
                apart[plans.step[k]] = np.sqrt(np.nanmean(square))
    return largest(apart, otherwise="no two plans cover the same time")


@metric("max_plan_tracking_error_m", unit="m", better="lower")
def plan_tracking_error(episode: Episode) -> Reading:
    """Largest distance between where the plan in force has the ego and where it is."""
    places, plans = _places(episode), episode.trace.plans
    if places is None or plans is None:
        return undefined(NO_PLANS)
    axle = float(episode.trace.agents.bodies.axle[episode.bodies.of(episode.ego).start])
    rear = episode.ego_xy + axle * np.column_stack([np.cos(episode.ego_heading), np.sin(episode.ego_heading)])
    away = np.full(episode.num_steps, np.nan)
    until = np.append(plans.step[1:], episode.num_steps)
    for k, (first, last) in enumerate(zip(plans.step.tolist(), until.tolist(), strict=True)):
        rows = np.arange(first, min(last + 1, first + places.shape[1], episode.num_steps))
        away[rows] = np.fmax(away[rows], np.hypot(*(places[k, rows - first] - rear[rows]).T))
    return largest(away, otherwise="the plans have no points")
