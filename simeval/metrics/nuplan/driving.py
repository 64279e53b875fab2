"""One drive under nuPlan's metrics: what several of them share, computed once, and each metric's number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.metrics.nuplan import collision_course, collisions, direction, drivable, overspeed, progress
from simeval.metrics.nuplan.corners import corner_objects, in_one_lane
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.route import RouteObjects, route_objects
from simeval.metrics.nuplan.tracks import NuplanTracks

__all__ = ["NuplanDrive"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NuplanDrive:
    """An ego, the others, the map, and the path of an expert to compare with. All properties are lazy."""

    ego: NuplanEgo
    tracks: NuplanTracks
    road_map: NuplanMap
    expert_xy: Float[Array, "e 2"]  # centre of the expert's box [m]
    given_area_distance: Float[Array, "t 4"] | None = None  # of the ego's corners; None: by the map's areas

    @cached_property
    def path(self) -> list[RouteObjects]:
        """Route objects of the ego's centre at each step."""
        return route_objects(self.road_map, self.ego.xy)

    @cached_property
    def corner_objects(self) -> Bool[Array, "t 4 n"]:
        """Route objects of the ego's corners at each step."""
        return corner_objects(self.road_map, self.ego.corners)

    @cached_property
    def one_lane(self) -> Bool[Array, "t"]:
        """Whether the ego is in one lane, or in lanes that follow one another."""
        return in_one_lane(self.road_map, self.corner_objects)

    @cached_property
    def collisions(self) -> list[collisions.NuplanCollision]:
        """First contacts."""
        return collisions.collisions(self.ego, self.tracks)

    @cached_property
    def at_fault(self) -> list[collisions.NuplanCollision]:
        """Those by the ego's fault."""
        return collisions.at_fault(self.collisions, self.one_lane)

    def times_to_collision(self, horizon: float = 3.0) -> Float[Array, "t"]:
        """nuPlan's time to collision at each step [s]; inf: none."""
        crossing = self.road_map.intersections.contain(self.ego.rear_xy).any(axis=1)
        wide = ~self.one_lane | crossing
        chosen = collision_course.relevant(self.ego, self.tracks, self.collisions, wide, horizon=horizon)
        return collision_course.times_to_collision(
            self.ego, self.tracks, chosen, self.at_fault, horizon=horizon
        )

    @cached_property
    def area_distance(self) -> Float[Array, "t 4"]:
        """Distance of each corner to the drivable area [m], 0 inside."""
        if self.given_area_distance is not None:
            return self.given_area_distance
        return drivable.area_distance(self.road_map, self.ego.corners)

    @cached_property
    def corners_on_road(self) -> Bool[Array, "t 4"]:
        """Whether each corner is in a lane, a connector or the drivable area, without any tolerance."""
        return np.asarray(self.corner_objects.any(axis=2) | (self.area_distance == 0.0))

    @cached_property
    def distance_off_road(self) -> Float[Array, "t"]:
        """How far the outermost corner is off the road [m]."""
        return drivable.distance_off_road(
            self.road_map, self.ego.corners, self.corners_on_road, self.area_distance, self.path
        )

    @cached_property
    def way_in_one_second(self) -> Float[Array, "t"]:
        """Way along the lane within a second [m], negative against it."""
        way = direction.lane_progress(self.road_map, self.ego.xy, self.path)
        return direction.windowed(way, self.ego.dt)

    @cached_property
    def overspeed(self) -> Float[Array, "t"]:
        """Speed above the limit [m/s]."""
        return overspeed.overspeed(self.ego, overspeed.limits(self.road_map, self.path))

    @cached_property
    def legs(self) -> list[progress.Leg]:
        """Road blocks of the expert's route."""
        return progress.expert_legs(self.road_map, route_objects(self.road_map, self.expert_xy))

    def progress(self, xy: Float[Array, "t 2"]) -> Float[Array, "t"]:
        """Way along the expert's route at each step [m]."""
        return progress.progress_along(self.road_map, self.legs, xy)

    @cached_property
    def progress_ratio(self) -> float:
        """Share of the expert's progress; 1 where the expert has no route."""
        if not self.legs:
            return 1.0
        own, expert = self.progress(self.ego.xy), self.progress(self.expert_xy)
        return progress.progress_ratio(float(np.sum(own)), float(np.sum(expert)))
