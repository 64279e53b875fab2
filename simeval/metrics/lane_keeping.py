"""Whether a box stands in one lane, or in lanes that follow one another."""

from __future__ import annotations

from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.lanes import lane_lines, lanes_under
from simeval.scenario import RoadMap

__all__ = ["leaves_lane"]

FRONT_LEFT, REAR_LEFT, REAR_RIGHT, FRONT_RIGHT = range(4)


def leaves_lane(road_map: RoadMap, corners: Float[Array, "4 2"]) -> bool | None:
    """True: the box is in several lanes side by side, or partly in none. None: the map cannot tell.

    False where one lane holds all four corners, or where the lanes under the rear corners lead to those
    under the front ones. Corners in the order front-left, rear-left, rear-right, front-right.

    Source of the rule: nuPlan's "in common or connected route objects", here with at most two successions.
    """
    lines = lane_lines(road_map)
    if not any(o is not None for o in lines.outlines):
        return None
    under = lanes_under(road_map, corners)
    if not all(under):
        return None if any(o is None for o in lines.outlines) else True
    if set.intersection(*under):
        return False
    rear = _joined(road_map, under[REAR_LEFT], under[REAR_RIGHT])
    onward = rear | _after(road_map, rear)
    onward |= _after(road_map, onward)
    return not (rear and under[FRONT_LEFT] & onward and under[FRONT_RIGHT] & onward)


def _joined(road_map: RoadMap, one: set[int], two: set[int]) -> set[int]:
    """Lanes of either set that are in the other one too, or follow or precede a lane of it."""
    shared = one & two
    for a, b in ((one, two), (two, one)):
        for lane in a:
            if _after(road_map, {lane}) & b:
                shared = shared | {lane} | (_after(road_map, {lane}) & b)
    return shared


def _after(road_map: RoadMap, lanes: set[int]) -> set[int]:
    return {int(n) for lane in lanes for n in road_map.lanes.successors[lane]}
