"""nuPlan's drivable area: how far a corner of the ego is off it.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/drivable_area_compliance.py.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.route import RouteObjects

__all__ = ["area_distance", "distance_off_road"]

OUTLINE = float(np.finfo(np.float64).tiny)  # [m]


def area_distance(road_map: NuplanMap, corners: Float[Array, "t 4 2"]) -> Float[Array, "t 4"]:
    """Distance of each corner to the nearest drivable area [m], 0 inside, inf where there is none.

    A corner on an outline is not inside: it is off by the smallest number there is.
    """
    flat, every = corners.reshape(-1, 2), np.arange(len(road_map.drivable))
    inside = road_map.drivable.contain(flat).any(axis=1)
    out = np.zeros(len(flat))
    for k in np.flatnonzero(~inside).tolist():
        out[k] = max(OUTLINE, road_map.drivable.distances(flat[k], every).min(initial=np.inf))
    return out.reshape(corners.shape[:2])


def distance_off_road(
    road_map: NuplanMap, corners: Float[Array, "t 4 2"], on_road: Bool[Array, "t 4"],
    area: Float[Array, "t 4"], path: list[RouteObjects],
) -> Float[Array, "t"]:  # fmt: skip
    """How far the outermost corner is off the road at each step [m], 0 on it, inf where there is no road.

    The nearer counts of the drivable area and the route objects of the ego's centre; the other lanes do
    not. nuPlan calls 0.3 m and more a violation.

    Args:
        road_map: lanes and connectors.
        corners: of the ego's box [m].
        on_road: whether the corner is in any lane, connector or drivable area.
        area: distance of each corner to the drivable area [m].
        path: the route objects of the ego's centre.
    """
    away = np.where(on_road, 0.0, area)
    for t, k in np.argwhere(away > 0.0).tolist():
        own = road_map.outline.distances(corners[t, k], np.array(path[t], dtype=np.int64))
        away[t, k] = min(away[t, k], own.min(initial=np.inf))
    return np.asarray(away.max(axis=1))
