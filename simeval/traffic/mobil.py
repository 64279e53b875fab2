"""When to change lanes: MOBIL over our own car following.

Source: Kesting, Treiber & Helbing, "General lane-changing model MOBIL for car-following models",
Transportation Research Record 1999 (2007) 86-94, equations 2 to 7.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel
from simeval.traffic.idm import IdmParameters, follow

__all__ = ["Lane", "MobilParameters", "incentive", "is_safe", "lane_accelerations", "wants_change"]


class MobilParameters(NamedTuple):
    """Table 1 of the source, with our own hysteresis; `right_bias` > 0 makes the right lane preferred."""

    politeness: float = 0.3  # weight of what others lose or gain
    threshold: float = 0.1  # [m/s^2]
    safe_braking: float = 4.0  # the most that a change may ask of anybody [m/s^2]
    right_bias: float = 0.0  # [m/s^2]; 0.3 in the source's asymmetric form
    keep_right: bool = False  # European rule: nobody overtakes on the right, above `congested`
    congested: float = 16.7  # [m/s] slower traffic may be passed on either side
    hysteresis: float = 0.5  # added to the threshold right after a change [m/s^2]
    pause: float = 6.0  # over which that fades to nothing [s]


class Lane(NamedTuple):
    """Whom one would have ahead and behind in a lane; a gap is inf where nobody is, negative alongside."""

    lead_gap: float  # bumper to bumper [m]
    lead_speed: float  # [m/s]
    follower_gap: float
    follower_speed: float
    follower_desired_speed: float


@kernel
def _behind(
    speed: float, gap: float, lead_speed: float, desired_speed: float, driver: IdmParameters
) -> float:
    """Acceleration behind a leader [m/s^2], unlimited from below when there is no room at all."""
    if gap <= 0.0:
        return -math.inf
    return follow(speed, gap, speed - lead_speed if gap < math.inf else 0.0, desired_speed, driver)


@kernel
def lane_accelerations(
    speed: float, desired_speed: float, length: float, lane: Lane, driver: IdmParameters
) -> tuple[float, float, float]:
    """(mine in this lane, its follower's behind me, its follower's if I am not there) [m/s^2].

    The follower is taken for a driver like me, with his own desired speed. Without one both are 0.
    """
    mine = _behind(speed, lane.lead_gap, lane.lead_speed, desired_speed, driver)
    if lane.follower_gap == math.inf:
        return mine, 0.0, 0.0
    wanted = lane.follower_desired_speed
    with_me = _behind(lane.follower_speed, lane.follower_gap, speed, wanted, driver)
    open_gap = lane.follower_gap + length + lane.lead_gap
    without = _behind(lane.follower_speed, open_gap, lane.lead_speed, wanted, driver)
    return mine, with_me, without


@kernel
def is_safe(mine: float, follower: float, p: MobilParameters) -> bool:
    """Whether neither the new follower nor I would have to brake harder than is safe.

    The source asks it of the new follower; we ask it of the one who changes too, since a gain alone would
    let a driver who brakes at the limit change into another gap that is too short.
    """
    return follower >= -p.safe_braking and mine >= -p.safe_braking


@kernel
def _right_lane(speed: float, right: float, left: float, left_lane: Lane, p: MobilParameters) -> float:
    """Acceleration in the right lane [m/s^2], where a keep-right driver does not pass the one on the left."""
    if p.keep_right and left_lane.lead_gap < math.inf and speed > left_lane.lead_speed > p.congested:
        return min(right, left)
    return right


@kernel
def incentive(
    speed: float, desired_speed: float, length: float, here: Lane, there: Lane, to_left: bool,
    driver: IdmParameters, p: MobilParameters,
) -> tuple[float, bool]:  # fmt: skip
    """(advantage of a change beyond the bias [m/s^2], whether it is safe); -inf where there is no room.

    Symmetric: my gain and, weighed by politeness, that of both followers. With `keep_right` only the
    follower in the left one of the two lanes counts, as in the source.
    """
    now, old_with, old_without = lane_accelerations(speed, desired_speed, length, here, driver)
    then, new_with, new_without = lane_accelerations(speed, desired_speed, length, there, driver)
    if then == -math.inf or new_with == -math.inf:
        return -math.inf, False
    safe, least = is_safe(then, new_with, p), -driver.max_braking
    now, old_with, old_without = max(now, least), max(old_with, least), max(old_without, least)
    old_gain, new_gain = old_without - old_with, new_with - new_without
    if to_left:
        mine = then - _right_lane(speed, now, then, there, p)
        others = new_gain if p.keep_right else old_gain + new_gain
        return mine + p.politeness * others - p.right_bias, safe
    mine = _right_lane(speed, then, now, here, p) - now
    others = old_gain if p.keep_right else old_gain + new_gain
    return mine + p.politeness * others + p.right_bias, safe


@kernel
def wants_change(
    speed: float, desired_speed: float, length: float, here: Lane, there: Lane, to_left: bool,
    since_change: float, driver: IdmParameters, p: MobilParameters,
) -> bool:  # fmt: skip
    """Whether a driver decides to change into the lane `there`; `since_change` is inf before the first [s].

    The threshold is higher after a change and sinks back linearly, so that two lanes of nearly the same
    worth are not changed between for ever.
    """
    gain, safe = incentive(speed, desired_speed, length, here, there, to_left, driver, p)
    fresh = max(0.0, 1.0 - since_change / p.pause) if since_change < p.pause else 0.0
    return safe and gain > p.threshold + p.hysteresis * fresh
