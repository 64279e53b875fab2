"""Two plans of an episode that NAVSIM compares: half a second apart, each simulated for four seconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.navsim.simulation import STEP, STEPS, Column, ego_of_states, simulate
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.inputs import drive_of
from simeval.vehicles.plans import pose_at, unwrap_headings

__all__ = ["APART", "simulated_plan", "two_frames"]

APART = 5  # steps between the frames


def two_frames(episode: Episode) -> tuple[NuplanEgo, NuplanEgo] | str:
    """The first two plans half a second apart over the 3.5 s that both cover; else why there are none."""
    plans = episode.trace.plans
    if plans is None:
        return "who drives the ego gives no trajectories"
    steps = plans.step.tolist()
    if (plans.poses.shape[1] - 1) * plans.spacing < STEP * STEPS - 1e-6:
        return "the ego's trajectories are shorter than four seconds"
    later = next((s for s in steps if s - APART in steps), None)
    if later is None:
        return "the ego does not plan again half a second after a plan"
    before, after = (simulated_plan(episode, steps.index(s)) for s in (later - APART, later))
    return _part(before, slice(APART, None)), _part(after, slice(None, STEPS + 1 - APART))


def simulated_plan(episode: Episode, number: int) -> NuplanEgo:
    """What one plan of the episode leads to in four seconds, from the state in which it was made."""
    plans, shape = episode.trace.plans, drive_of(episode).ego
    assert plans is not None
    poses = np.array(plans.poses[number], dtype=np.float64)
    unwrap_headings(poses)
    at = np.array([pose_at(poses, plans.spacing, STEP * k) for k in range(STEPS + 1)])
    step, trace = int(plans.step[number]), episode.trace
    now = np.zeros(len(Column))
    now[:2], now[Column.HEADING] = shape.rear_xy[step], shape.heading[step]
    now[Column.SPEED], now[Column.ACROSS] = shape.velocity[step]
    now[Column.ACCELERATION], now[Column.STEERING] = trace.acceleration[step], trace.steering[step]
    now[Column.YAW_RATE] = shape.yaw_rate[step]
    wheelbase = float(trace.agents.bodies.wheelbase[episode.bodies.of(episode.ego).start])
    size = {"length": shape.length, "width": shape.width, "rear_to_centre": shape.rear_to_centre}
    return ego_of_states(simulate(at, now, wheelbase), **size)


def _part(ego: NuplanEgo, rows: slice) -> NuplanEgo:
    arrays = ("time", "rear_xy", "heading", "velocity", "acceleration", "yaw_rate", "yaw_acceleration")
    return replace(ego, **{name: getattr(ego, name)[rows] for name in arrays})
