"""A side road that ends at a main road: the T has no signals, the side road has a stop line."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import shapely
from msgspec import Meta, Struct

from simeval.authoring.lines import Line, turned
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import Count, LaneWidth, Shoulder, SpeedLimit
from simeval.authoring.templates.intersection import STOP_DEPTH, Intersection, add_arm, add_straight, add_turn
from simeval.authoring.where import Where
from simeval.scenario import AreaKind, RoadMap

__all__ = ["TJunction", "t_junction"]

SIDE, EAST, WEST = 0, 1, 3  # arms of an intersection whose northern one is missing
LEAVES = {SIDE: (1, 3), EAST: (2, 3), WEST: (1, 2)}  # 1: to the right, 2: straight on, 3: to the left
TO_LINE = 1.0  # from the end of the kerb's bend to the stop line [m]


class TJunction(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `t_junction`."""

    num_lanes: Count = 1  # in each direction of each arm
    lane_width_m: LaneWidth = 3.5
    arm_m: Annotated[float, Meta(ge=20, le=5000)] = 120.0  # from the stop line outwards
    corner_radius_m: Annotated[float, Meta(ge=3, le=50)] = 8.0  # of the kerbs
    speed_limit_mps: SpeedLimit = 13.9
    shoulder_m: Shoulder = 0.5


def t_junction(settings: TJunction, where: Where) -> RoadMap:
    """The centre is the origin; the main road runs along x, the side road comes from the south. Lanes are
    named as in `intersection`: `south.i`, `south.out.i`, `east.i`, ...; connectors `south.right.0`,
    `south.left.i`, `east.straight.i`, `east.left.i`, `west.straight.i`, `west.right.0`. Only the side road
    has a stop line: it gives way."""
    shape = Intersection(
        num_lanes=settings.num_lanes, lane_width_m=settings.lane_width_m, arm_m=settings.arm_m,
        corner_radius_m=settings.corner_radius_m, crosswalk_width_m=TO_LINE,
        speed_limit_mps=settings.speed_limit_mps, shoulder_m=settings.shoulder_m,
    )  # fmt: skip
    road = RoadBuilder()
    for k, turns in LEAVES.items():
        add_arm(road, shape, k, turns)
    for k, turns in LEAVES.items():
        for i in range(settings.num_lanes if 2 in turns else 0):
            add_straight(road, shape, k, i)
        for quarters in turns:
            if quarters != 2:
                add_turn(road, shape, k, quarters)
    _pave(road, shape)
    _mark(road, shape)
    return road.build()


def _pave(road: RoadBuilder, shape: Intersection) -> None:
    half, far, kerb = shape.half, shape.stop + shape.arm_m, shape.straight_from
    road.pavement.append(np.array([[-far, -half], [far, -half], [far, half], [-far, half]]))
    road.pavement.append(np.array([[-half, -far], [half, -far], [half, 0.0], [-half, 0.0]]))
    bend = Line.start(kerb, half, math.pi).arc(shape.corner_radius_m, -math.pi / 2).xy.copy()
    bend[0], bend[-1] = (kerb, half), (half, kerb)
    corner = np.concatenate([[[0.0, 0.0]], bend])
    road.pavement += [turned(corner, 2), turned(corner, 3)]
    road.open_ends += [turned(np.array([[-half, -far], [half, -far]]), k) for k in LEAVES]


def _mark(road: RoadBuilder, shape: Intersection) -> None:
    """The junction's area and the side road's stop line."""
    stop, half = shape.stop, shape.half
    paved = shapely.unary_union([shapely.Polygon(p) for p in road.pavement])
    inside = shapely.geometry.polygon.orient(paved.intersection(shapely.box(-stop, -stop, stop, half)))
    road.areas.append((AreaKind.INTERSECTION, np.asarray(inside.exterior.coords)[:-1]))
    right = shape.num_lanes * shape.lane_width_m
    line = [[0.0, -stop - STOP_DEPTH], [right, -stop - STOP_DEPTH], [right, -stop], [0.0, -stop]]
    road.areas.append((AreaKind.STOP, np.array(line)))
