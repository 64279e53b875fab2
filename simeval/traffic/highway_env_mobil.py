"""highway-env's lane changes (its form of MOBIL), quirks included, for comparison with that benchmark."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.traffic.highway_env_idm import (
    HighwayIdm,
    HighwayRoad,
    Vehicles,
    highway_desired_gap,
    highway_pair_acceleration,
)

__all__ = ["highway_lane_policy", "highway_mobil", "highway_neighbours", "highway_prediction"]

LEAST_GAIN = 0.2  # [m/s^2]
MOST_IMPOSED_BRAKING = 2.0  # [m/s^2]
PERIOD = 1.0  # between two looks at a lane change [s]
CAR = 5.0  # [m] a lane's ends reach this far
SLOWEST = 1.0  # [m/s] below, nobody changes lanes


@kernel
def highway_neighbours(vehicles: Vehicles, it: int, lane: int, road: HighwayRoad) -> tuple[int, int]:
    """(vehicle ahead, vehicle behind) of `it` among those within a metre of `lane`; -1: nobody.

    Of two exactly alongside each other the later one in the table is ahead; one exactly alongside `it`
    counts as ahead.
    """
    at, front, rear = vehicles[it].x, -1, -1
    front_at, rear_at = math.inf, -math.inf
    for k in range(len(vehicles)):
        if k == it:
            continue
        x, side = vehicles[k].x, math.fabs(vehicles[k].y - lane * road.width)
        if side > 0.5 * road.width + 1.0 or not -CAR <= x < road.length + CAR:
            continue
        if at <= x <= front_at:
            front, front_at = k, x
        if at > x > rear_at:
            rear, rear_at = k, x
    return front, rear


@kernel
def highway_prediction(
    vehicles: Vehicles, it: int, lane: int, road: HighwayRoad, p: HighwayIdm
) -> tuple[float, float, float]:
    """(own acceleration now, own one in `lane`, that of the new follower behind me) [m/s^2]."""
    delta = vehicles[it].delta
    lead = highway_neighbours(vehicles, it, vehicles[it].lane, road)[0]
    new_lead, new_follower = highway_neighbours(vehicles, it, lane, road)
    return (
        highway_pair_acceleration(vehicles, it, lead, delta, road, p),
        highway_pair_acceleration(vehicles, it, new_lead, delta, road, p),
        highway_pair_acceleration(vehicles, new_follower, it, delta, road, p),
    )


@kernel
def highway_mobil(vehicles: Vehicles, it: int, lane: int, road: HighwayRoad, p: HighwayIdm) -> bool:
    """Whether the model recommends `lane` to vehicle `it`.

    With a wanted lane (`route_lane`) any change towards it that needs no hard braking; without one, a gain
    in acceleration, that of the followers weighed by politeness. The own braking is not looked at then.
    """
    me = vehicles[it]
    now, then, imposed = highway_prediction(vehicles, it, lane, road, p)
    if imposed < -MOST_IMPOSED_BRAKING:
        return False
    if me.route_lane >= 0:
        towards = me.route_lane - me.target_lane
        step = lane - me.target_lane
        right_way = (step > 0 and towards > 0) or (step < 0 and towards < 0) or step == towards == 0
        return right_way and then >= -MOST_IMPOSED_BRAKING
    lead, follower = highway_neighbours(vehicles, it, me.lane, road)
    new_lead, new_follower = highway_neighbours(vehicles, it, lane, road)
    others = imposed - highway_pair_acceleration(vehicles, new_follower, new_lead, me.delta, road, p)
    others += highway_pair_acceleration(vehicles, follower, lead, me.delta, road, p)
    others -= highway_pair_acceleration(vehicles, follower, it, me.delta, road, p)
    return then - now + me.politeness * others >= LEAST_GAIN


@kernel
def _somebody_comes(vehicles: Vehicles, it: int, p: HighwayIdm) -> bool:
    """Whether another vehicle changes into the same lane within the desired gap ahead."""
    me = vehicles[it]
    c, s = math.cos(me.heading), math.sin(me.heading)
    for k in range(len(vehicles)):
        other = vehicles[k]
        if k == it or other.lane == me.target_lane or other.target_lane != me.target_lane:
            continue
        vx = me.speed * c - other.speed * math.cos(other.heading)
        vy = me.speed * s - other.speed * math.sin(other.heading)
        if 0.0 < other.x - me.x < highway_desired_gap(me.speed, vx * c + vy * s, p):
            return True
    return False


@kernel
def highway_lane_policy(vehicles: Vehicles, it: int, road: HighwayRoad, p: HighwayIdm) -> None:
    """Sets the target lane of vehicle `it`: abort a change, begin one, or neither.

    Kept from the peer: the lower lane is looked at first, and a second lane that is recommended too
    overrides it; the timer restarts at every look.
    """
    me = vehicles[it]
    if me.lane != me.target_lane:
        if _somebody_comes(vehicles, it, p):
            me.target_lane = me.lane
        return
    if not me.timer > PERIOD:
        return
    me.timer = 0.0
    here = me.lane
    for lane in (here - 1, here + 1):
        if not 0 <= lane < road.lanes or math.fabs(me.speed) < SLOWEST:
            continue
        reachable = math.fabs(me.y - lane * road.width) <= 2.0 * road.width
        if reachable and 0.0 <= me.x < road.length + CAR and highway_mobil(vehicles, it, lane, road, p):
            me.target_lane = lane
