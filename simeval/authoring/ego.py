"""The ego of an authored scenario: its start, its route, its goal."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.ops import substring

from simeval.arrays import Array
from simeval.authoring.actors import Actor, place_at, vehicle_of
from simeval.authoring.combinations import hitches_along
from simeval.authoring.lines import locate
from simeval.authoring.network import Network
from simeval.authoring.schema import Ego
from simeval.authoring.where import Where
from simeval.scenario import Controller, Route

__all__ = ["EGO", "place_ego"]

EGO = "ego"
BEHIND = 10.0  # the route begins this far behind the start, where the road does [m]
LEAST_WAY = 5.0  # from start to goal [m]


def place_ego(ego: Ego, network: Network, where: Where) -> tuple[Actor, Route, tuple[float, float]]:
    """The ego at its start, its route and its goal point.

    The reference line goes on past the goal to the end of the road.

    Raises:
        InputError: a route that does not hang together, a goal off the route or behind the start.
    """
    vehicle = vehicle_of(ego, where)
    lane, s = place_at(ego.at, vehicle, network, {}, where / "at")
    lanes = _lanes(ego, lane, network, where)
    goal_lane = network.lane(ego.goal.lane, where / "goal" / "lane")
    if ego.goal.s_m > network.length(goal_lane):
        raise (where / "goal" / "s_m").error(
            f"{ego.goal.s_m} m is not on {ego.goal.lane!r}, which is {network.length(goal_lane):.1f} m long.",
            "Choose another place.",
        )
    beyond = network.straight_on(lanes[-1])[1:]
    line = network.line([*lanes, *beyond], ego.change_at_s_m, ego.change_over_m, where)
    goal, _ = network.place(goal_lane, ego.goal.s_m)
    start, heading = network.place(lane, s)
    _check_goal(line, start, goal, where)
    xy, _ = network.place(lane, s, ego.at.offset_m)
    heading += math.radians(ego.at.heading_offset_deg)
    actor = Actor(
        id=EGO, vehicle=vehicle, controller=Controller.AUTO, xy=xy, heading=heading, speed=ego.at.speed_mps,
        path=np.zeros((0, 2)), desired_speed=ego.desired_speed_mps or network.limit(lane),
        hitches=hitches_along(network.centre(lane), xy, heading, vehicle.bodies),
    )  # fmt: skip
    ids = tuple(network.map.lanes.ids[k] for k in lanes)
    return (
        actor,
        Route(lane_ids=ids, xy=_from_start(line, start), inferred=False),
        (float(goal[0]), float(goal[1])),
    )


def _lanes(ego: Ego, lane: int, network: Network, where: Where) -> list[int]:
    """The route's lanes; straight on up to the goal's lane if the file names none."""
    ids = network.map.lanes.ids
    if ego.route:
        lanes = network.route(ego.route, where / "route")
        if lanes[0] != lane:
            raise (where / "route").error(
                f"begins on {ego.route[0]!r}, but the ego starts on {ids[lane]!r}.",
                f"Begin with {ids[lane]!r}.",
            )
    else:
        lanes = network.straight_on(lane)
    names = [ids[k] for k in lanes]
    if ego.goal.lane not in names and ego.goal.lane in ids:
        raise (where / "goal" / "lane").error(
            f"{ego.goal.lane!r} is not on the route {', '.join(names)}.",
            "Write a 'route' that leads there." if not ego.route else "Add it to the route or move the goal.",
        )
    return lanes if ego.route or ego.goal.lane not in names else lanes[: names.index(ego.goal.lane) + 1]


def _check_goal(line: Array, start: Array, goal: Array, where: Where) -> None:
    at, _ = locate(line, start)
    end, aside = locate(line, goal)
    if abs(aside) > 0.5:
        raise (where / "goal").error(
            f"lies {abs(aside):.1f} m beside the route's line.", "Move it past the route's lane change."
        )
    if end < at + LEAST_WAY:
        raise (where / "goal").error(
            f"lies {at - end:.1f} m behind the start."
            if end < at
            else f"is only {end - at:.1f} m from the start.",
            "Move it further along the route.",
        )


def _from_start(line: Array, start: Array) -> Array:
    """The line without what lies further behind the start than a little."""
    at, _ = locate(line, start)
    whole = shapely.LineString(line)
    return np.asarray(substring(whole, max(at - BEHIND, 0.0), whole.length).coords)
