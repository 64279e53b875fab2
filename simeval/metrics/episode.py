"""One episode as metrics see it: the scenario, the trace, and what several metrics share, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.geometry import Line, corners
from simeval.metrics.contact_list import EgoContact, ego_contacts
from simeval.metrics.kinematics import Kinematics, kinematics
from simeval.metrics.lanes import lane_at_each_step
from simeval.metrics.neighbours import Neighbours, neighbours
from simeval.metrics.poses import BodyTracks, body_tracks
from simeval.metrics.signal_crossings import Crossing, signal_crossings
from simeval.safety.road import Road, road_of
from simeval.scenario import Scenario, Trace

__all__ = ["Episode"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Episode:
    """What a metric is given. All properties are lazy and shared; arrays have one row a recorded step t."""

    scenario: Scenario
    trace: Trace
    companions: Mapping[str, Trace] = field(default_factory=dict)  # other drives of the scenario, by role

    @property
    def dt(self) -> float:
        """Time between two steps [s]."""
        return self.trace.dt

    @property
    def num_steps(self) -> int:
        """Recorded steps, the first included."""
        return self.trace.num_steps

    @property
    def ego(self) -> int:
        """Index of the agent under test."""
        return self.trace.ego

    def name(self, agent: int) -> str | None:
        """Id of an agent; None for -1."""
        return self.trace.agents.ids[agent] if agent >= 0 else None

    @cached_property
    def ego_xy(self) -> Float[Array, "t 2"]:
        """Centre of the ego's first body [m]."""
        return np.ascontiguousarray(self.trace.states.xy[:, self.ego], dtype=np.float64)

    @cached_property
    def ego_heading(self) -> Float[Array, "t"]:
        """[rad]."""
        return np.ascontiguousarray(self.trace.states.heading[:, self.ego], dtype=np.float64)

    @cached_property
    def ego_motion(self) -> Kinematics:
        """Speed and acceleration of the ego's centre."""
        return kinematics(self.trace.states, self.ego, self.dt)

    def motion(self, agent: int) -> Kinematics:
        """Speed and acceleration of any agent's centre; not kept."""
        return kinematics(self.trace.states, agent, self.dt)

    @cached_property
    def bodies(self) -> BodyTracks:
        """Poses and velocities of all bodies of all agents."""
        return body_tracks(self.trace)

    @cached_property
    def bodies_by_id(self) -> Int[Array, "b"]:
        """All bodies in the order of the ids of their agents."""
        return self.bodies.by_id(self.trace.agents.ids)

    @cached_property
    def ego_corners(self) -> Float[Array, "t b 4 2"]:
        """Corners of all bodies of the ego [m]: front-left, rear-left, rear-right, front-right."""
        own, tracks = self.bodies.of(self.ego), self.bodies
        heading = np.arctan2(tracks.pose[:, own, 3], tracks.pose[:, own, 2])
        length, width = 2.0 * tracks.half[own, 0], 2.0 * tracks.half[own, 1]
        return corners(tracks.pose[:, own, :2], heading, length, width)

    @cached_property
    def contacts(self) -> list[EgoContact]:
        """First contact of the ego with each other agent, in time order, with type and fault."""
        return ego_contacts(self.scenario.map, self.trace, self.bodies)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Nearest and most urgent other agent at each step."""
        return neighbours(self.bodies, self.trace.agents.ids, self.ego)

    @cached_property
    def road(self) -> Road:
        """Where the road is, and whether that is given, inferred or absent."""
        return road_of(self.scenario.map)

    @cached_property
    def outside(self) -> Float[Array, "t"]:
        """Signed distance of the ego's outermost corner beyond the road's edge [m]; NaN: no road known."""
        if self.road.boundary is None:
            return np.full(self.num_steps, np.nan)
        distance = self.road.boundary.signed_distance(self.ego_corners.reshape(-1, 2))
        return np.asarray(distance.reshape(self.num_steps, -1).max(axis=1))

    @cached_property
    def route_s(self) -> Float[Array, "t"]:
        """Arc length of the ego's centre on the route [m]; NaN without a route."""
        return self._on_route[0]

    @cached_property
    def route_d(self) -> Float[Array, "t"]:
        """Offset of the ego's centre from the route, left positive [m]; NaN without a route."""
        return self._on_route[1]

    @cached_property
    def _on_route(self) -> tuple[Array, Array]:
        if self.route_line is None:
            return np.full(self.num_steps, np.nan), np.full(self.num_steps, np.nan)
        return self.route_line.project(self.ego_xy)

    @cached_property
    def route_line(self) -> Line | None:
        """The route as a line; None without a route."""
        route = self.scenario.route
        return Line.of(route.xy) if route is not None and len(route.xy) >= 2 else None

    @cached_property
    def speeds(self) -> Float[Array, "t a"]:
        """Speed of everyone along the heading, negative in reverse [m/s]; 0 where nobody is."""
        return self.trace.states.speed

    @cached_property
    def route_lanes(self) -> Bool[Array, "l"]:
        """For each lane of the map whether the route uses it."""
        lanes, route = self.scenario.map.lanes, self.scenario.route
        used = np.zeros(len(lanes), dtype=np.bool_)
        used[[lanes.index[i] for i in (route.lane_ids if route else ()) if i in lanes.index]] = True
        return used

    @cached_property
    def lane(self) -> Int[Array, "t"]:
        """Lane the ego is in by centre line and direction; -1: none."""
        return lane_at_each_step(self.scenario.map, self.route_lanes, self.ego_xy, self.ego_heading)

    @cached_property
    def speed_limit(self) -> Float[Array, "t"]:
        """Limit of the lane the ego is in [m/s]; NaN where it is in none or the limit is not known."""
        lanes = self.scenario.map.lanes
        if not lanes.has_limit.any():
            return np.full(self.num_steps, np.nan)
        known = (self.lane >= 0) & (lanes.has_limit[self.lane] == 1)
        return np.where(known, lanes.speed_limit[self.lane], np.nan)

    @cached_property
    def crossings(self) -> list[Crossing]:
        """Stop points of signals that the ego drove past."""
        if not len(self.scenario.signals):
            return []
        reach = 0.5 * float(self.trace.agents.length[self.ego])
        forward = np.stack([np.cos(self.ego_heading), np.sin(self.ego_heading)], axis=1)
        front, on_route = self.ego_xy + reach * forward, set(np.flatnonzero(self.route_lanes).tolist())
        first = self.trace.first_step
        return signal_crossings(self.scenario, first, front, self.ego_heading, self.lane, on_route)
