"""Tipping over: lateral acceleration against what lifts the inner wheels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import smallest
from simeval.metrics.kinematics import difference
from simeval.metrics.records import Reading
from simeval.metrics.registry import metric
from simeval.vehicles.choose import set_of
from simeval.vehicles.vehicle_sets import VehicleSet

__all__ = ["lateral_of", "min_rollover_margin", "rollover_threshold"]

GRAVITY = 9.81  # [m/s^2]
INSET = 0.25  # [m] the middle of the outer tyres is so far inside the body's width


def rollover_threshold(vehicle: VehicleSet) -> float:
    """Lateral acceleration that lifts the inner wheels of a rigid vehicle on a level road [m/s^2].

    g times half the track over the height of the centre of gravity; for a combination both are the means of
    its units by mass, as a fifth wheel passes roll on.
    """
    track = sum(u.mass * (0.5 * u.width - INSET) for u in vehicle.units)
    return GRAVITY * track / sum(u.mass * u.cog_height for u in vehicle.units)


def lateral_of(episode: Episode, vehicle: VehicleSet) -> Float[Array, "t"]:
    """Acceleration across the heading, mean of all bodies by mass times height of centre [m/s^2]."""
    own, tracks = episode.bodies.of(episode.ego), episode.bodies
    weights = np.array([u.mass * u.cog_height for u in vehicle.units])
    total = np.zeros(episode.num_steps)
    count = min(len(weights), own.stop - own.start)
    for k in range(count):
        pose = tracks.pose[:, own.start + k]
        rate = difference(tracks.velocity[:, own.start + k], episode.dt)
        total += weights[k] * (rate[:, 1] * pose[:, 2] - rate[:, 0] * pose[:, 3])
    return np.asarray(total / weights[:count].sum())


@metric("min_rollover_margin_mps2", unit="m/s^2", better="higher", on_request=True, version=2)
def min_rollover_margin(episode: Episode) -> Reading:
    """Least lateral acceleration that was left until the inner wheels of the ego lift."""
    agents = episode.trace.agents
    vehicle = set_of(agents.kind_of(episode.ego), agents.bodies, episode.ego)
    left = rollover_threshold(vehicle) - np.abs(lateral_of(episode, vehicle))
    reading = smallest(left, otherwise="the episode is too short for an acceleration")
    note = f"masses and heights are those of the set {vehicle.name!r}"
    return Reading(reading.value, step=reading.step, note=reading.note or note)
