"""Whether a vehicle stands in one lane, or in lanes that follow one another, by its four corners.

Source: motional/nuplan-devkit e924167, metrics/utils/route_extractor.py.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.metrics.nuplan.map import NuplanMap

__all__ = ["corner_objects", "in_one_lane"]

FRONT_LEFT, REAR_LEFT, REAR_RIGHT, FRONT_RIGHT = range(4)


def corner_objects(road_map: NuplanMap, corners: Float[Array, "t 4 2"]) -> Bool[Array, "t 4 n"]:
    """Which route objects each corner is in: its lanes, or, where it is in no lane, its connectors."""
    inside = road_map.outline.contain(corners.reshape(-1, 2)).reshape(*corners.shape[:2], -1)
    lanes = inside & ~road_map.is_connector
    return np.where(lanes.any(axis=2, keepdims=True), lanes, inside)


def in_one_lane(road_map: NuplanMap, objects: Bool[Array, "t 4 n"]) -> Bool[Array, "t"]:
    """True where one route object holds all corners, or those under the rear ones lead to the front ones.

    False where a corner is in no route object. `objects` are those of `corner_objects`.
    """
    held: Array = np.asarray(np.asarray(objects.all(axis=1)).any(axis=1))
    on_all = np.asarray(np.asarray(objects.any(axis=2)).all(axis=1))
    open_steps = np.flatnonzero(~held & on_all)
    for t in open_steps.tolist():
        held[t] = _connected(road_map, [set(np.flatnonzero(c).tolist()) for c in objects[t]])
    return held


def _connected(road_map: NuplanMap, corners: list[set[int]]) -> bool:
    """A chain rear left and right - front right - front left, each in or right after the one before.

    nuPlan treats the front corners unequally: the left one may be a lane ahead of the right one, not behind.
    """
    left, right = corners[REAR_LEFT], corners[REAR_RIGHT]
    rear = (left & right) | (_after(road_map, left) & right) | (left & _after(road_map, right))
    onward = rear | _after(road_map, rear)
    front = {i for i in corners[FRONT_RIGHT] if i in onward or onward & set(road_map.incoming[i])}
    return bool(corners[FRONT_LEFT] & (front | _after(road_map, front)))


def _after(road_map: NuplanMap, objects: set[int]) -> set[int]:
    return {j for i in objects for j in road_map.outgoing[i]}
