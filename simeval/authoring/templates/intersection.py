"""A crossing of two roads with four arms, crosswalks and stop lines; one drives on the right."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import shapely
from msgspec import Meta, Struct

from simeval.authoring.lines import Line, turned
from simeval.authoring.road import Lane, RoadBuilder
from simeval.authoring.templates.common import Count, LaneWidth, Length, Shoulder, SpeedLimit
from simeval.authoring.where import Where
from simeval.scenario import AreaKind, RoadMap

__all__ = [
    "ARMS",
    "STOP_DEPTH",
    "Intersection",
    "add_arm",
    "add_connector",
    "add_straight",
    "add_turn",
    "intersection",
]

ARMS = ("south", "east", "north", "west")  # counter-clockwise; arm k is the southern one turned by k quarters
TO_STOP_LINE = 1.0  # from the crosswalk to the stop line [m]
STOP_DEPTH = 0.5  # of the painted line [m]


class Intersection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `intersection`."""

    num_lanes: Count = 1  # in each direction of each arm
    lane_width_m: LaneWidth = 3.5
    arm_m: Annotated[float, Meta(ge=20, le=5000)] = 120.0  # from the stop line outwards
    corner_radius_m: Annotated[float, Meta(ge=3, le=50)] = 8.0  # of the kerbs
    crosswalk_width_m: Length = 4.0
    speed_limit_mps: SpeedLimit = 13.9
    shoulder_m: Shoulder = 0.5

    @property
    def half(self) -> float:
        """From the middle of a road to its kerb [m]."""
        return self.num_lanes * self.lane_width_m + self.shoulder_m

    @property
    def straight_from(self) -> float:
        """From the centre to where the kerbs of an arm run straight [m]."""
        return self.half + self.corner_radius_m

    @property
    def stop(self) -> float:
        """From the centre to the stop lines [m]."""
        return self.straight_from + self.crosswalk_width_m + TO_STOP_LINE

    def offset(self, lane: int) -> float:
        """From the middle of the road to a lane's centre line; lane 0 is the rightmost [m]."""
        return (self.num_lanes - 0.5 - lane) * self.lane_width_m


def intersection(settings: Intersection, where: Where) -> RoadMap:
    """The centre is the origin. For each arm (south, east, north, west): lanes towards the centre
    `south.i`, ending at the stop line, and away from it `south.out.i`, lane 0 being the rightmost;
    connectors `south.straight.i`, `south.right.0` and `south.left.<leftmost>`, named after the lane they
    leave and beginning at its stop line."""
    road = RoadBuilder()
    for k in range(len(ARMS)):
        add_arm(road, settings, k)
    for k in range(len(ARMS)):
        for i in range(settings.num_lanes):
            add_straight(road, settings, k, i)
        for to in (1, 3):
            add_turn(road, settings, k, to)
    _pave(road, settings)
    _mark(road, settings)
    return road.build()


def add_arm(road: RoadBuilder, settings: Intersection, k: int, turns: tuple[int, ...] = (1, 2, 3)) -> None:
    """The lanes of arm k; `turns` says in how many quarters (1: right, 2: straight, 3: left) it is left."""
    arm, limit, width = ARMS[k], settings.speed_limit_mps, settings.lane_width_m
    x, far = settings.offset(0), settings.stop + settings.arm_m
    inwards = Line.start(x, -far, math.pi / 2).straight(settings.arm_m)
    outwards = Line.start(-x, -settings.stop, -math.pi / 2).straight(settings.arm_m)
    count = settings.num_lanes
    first = len(road.lanes)
    for name, line in ((arm, _exact(inwards, x)), (f"{arm}.out", _exact(outwards, -x))):
        road.carriageway(name, line.quarter_turned(k), lanes=count, width=width, limit=limit)
    for i, lane in enumerate(road.lanes[first : first + count]):
        to = [f"{arm}.straight.{i}"] if 2 in turns else []
        to += [f"{arm}.right.0"] if i == 0 and 1 in turns else []
        to += [f"{arm}.left.{i}"] if i == count - 1 and 3 in turns else []
        lane.to = tuple(to)


