"""How hard a follower must brake for the one ahead on its path."""

from __future__ import annotations

import math

from simeval.kernel import kernel

__all__ = ["drac", "required_deceleration"]


@kernel
def drac(gap: float, speed: float, lead_speed: float) -> float:
    """Deceleration rate to avoid the crash [m/s^2]: to the leader's speed within the gap; 0 if not closing.

    Source: Almqvist, Hyden & Risser 1991; Archer 2005: (v - u)^2 / (2 gap). The leader keeps its speed.
    """
    closing = speed - lead_speed
    return closing * closing / (2.0 * gap) if closing > 0.0 else 0.0


@kernel
def required_deceleration(gap: float, speed: float, lead_speed: float, lead_braking: float) -> float:
    """Least constant deceleration that keeps a follower off a leader that brakes to a stop [m/s^2].

    `lead_braking` >= 0 goes on until the leader stands; one that rolls back keeps its speed. The gap is
    least either when both are equally fast, while the leader still rolls, or when both stand. Source:
    Brannstrom, Sjoberg & Coelingh, IEEE IV 2008, and any textbook on stopping sight distances.
    """
    if lead_braking <= 0.0 or lead_speed <= 0.0:
        return drac(gap, speed, lead_speed)
    u, closing = lead_speed, speed - lead_speed
    if closing > 0.0:
        rolling = lead_braking + closing * closing / (2.0 * gap)
        if closing / (rolling - lead_braking) <= u / lead_braking:
            return rolling
    return speed * speed / (2.0 * (gap + u * u / (2.0 * lead_braking)))


@kernel
def headway(gap: float, speed: float) -> float:
    """Time until the follower's front is where the leader's rear is now [s]; inf for a standing follower."""
    return gap / speed if speed > 0.0 else math.inf
