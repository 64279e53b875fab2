"""Following: headway, gap, and the deceleration that the road user ahead demands."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import step_of_largest
from simeval.metrics.leading import REACH, Lead, lead_of
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.safety.following import drac, headway, required_deceleration

__all__ = ["max_drac", "max_required_decel", "min_headway", "min_lead_gap"]

NOBODY = f"nobody is ahead on the ego's path within {REACH:g} m"
SLOWEST = 0.5  # [m/s] a slower ego has no headway in time
TOUCHING = 0.01  # [m] no braking helps any more; contacts are counted elsewhere


@kernel
def _each(gap: Array, speed: Array, lead: Array, rate: Array, out: Array) -> None:
    for t in range(len(gap)):
        out[t, 0], out[t, 1], out[t, 2] = np.nan, np.nan, np.nan
        if gap[t] >= 0.0 and speed[t] >= SLOWEST:
            out[t, 0] = headway(gap[t], speed[t])
        if gap[t] >= TOUCHING:
            v = max(speed[t], 0.0)
            out[t, 1] = drac(gap[t], v, lead[t])
            out[t, 2] = required_deceleration(gap[t], v, lead[t], max(0.0, -rate[t]))


@shared
def _demands(episode: Episode) -> Float[Array, "t 3"]:
    """Headway [s], DRAC and required deceleration [m/s^2] at each step."""
    lead, out = lead_of(episode), np.zeros((episode.num_steps, 3))
    _each(lead.gap, episode.ego_motion.speed, lead.speed, lead.acceleration, out)
    return out


def _extreme(episode: Episode, values: Float[Array, "t"], sign: float, otherwise: str) -> Reading:
    lead: Lead = lead_of(episode)
    if np.isnan(lead.gap).all():
        return undefined(NOBODY)
    step = step_of_largest(sign * values)
    if step is None:
        return undefined(otherwise)
    return Reading(float(values[step]), step=step, agent=episode.name(int(lead.agent[step])))


@metric("min_lead_gap_m", unit="m", better="higher", version=2)
def min_lead_gap(episode: Episode) -> Reading:
    """Smallest distance along the ego's path from its front to the road user ahead."""
    return _extreme(episode, lead_of(episode).gap, -1.0, NOBODY)


@metric("min_headway_s", unit="s", better="higher", version=2)
def min_headway(episode: Episode) -> Reading:
    """Smallest time until the ego's front is where the road user ahead is now."""
    return _extreme(
        episode, _demands(episode)[:, 0], -1.0, f"the ego is slower than {SLOWEST:g} m/s behind it"
    )


@metric("max_drac_mps2", unit="m/s^2", better="lower", version=2)
def max_drac(episode: Episode) -> Reading:
    """Largest deceleration needed to take on the speed of the road user ahead within the gap."""
    return _extreme(episode, _demands(episode)[:, 1], 1.0, "the ego touches the road user ahead throughout")


@metric("max_required_decel_mps2", unit="m/s^2", better="lower", version=2)
def max_required_decel(episode: Episode) -> Reading:
    """Largest deceleration needed not to hit the road user ahead, which goes on braking as it does."""
    return _extreme(episode, _demands(episode)[:, 2], 1.0, "the ego touches the road user ahead throughout")
