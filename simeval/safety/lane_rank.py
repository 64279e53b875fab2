"""Which lane goes first where two of them meet, as far as the map tells."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.ops import substring

from simeval.arrays import Array
from simeval.scenario import AreaKind, RoadMap

__all__ = ["CHANGES_LANE", "lane_ranks", "turn_of"]

# A rank is what the approach is worth plus what the turn is worth.
MUST_STOP = -10  # a stop line, where some lane that it meets has none
STRAIGHT, RIGHT, LEFT = 3, 2, 1
CHANGES_LANE = -20  # whoever moves into another lane lets its traffic pass
TURN = 0.5  # [rad] a connector that turns less leads straight on
NEAR = 3.0  # [m] a stop area this near to the end of a lane belongs to it


def lane_ranks(road: RoadMap) -> Array:
    """[l] int64: of two lanes that meet, the one with the higher rank goes first; equal: nobody knows.

    Inferred: a map does not say who gives way. A lane behind a stop line ranks below one without; connectors
    rank straight on, right, left; lanes outside intersections as straight on. So who is in a roundabout goes
    before who comes to its lines, a main road before a side road with a line, and where all arms of an
    intersection have lines, or none, the turns decide alone.
    """
    lanes, ranks = road.lanes, np.full(len(road.lanes), STRAIGHT, dtype=np.int64)
    lines = [shapely.Polygon(p) for p in road.areas_of(AreaKind.STOP) if len(p) >= 3]
    stops = np.zeros(len(lanes), dtype=bool)
    for lane in range(len(lanes)):
        if not lanes.is_connector[lane]:
            end = shapely.Point(lanes.centre[lane][-1])
            stops[lane] = any(area.distance(end) <= NEAR for area in lines) and _at_end(road, lane, lines)
            continue
        turn = turn_of(lanes.centre[lane])
        if abs(turn) > TURN:
            ranks[lane] = LEFT if turn > 0.0 else RIGHT
    for lane in range(len(lanes)):
        before = lanes.predecessors[lane]
        if lanes.is_connector[lane] and len(before) and stops[before].all():
            ranks[lane] += MUST_STOP
    return ranks


def _at_end(road: RoadMap, lane: int, lines: list[shapely.Geometry]) -> bool:
    """Whether a stop area lies across the end of a lane and not just beside it."""
    tail = shapely.LineString(road.lanes.centre[lane][-2:])
    reach = substring(tail, max(tail.length - NEAR, 0.0), tail.length)
    return any(area.distance(reach) < 0.5 for area in lines)


def turn_of(centre: Array) -> float:
    """How far a line turns to the left [rad]."""
    step = np.diff(centre, axis=0)
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    return float(heading[-1] - heading[0])
