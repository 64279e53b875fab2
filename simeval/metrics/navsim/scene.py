"""What a plan is scored against: road users over five seconds, red lights, the map, the route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry.polygons import Polygons
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.tracks import NuplanTracks

__all__ = ["NavsimScene"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NavsimScene:
    """Surroundings over the steps t, 0.1 s apart, the present first; at least as long as a plan.

    `road` holds the areas without which a corner is off the road: road blocks, intersections, drivable
    areas, car parks.
    """

    tracks: NuplanTracks
    red_areas: Sequence[Float[Array, "_ 2"]]  # outlines that are closed while a light is red
    is_red: Bool[Array, "t r"]
    road_map: NuplanMap
    road: Polygons
    on_route: Bool[Array, "n"]  # of the route objects
    centre_line: Float[Array, "_ 2"]  # of the route [m]
    history: NuplanEgo | None = None  # the past up to the present, at least two states

    @cached_property
    def first_speed(self) -> Float[Array, "b"]:
        """Speed of each box where it first appears: NAVSIM asks no other step whether a track stands."""
        first = np.argmax(self.tracks.valid, axis=0)
        return np.asarray(self.tracks.speed[first, np.arange(len(first))])

    @cached_property
    def red_shapes(self) -> list[shapely.Polygon]:
        """The closed outlines as shapes."""
        return [shapely.Polygon(ring) for ring in self.red_areas]
