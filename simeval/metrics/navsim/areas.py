"""Where a simulated vehicle is at each step: in several lanes, off the road, off its route.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_scorer.py, ego areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.nuplan.ego import NuplanEgo

__all__ = ["EgoAreas", "ego_areas"]


@dataclass(frozen=True, kw_only=True, eq=False)
class EgoAreas:
    """Over the steps t of a simulated plan."""

    several_lanes: Bool[Array, "t"]  # corners in more than one lane, and none that holds all four
    off_road: Bool[Array, "t"]  # a corner outside the road, without tolerance
    off_route: Bool[Array, "t"]  # the centre in no lane of the route; which way it drives does not matter
    crossing: Bool[Array, "t"]  # the centre in an intersection
    axle_crossing: Bool[Array, "t"]  # the rear axle in an intersection

    @property
    def wide(self) -> Bool[Array, "t"]:
        """Where contacts at the side are the ego's fault, and where who is beside it is looked at."""
        return np.asarray(self.several_lanes | self.off_road)


def ego_areas(ego: NuplanEgo, scene: NavsimScene) -> EgoAreas:
    """Points on an outline are outside."""
    flat, shape = ego.corners.reshape(-1, 2), ego.corners.shape[:2]
    lanes = scene.road_map.outline.contain(flat).reshape(*shape, -1)
    road = scene.road.contain(flat).any(axis=1).reshape(shape)
    touched: Array = np.asarray(lanes.any(axis=1))
    centre = scene.road_map.outline.contain(ego.xy)[:, scene.on_route]
    crossing = scene.road_map.intersections
    return EgoAreas(
        several_lanes=(touched.sum(axis=1) > 1) & ~np.asarray(lanes.all(axis=1)).any(axis=1),
        off_road=~np.asarray(road.all(axis=1)),
        off_route=~np.asarray(centre.any(axis=1)),
        crossing=np.asarray(crossing.contain(ego.xy).any(axis=1)),
        axle_crossing=np.asarray(crossing.contain(ego.rear_xy).any(axis=1)),
    )  # fmt: skip
