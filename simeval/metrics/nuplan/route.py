"""Which lanes and lane connectors a vehicle follows: the bookkeeping that nuPlan's metrics rest on.

Source: motional/nuplan-devkit e924167, metrics/utils/route_extractor.py.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.nuplan.map import NuplanMap

__all__ = ["RouteObjects", "route_objects", "simplified"]

NEAR = 5.0  # [m] a connector so near is kept while the vehicle stays in connectors or the intersection

RouteObjects = list[int]  # the route objects that come into question at one step; empty: none


def route_objects(road_map: NuplanMap, xy: Float[Array, "t 2"]) -> list[RouteObjects]:
    """The lane, or the lane connectors, of each point of a path.

    A point belongs to the candidates of the point before that still contain it, else to the successors of
    the only candidate, else to what the map has there. A last walk from the end to the start drops
    connectors that do not lead to what follows.
    """
    inside = _inside(road_map, xy)
    at_crossing = np.asarray(road_map.intersections.contain(xy).any(axis=1))
    path: list[RouteObjects] = []
    now: RouteObjects = []
    for t in range(len(xy)):
        before, now = now, _followed(road_map, now, inside[t])
        if not now:
            now = _on_map(road_map, inside[t])
            if before and _stays_in_connectors(road_map, before, now, bool(at_crossing[t])):
                distances = road_map.outline.distances(xy[t], np.array(before))
                now = [i for i, d in zip(before, distances, strict=True) if d < NEAR] or now
        path.append(now)
    return _cleaned(road_map, path)


def simplified(path: list[RouteObjects]) -> list[RouteObjects]:
    """The sequence of objects without repetition: steps that share objects become one, of the shared ones."""
    short: list[RouteObjects] = []
    for objects in path:
        shared = [i for i in short[-1] if i in objects] if short else []
        if shared:
            short[-1] = shared
        elif objects:
            short.append(objects)
    return short


def _inside(road_map: NuplanMap, xy: Float[Array, "t 2"]) -> list[RouteObjects]:
    """All route objects that contain each point, in the order of the map."""
    found: list[RouteObjects] = [[] for _ in xy]
    for t, i in np.argwhere(road_map.outline.contain(xy)).tolist():
        found[t].append(i)
    return found


def _followed(road_map: NuplanMap, before: RouteObjects, inside: RouteObjects) -> RouteObjects:
    still = [i for i in before if i in inside]
    if not still and len(before) == 1:
        still = [i for i in road_map.outgoing[before[0]] if i in inside]
    return still


def _on_map(road_map: NuplanMap, inside: RouteObjects) -> RouteObjects:
    """The lane that contains the point, else all connectors that do.

    nuPlan refuses maps where lanes overlap; here all of them come into question there.
    """
    return [i for i in inside if not road_map.is_connector[i]] or inside


def _stays_in_connectors(
    road_map: NuplanMap, before: RouteObjects, now: RouteObjects, at_crossing: bool
) -> bool:
    if not road_map.is_connector[before[0]]:
        return False
    return bool(road_map.is_connector[now[0]]) if now else at_crossing


def _cleaned(road_map: NuplanMap, path: list[RouteObjects]) -> list[RouteObjects]:
    out = list(path)
    for t in range(len(out) - 2, -1, -1):
        after = out[t + 1]
        if not after or len(out[t]) <= 1:
            continue
        if len(out[t]) > len(after) and all(i in out[t] for i in after):
            out[t] = after
        elif len(after) == 1 and not road_map.is_connector[after[0]]:
            out[t] = [i for i in out[t] if i in road_map.incoming[after[0]]] or out[t]
    return out
