"""nuPlan's speed-limit compliance.

Source: motional/nuplan-devkit e924167, evaluation_metrics/common/speed_limit_compliance.py.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.route import RouteObjects

__all__ = ["limits", "mean_overspeed", "overspeed"]


def limits(road_map: NuplanMap, path: list[RouteObjects]) -> Float[Array, "t"]:
    """Speed limit at each step [m/s]; NaN where there is none.

    In a lane its own. In connectors the largest of all lanes before and after all connectors in question,
    and none as soon as one of those is not known.
    """
    known: dict[tuple[int, ...], float] = {}
    for objects in path:
        key = tuple(objects)
        if key not in known:
            known[key] = _limit(road_map, objects)
    return np.array([known[tuple(objects)] for objects in path])


def overspeed(ego: NuplanEgo, limit: Float[Array, "t"]) -> Float[Array, "t"]:
    """Speed above the limit at each step [m/s]; 0 where no limit is known."""
    return np.where(np.isnan(limit), 0.0, np.maximum(0.0, ego.speed - limit))


def mean_overspeed(ego: NuplanEgo, over: Float[Array, "t"]) -> float:
    """Sum of the excess times the mean step over the duration [m/s]: one sample more than there are steps."""
    return float(over.sum() * ego.dt / (ego.time[-1] - ego.time[0]))


def _limit(road_map: NuplanMap, objects: RouteObjects) -> float:
    if not objects:
        return math.nan
    if not road_map.is_connector[objects[0]]:
        return float(road_map.speed_limit[objects[0]])
    around = [j for i in objects for j in (*road_map.outgoing[i], *road_map.incoming[i])]
    return float(np.max(road_map.speed_limit[around])) if around else math.nan  # NaN wins
