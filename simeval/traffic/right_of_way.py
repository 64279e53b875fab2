"""Who goes first where two paths cross: times at a conflict area, accepted gaps, rank.

Everything is a function of distances and speeds along the two paths; finding the conflict areas is the
caller's work.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel

__all__ = [
    "CRITICAL_GAPS",
    "Claim",
    "CriticalGaps",
    "YieldParameters",
    "accepts_gap",
    "comes_from_right",
    "goes_first",
    "may_enter",
    "stops_before",
]

STANDING = 0.1  # [m/s] slower is standing


class CriticalGaps(NamedTuple):
    """Gap in the major stream that a driver accepts [s], by movement.

    Source: Highway Capacity Manual 2000, exhibit 17-5 (passenger cars, two-lane major street).
    """

    left_from_major: float = 4.1
    right_from_minor: float = 6.2
    through_from_minor: float = 6.5
    left_from_minor: float = 7.1


CRITICAL_GAPS = CriticalGaps()


class YieldParameters(NamedTuple):
    """A driver who has to give way."""

    before: float = 1.0  # time between one who clears the area first and me [s]
    after: float = 1.5  # time between my clearing it and one who comes after [s]
    patience: float = 60.0  # waiting time over which the accepted gap shrinks [s]
    least_share: float = 0.6  # of the critical gap, accepted in the end
    comfortable_braking: float = 3.0  # [m/s^2]


class Claim(NamedTuple):
    """What one who comes to a crossing has to show."""

    rank: int  # of the road: major above minor above driveway, any numbers
    heading: float  # at the conflict area [rad]
    arrived: float  # when one came to stand at the line [s]; inf: not yet
    number: int  # of the agent, to decide what is still undecided


@kernel
def may_enter(
    enters: float, leaves: float, other_enters: float, other_leaves: float, p: YieldParameters
) -> bool:
    """Whether the area is free for me: the other one has left it before, or comes after I have.

    The four are times from now [s], from `passage`; one who stands inside (enters now, never leaves)
    blocks it.
    """
    if other_enters == math.inf:
        return True
    return other_leaves + p.before <= enters or leaves + p.after <= other_enters


@kernel
def accepts_gap(arrival: float, critical_gap: float, waited: float, p: YieldParameters) -> bool:
    """Whether a waiting driver uses a gap of the major stream that ends in `arrival` seconds.

    The critical gap shrinks linearly with the time waited down to a share of itself, an assumption of ours.
    """
    worn = min(max(waited / p.patience, 0.0), 1.0)
    return arrival >= critical_gap * (1.0 - worn * (1.0 - p.least_share))


@kernel
def comes_from_right(heading: float, other_heading: float) -> bool:
    """Whether the other one approaches from the right hand: his way leads across mine to the left.

    Both headings are those at the conflict area [rad]; within 30 degrees of parallel it is neither side.
    """
    turn = wrap_angle(other_heading - heading)
    return math.pi / 6.0 < turn < 5.0 * math.pi / 6.0


@kernel
def goes_first(me: Claim, other: Claim, now: float, patience: float) -> bool:
    """Whether I go before another one: higher rank, else who stopped first, else who comes from the right.

    Of two exactly one goes first. Four who stop at the same instant all have somebody on the right: after
    `patience` seconds of that the number decides.
    """
    if me.rank != other.rank:
        return me.rank > other.rank
    if me.arrived != other.arrived:
        return me.arrived < other.arrived
    if not now - me.arrived >= patience:
        if comes_from_right(me.heading, other.heading):
            return False
        if comes_from_right(other.heading, me.heading):
            return True
    return me.number < other.number


@kernel
def stops_before(distance: float, speed: float, p: YieldParameters) -> bool:
    """Whether one can still stop comfortably within a distance [m]; who cannot drives on."""
    return speed < STANDING or (distance > 0.0 and speed * speed <= 2.0 * p.comfortable_braking * distance)
