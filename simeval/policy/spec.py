"""What a policy declares: how much it observes, in which form it acts, how often it plans."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

import msgspec

from simeval.errors import UsageError

__all__ = ["ActionForm", "ObservationSpec", "PolicySpec"]

ActionForm: TypeAlias = Literal[
    "acceleration_steering", "acceleration_curvature", "acceleration_steering_rate", "trajectory"
]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=4096)]


class ObservationSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sizes of the observation layout `vector/1`; `Observation` says what each tensor holds.

    order: how bodies, pieces of lanes and points of edges are listed. `nearest`: the nearest first. `steady`:
        bodies in the order of their ids; of the map what is nearest to the middle of the 5 m cell in which
        the row's vehicle is, in that order. It hardly changes from step to step and is found much faster.
    """

    layout: Literal["vector/1"] = "vector/1"
    history: Count = 10  # H: steps, the last one is now
    agents: Count = 16  # N: nearest bodies
    lanes: Count = 32  # M: nearest pieces of lanes
    lane_points: Count = 20  # P: points of a piece, 2 m apart
    edges: Count = 64  # E: nearest points of road edges
    route: Count = 40  # R: points of the reference line ahead, 2 m apart
    order: Literal["nearest", "steady"] = "nearest"

    def shapes(self, num_rows: int) -> dict[str, tuple[int, ...]]:
        """Shape of every tensor of an observation of so many rows."""
        b, h, n, m, p = num_rows, self.history, self.agents, self.lanes, self.lane_points
        return {
            "ego_history": (b, h, 7), "ego_parameters": (b, 6),
            "agents_history": (b, n, h, 8), "agents_kind": (b, n), "agents_valid": (b, n, h),
            "lanes": (b, m, p, 4), "lanes_attributes": (b, m, 6), "lanes_signal": (b, m),
            "lanes_valid": (b, m, p),
            "edges": (b, self.edges, 4), "edges_valid": (b, self.edges),
            "route": (b, self.route, 4), "route_valid": (b, self.route),
            "goal": (b, 3), "time_s": (b,), "active": (b,),
        }  # fmt: skip


class PolicySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a policy observes, how it acts, how often it plans.

    action: what `act` returns for B rows, float32 or float64.
        `acceleration_steering`: [B, 2], acceleration [m/s^2], road-wheel angle [rad], left positive.
        `acceleration_curvature`: [B, 2], acceleration [m/s^2], curvature of the rear axle's path [1/m].
        `acceleration_steering_rate`: [B, 2], acceleration [m/s^2], rate of the road-wheel angle [rad/s].
        `trajectory`: [B, num_points, 3 or 4], poses of the box centre x, y [m], heading [rad] and, if
        there are four columns, speed [m/s], in the ego frame of the observation; point i is meant for
        (i + 1) * plan_dt_s from now.
    tracker: who follows a trajectory: nuPlan's `lqr`, `pursuit`, which steers for a point ahead on it and
        keeps up with its times, or `perfect`, which puts the ego on it.
    replan_every: steps from one call of `act` to the next; in between a command is held and a
        trajectory is followed.
    is_random: the policy draws random numbers from torch's global generators, which are seeded for each
        batch. Without this, two calls with equal inputs must give equal actions.
    """

    observation: ObservationSpec = ObservationSpec()
    action: ActionForm = "acceleration_steering"
    num_points: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    plan_dt_s: float = 0.1
    tracker: Literal["lqr", "perfect", "pursuit"] = "lqr"
    replan_every: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    is_random: bool = False

    def __post_init__(self) -> None:
        if (self.action == "trajectory") != (self.num_points > 0):
            raise UsageError(
                "PolicySpec",
                f"num_points={self.num_points} does not fit action={self.action!r}.",
                "A trajectory has 1 or more points, the other forms have 0.",
            )
        if not 0.0 < self.plan_dt_s < math.inf:
            raise UsageError("PolicySpec", f"plan_dt_s must be a time > 0 s, got {self.plan_dt_s}.")

    def action_shapes(self, num_rows: int) -> tuple[tuple[int, ...], ...]:
        """The shapes that an action of so many rows may have."""
        if self.action == "trajectory":
            return tuple((num_rows, self.num_points, columns) for columns in (3, 4))
        return ((num_rows, 2),)
