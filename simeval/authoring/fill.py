"""Fills a road with traffic: vehicles on lanes at safe gaps and speeds, drawn by a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import shapely
from shapely.ops import substring

from simeval.authoring.actors import Actor, box_of
from simeval.authoring.combinations import hitches_along
from simeval.authoring.fill_speed import safe_speed
from simeval.authoring.fill_way import Way, way_from
from simeval.authoring.network import Network
from simeval.authoring.vehicles import VEHICLES, Vehicle
from simeval.authoring.where import Where
from simeval.scenario import Controller
from simeval.traffic.drivers import DRIVERS, draw_value
from simeval.traffic.lane_graph import LaneGraph
from simeval.traffic.philox import key_for, uniform

__all__ = ["KINDS", "Fill", "fill_road"]

KINDS = {"car": 0.8, "van": 0.1, "truck": 0.1}
TRIES = 60  # places that are tried for one vehicle
FIRST_ARRIVAL = 1.0  # [s]
GAP = 3.0  # [m] at least, bumper to bumper, at the start
EDGE = 1.0  # [m] kept from where a lane, a conflict or an intersection begins
HEADWAY = 3.0  # [s] that are kept free before the ego and whom else a file names
BESIDE = 0.3  # [m] at least, between bodies side by side
SPEED_SHARE = 0.8  # of the desired speed, at the start
UNKNOWN_LIMIT = 11.0  # [m/s] where the map gives none


@dataclass(frozen=True)
class Fill:
    """What is asked for."""

    count: int  # vehicles at the start
    arrivals_per_minute: float = 0.0  # on each lane on which the map is entered
    seed: int = 0
    kinds: Mapping[str, float] = field(default_factory=lambda: dict(KINDS))  # shares, of whatever sum


class _Drawn(NamedTuple):
    """A vehicle that is placed, standing."""

    actor: Actor
    way: Way
    s: float  # of its centre on the way [m]

    def at(self, speed: float) -> Actor:
        """The vehicle at a speed."""
        return replace(self.actor, speed=speed)


def fill_road(
    network: Network, fill: Fill, others: Sequence[Actor], duration: float, where: Where
) -> list[Actor]:
    """Vehicles with routes to the end of the map, beside those who are there already.

    A vehicle is drawn by its own key (seed, map, number): more vehicles leave the first ones as they are.

    Raises:
        InputError: an unknown kind, a road without room for so many.
    """
    for name in fill.kinds:
        if name not in VEHICLES or not VEHICLES[name].kind.is_vehicle:
            driving = [k for k, row in VEHICLES.items() if row.kind.is_vehicle]
            raise (where / "kinds").unknown("kind of vehicle", name, driving)
    graph = LaneGraph(network.map)
    boxes, found = [_kept_free(a) for a in others], list[_Drawn]()
    lanes = [i for i in np.flatnonzero(graph.usable).tolist() if not network.map.lanes.is_connector[i]]
    if not lanes:
        raise where.error("the map has no lanes to drive on.", "Choose another map.")
    for n in range(fill.count):
        drawn = _place(network, graph, fill, lanes, n, boxes)
        if drawn is None:
            raise (where / "count").error(
                f"there is room for {n} vehicles, not for {fill.count}.", "Ask for fewer or a larger road."
            )
        found.append(drawn)
        boxes.append(box_of(drawn.actor))
    start = [*others, *(d.actor for d in found)]
    return [_rolling(d, start) for d in found] + _arrivals(network, graph, fill, duration, len(found))


def _kept_free(actor: Actor) -> shapely.Geometry:
    """The outline of somebody who is there already, with the way that it covers in the next seconds."""
    ahead = np.array([np.cos(actor.heading), np.sin(actor.heading)]) * (
        HEADWAY * actor.speed + actor.vehicle.front
    )
    way = shapely.LineString([actor.xy, actor.xy + ahead]).buffer(0.5 * actor.vehicle.width, cap_style="flat")
    return shapely.union(box_of(actor), way)


def _rolling(d: _Drawn, others: Sequence[Actor]) -> Actor:
    wanted = SPEED_SHARE * d.actor.desired_speed
    return d.at(safe_speed(d.way, d.s, d.actor.vehicle, others, wanted))


def _place(
    network: Network,
    graph: LaneGraph,
    fill: Fill,
    lanes: Sequence[int],
    n: int,
    boxes: Sequence[shapely.Geometry],
) -> _Drawn | None:
    """Vehicle n at the first of its drawn places that is free."""
    key = key_for(fill.seed, network.map.id, f"traffic{n}", "traffic")
    vehicle = _kind(fill.kinds, key)
    ends = np.cumsum([graph.length[i] for i in lanes])
    for attempt in range(TRIES):
        at = uniform(key, attempt, 2) * float(ends[-1])
        k = min(int(np.searchsorted(ends, at, side="right")), len(lanes) - 1)
        s = at - float(ends[k] - graph.length[lanes[k]])
        if not _is_clear(network, graph, lanes[k], s, vehicle):
            continue
        drawn = _drawn(network, graph, f"traffic{n}", vehicle, lanes[k], s, key, 0.0)
        if not _needs(drawn).intersects(boxes).any():
            return drawn
    return None


def _needs(d: _Drawn) -> shapely.Geometry:
    """The room of a vehicle with its least gaps."""
    vehicle, line = d.actor.vehicle, shapely.LineString(d.way.line)
    own = substring(line, max(d.s - vehicle.tail - GAP, 0.0), d.s + vehicle.front + GAP)
    return own.buffer(0.5 * vehicle.width + BESIDE, cap_style="flat")


def _is_clear(network: Network, graph: LaneGraph, lane: int, s: float, vehicle: Vehicle) -> bool:
    """Whether a vehicle there stands outside intersections and conflicts, and before their lines."""
    inside, lanes = network.map.lanes.is_connector, network.map.lanes
    before, after = lanes.predecessors[lane], lanes.successors[lane]
    rear, front = s - vehicle.tail, s + vehicle.front
    pulls = vehicle.combination is not None  # what it pulls has to be on its way, which begins with the lane
    if (inside[before].any() or not len(before) or pulls) and rear < EDGE:
        return False
    if (inside[after].any() or not len(after)) and front > graph.length[lane] - EDGE - GAP:
        return False
    for c in graph.conflicts[lane]:
        low, high = (c.a0, c.a1) if c.a == lane else (c.b0, c.b1)
        if low - EDGE < front and rear < high + EDGE:
            return False
    return True


def _kind(kinds: Mapping[str, float], key: int) -> Vehicle:
    shares = np.cumsum(list(kinds.values()))
    k = int(np.searchsorted(shares, uniform(key, 0, 1) * float(shares[-1]), side="right"))
    return VEHICLES[list(kinds)[min(k, len(kinds) - 1)]]


def _drawn(
    network: Network,
    graph: LaneGraph,
    name: str,
    vehicle: Vehicle,
    lane: int,
    s: float,
    key: int,
    enter: float,
) -> _Drawn:
    way = way_from(network, graph, lane, key, float(vehicle.bodies.length.max()))
    limit = network.limit(lane) if network.map.lanes.has_limit[lane] else UNKNOWN_LIMIT
    factor = draw_value(DRIVERS["desired_speed_factor"], key, 3)
    xy, heading = way.at(s)
    actor = Actor(
        id=name, vehicle=vehicle, controller=Controller.IDM, xy=xy, heading=heading, speed=0.0, path=way.line,
        desired_speed=limit * factor, enter=enter,
        hitches=hitches_along(way.line, xy, heading, vehicle.bodies),
    )  # fmt: skip
    return _Drawn(actor, way, s)


def _arrivals(network: Network, graph: LaneGraph, fill: Fill, duration: float, first: int) -> list[Actor]:
    """Vehicles that come in later, in the order in which they come; each waits until its place is free."""
    if fill.arrivals_per_minute <= 0.0:
        return []
    headway, found = 60.0 / fill.arrivals_per_minute, list[_Drawn]()
    for lane in graph.sources:
        for k in range(int(duration / headway)):
            name = f"traffic{first + len(found)}"
            key = key_for(fill.seed, network.map.id, f"{network.map.lanes.ids[lane]} {k}", "arrival")
            vehicle, enter = _kind(fill.kinds, key), (k + uniform(key, 0, 2)) * headway
            s = vehicle.tail + 0.5
            if s < graph.length[lane] and FIRST_ARRIVAL < enter < duration:
                found.append(_drawn(network, graph, name, vehicle, lane, s, key, enter))
    return [_rolling(d, []) for d in found]