def _exact(line: Line, x: float) -> Line:
    """A line along y without the rounding of cos(pi / 2)."""
    return Line(np.stack([np.full(len(line.xy), x), line.xy[:, 1]], axis=1), line.heading)


def add_straight(road: RoadBuilder, settings: Intersection, k: int, i: int) -> None:
    """The connector of lane i of arm k to the opposite arm."""
    x = settings.offset(i)
    across = _exact(Line.start(x, -settings.stop, math.pi / 2).straight(2.0 * settings.stop), x)
    add_connector(road, settings, k, f"{ARMS[k]}.straight.{i}", across, f"{ARMS[(k + 2) % 4]}.out.{i}")


def add_turn(road: RoadBuilder, settings: Intersection, k: int, quarters: int) -> None:
    """The connector of arm k to its right (quarters 1) or to its left (3).

    Right turns run concentric with the kerb; left turns begin and end level with the kerbs' ends.
    """
    i, name, side = (0, "right", -1.0) if quarters == 1 else (settings.num_lanes - 1, "left", 1.0)
    x = settings.offset(i)
    line = _turn(settings, x, settings.straight_from + side * x, side)
    add_connector(road, settings, k, f"{ARMS[k]}.{name}.{i}", line, f"{ARMS[(k + quarters) % 4]}.out.{i}")


def _turn(settings: Intersection, x: float, radius: float, side: float) -> Line:
    lead = settings.stop - settings.straight_from
    start = Line.start(x, -settings.stop, math.pi / 2)
    return start.straight(lead).arc(radius, side * math.pi / 2).straight(lead)


def add_connector(road: RoadBuilder, settings: Intersection, k: int, name: str, line: Line, to: str) -> None:
    """A lane inside the intersection; `line` is that of the southern arm, turned by k quarters."""
    lane = Lane(name, line.quarter_turned(k), settings.lane_width_m, settings.speed_limit_mps, section="")
    lane.section, lane.to, lane.connector = name.rpartition(".")[0], (to,), True
    road.lanes.append(lane)


def _pave(road: RoadBuilder, settings: Intersection) -> None:
    """Two roads across and four rounded corners."""
    half, far = settings.half, settings.stop + settings.arm_m
    corner = (
        Line.start(settings.straight_from, half, math.pi)
        .arc(settings.corner_radius_m, -math.pi / 2)
        .xy.copy()
    )
    corner[0], corner[-1] = (settings.straight_from, half), (half, settings.straight_from)
    for k in range(4):
        road.pavement.append(turned(np.concatenate([[[0.0, 0.0]], corner]), k))
        road.open_ends.append(turned(np.array([[-half, -far], [half, -far]]), k))
    for k in range(2):
        road.pavement.append(turned(np.array([[-half, -far], [half, -far], [half, far], [-half, far]]), k))


def _mark(road: RoadBuilder, settings: Intersection) -> None:
    """The intersection's area, crosswalks and stop lines."""
    stop, half = settings.stop, settings.half
    paved = shapely.unary_union([shapely.Polygon(p) for p in road.pavement])
    inside = shapely.geometry.polygon.orient(paved.intersection(shapely.box(-stop, -stop, stop, stop)))
    road.areas.append((AreaKind.INTERSECTION, np.asarray(inside.exterior.coords)[:-1]))
    near, away = -settings.straight_from, -settings.straight_from - settings.crosswalk_width_m
    walk = np.array([[-half, away], [half, away], [half, near], [-half, near]])
    right = settings.num_lanes * settings.lane_width_m
    line = np.array([[0.0, -stop - STOP_DEPTH], [right, -stop - STOP_DEPTH], [right, -stop], [0.0, -stop]])
    for k in range(4):
        road.areas.append((AreaKind.CROSSWALK, turned(walk, k)))
        road.areas.append((AreaKind.STOP, turned(line, k)))
