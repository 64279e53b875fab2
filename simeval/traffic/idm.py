"""The Intelligent Driver Model."""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import inlined_kernel, kernel

__all__ = ["IdmParameters", "follow", "idm_acceleration", "lookahead"]


class IdmParameters(NamedTuple):
    """Parameters of a driver; values for city and highway cars after Treiber & Kesting (2013), table 11.2,
    with a livelier acceleration."""

    max_acceleration: float = 1.5  # a [m/s^2]
    comfortable_braking: float = 2.0  # b [m/s^2]
    headway: float = 1.5  # T [s]
    min_gap: float = 2.0  # s0 [m]
    max_braking: float = 8.0  # what the tyres give [m/s^2]


@inlined_kernel
def idm_acceleration(
    speed: float, gap: float, closing_speed: float, desired_speed: float, p: IdmParameters
) -> float:
    """Acceleration of a following driver [m/s^2].

    `gap` is bumper to bumper [m] and > 0, infinite without a leader; `closing_speed` is positive when the
    gap shrinks [m/s]. Source: Treiber, Hennecke & Helbing, Phys. Rev. E 62, 1805 (2000), with exponent 4;
    the bracket of the desired gap is floored at 0 as in Treiber & Kesting, Traffic Flow Dynamics (2013),
    ch. 11.
    """
    ratio = speed / desired_speed
    ratio *= ratio
    wanted = speed * p.headway + speed * closing_speed / (
        2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking)
    )
    desired_gap = p.min_gap + max(0.0, wanted)
    near = desired_gap / gap
    return p.max_acceleration * (1.0 - ratio * ratio - near * near)


@kernel
def follow(speed: float, gap: float, closing_speed: float, desired_speed: float, p: IdmParameters) -> float:
    """The model's acceleration within what a vehicle can do [m/s^2].

    A driver above the desired speed (a curve ahead) slows down towards it within half a second's error,
    because the model's own free term brakes too softly there.
    """
    wanted = idm_acceleration(speed, max(gap, 0.01), closing_speed, max(desired_speed, 0.1), p)
    if speed > desired_speed:
        calm = max(-1.5 * p.comfortable_braking, (desired_speed - speed) / 0.5)
        free = idm_acceleration(speed, max(gap, 0.01), closing_speed, max(speed, 0.1), p)
        wanted = min(calm, free)
    return min(max(wanted, -p.max_braking), p.max_acceleration)


@inlined_kernel
def lookahead(speed: float, p: IdmParameters) -> float:
    """How far ahead a leader can matter [m]: a fifth more than the desired gap to a standing one."""
    braking = speed * speed / (2.0 * math.sqrt(p.max_acceleration * p.comfortable_braking))
    return max(15.0, 1.2 * (p.min_gap + speed * p.headway + braking))
