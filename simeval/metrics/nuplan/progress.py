"""nuPlan's progress along the route of an expert, by road blocks.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/ego_progress_along_expert_route.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import arc_lengths, project
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.route import RouteObjects, simplified

__all__ = ["ROUNDING", "Leg", "expert_legs", "progress_along", "progress_ratio"]

ROUNDING = 2.0  # [m] progress below it counts as so much, and going back farther as none


@dataclass(frozen=True)
class Leg:
    """One road block of the expert's route, and the lane along which progress in it is measured."""

    block: int
    route_object: int


def expert_legs(road_map: NuplanMap, path: list[RouteObjects]) -> list[Leg]:
    """The road blocks of a path, each with the first lane of the expert in it."""
    legs: list[Leg] = []
    for objects in simplified(path):
        block = int(road_map.block[objects[0]])
        if not legs or legs[-1].block != block:
            legs.append(Leg(block, objects[0]))
    return legs


def progress_along(road_map: NuplanMap, legs: list[Leg], xy: Float[Array, "t 2"]) -> Float[Array, "t"]:
    """Way along the legs at each step [m]; which lane of a road block it is does not matter.

    Outside the present road block the legs after it are searched for one that holds the point; until one
    does, the progress is 0, and what was missed comes with the return.
    """
    out = np.zeros(len(xy))
    if not legs:
        return out
    inside = np.stack([road_map.in_block(xy, leg.block) for leg in legs], axis=1)
    places = np.stack([project(road_map.baseline[leg.route_object], xy)[0] for leg in legs])
    at, last = 0, places[0, 0]
    for t in range(1, len(xy)):
        if inside[t, at]:
            out[t] = places[at, t] - last
        else:
            ahead = next((k for k in range(at + 1, len(legs)) if inside[t, k]), None)
            if ahead is None:
                continue
            out[t] = _bridge(road_map, legs, at, ahead, last) + places[ahead, t]
            at = ahead
        last = places[at, t]
    return out


def progress_ratio(ego: float, expert: float) -> float:
    """Share of the expert's progress [1]; at most 1, and 0 for going back more than 2 m."""
    if ego < -ROUNDING:
        return 0.0
    return min(1.0, max(ego, ROUNDING) / max(expert, ROUNDING))


def _bridge(road_map: NuplanMap, legs: list[Leg], at: int, ahead: int, last: float) -> float:
    """From the place on one leg to the beginning of another: what is left, and what lies between."""
    lines = [road_map.baseline[leg.route_object] for leg in legs[at : ahead + 1]]
    way = float(arc_lengths(lines[0])[-1]) - last
    for k in range(1, len(lines)):
        entry = float(project(lines[k], lines[k - 1][-1:])[0][0])
        way -= entry
        if k < len(lines) - 1:
            way += float(arc_lengths(lines[k])[-1])
    return way
