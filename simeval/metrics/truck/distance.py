"""Braking late and long: stopping distance with air brakes, and the distance that rules ask for."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.following import NOBODY, SLOWEST
from simeval.metrics.leading import lead_of
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.truck.paths import total_length
from simeval.vehicles.choose import set_of

__all__ = ["min_following_margin", "min_stopping_margin", "required_headway", "stopping_distance"]

LEADER_BRAKES = 8.0  # [m/s^2] a car on a dry road
FOOT, MILE_PER_HOUR = 0.3048, 0.44704
FAST = 40.0 * MILE_PER_HOUR
ROUNDS = 30


@kernel
def stopping_distance(speed: float, braking: float, dead_time: float, build_up: float) -> float:
    """Way from full demand to standing [m]: dead time, then a first-order rise to the full deceleration.

    With T the time constant and b the full deceleration the speed after t is v - b (t - T (1 - exp(-t/T))).
    """
    if speed <= 0.0:
        return 0.0
    if build_up <= 0.0:
        return speed * dead_time + 0.5 * speed * speed / braking
    t = speed / braking + build_up  # beyond the solution, on the convex side: Newton comes down to it
    for _ in range(ROUNDS):
        decay = math.exp(-t / build_up)
        left = speed - braking * (t - build_up * (1.0 - decay))
        slope = -braking * (1.0 - decay)
        t -= left / slope
        if math.fabs(left) < 1e-12 * speed:
            break
    decay = math.exp(-t / build_up)
    lost = 0.5 * t * t - build_up * t + build_up * build_up * (1.0 - decay)
    return speed * (dead_time + t) - braking * lost


@kernel
def _margins(
    gap: Array, speed: Array, lead: Array, braking: float, dead_time: float, build_up: float, out: Array
) -> None:
    for t in range(len(gap)):
        v = max(lead[t], 0.0)
        own = stopping_distance(max(speed[t], 0.0), braking, dead_time, build_up)
        out[t] = min(gap[t], gap[t] + 0.5 * v * v / LEADER_BRAKES - own)


@metric("min_stopping_margin_m", unit="m", better="higher", on_request=True)
def min_stopping_margin(episode: Episode) -> Reading:
    """Least distance left if the road user ahead had braked hard and the ego at once."""
    lead, out = lead_of(episode), np.zeros(episode.num_steps)
    agents = episode.trace.agents
    limits = set_of(agents.kind_of(episode.ego), agents.bodies, episode.ego).limits
    brake = limits.brake
    _margins(
        lead.gap, episode.ego_motion.speed, lead.speed, limits.max_braking, brake.dead_time, brake.build_up,
        out,
    )  # fmt: skip
    return _least(episode, out)


def required_headway(speed: Float[Array, "t"], length: float) -> Float[Array, "t"]:
    """Headway that a vehicle of a length [m] is to keep at a speed [s]: 1 s for each 10 ft, 1 s more above
    40 mph."""
    return np.asarray(length / (10.0 * FOOT) + np.where(speed > FAST, 1.0, 0.0))


@metric("min_following_margin_s", unit="s", better="higher", on_request=True)
def min_following_margin(episode: Episode) -> Reading:
    """Least headway beyond that which length and speed ask for."""
    lead, speed = lead_of(episode), episode.ego_motion.speed
    kept = lead.gap / np.where(speed >= SLOWEST, speed, np.nan)
    return _least(episode, kept - required_headway(speed, total_length(episode)))


def _least(episode: Episode, values: Float[Array, "t"]) -> Reading:
    lead = lead_of(episode)
    if np.isnan(lead.gap).all():
        return undefined(NOBODY)
    if np.isnan(values).all():
        return undefined(f"the ego is slower than {SLOWEST:g} m/s behind it")
    step = int(np.nanargmin(values))
    return Reading(float(values[step]), step=step, agent=episode.name(int(lead.agent[step])))
