"""From an observation to the numbers that `bc-small` computes with: scaled, clipped, relative to the way.

Nothing here is learned. Own past accelerations are left out on purpose: a cloned driver that sees them
learns to repeat them instead of looking ahead (de Haan et al., Causal Confusion in Imitation Learning, 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from simeval.policy.bc_small.agent_features import AGENT, describe_agents, leader_of
from simeval.policy.bc_small.ahead import extended_route, on_way
from simeval.policy.bc_small.lane_features import LANE, describe_lanes
from simeval.policy.bc_small.scaling import like, place
from simeval.policy.bc_small.way_features import AIMS, WAY, aims_at, course_of
from simeval.policy.observation import Observation

__all__ = ["AGENT", "AIMS", "EGO", "LANE", "WAY", "Features", "features_of"]

EGO = 17 + len(AIMS) + AGENT


class Features(NamedTuple):
    """Scaled to about one; row first."""

    ego: Float[Tensor, "b e"]
    way: Float[Tensor, "b w"]
    aims: Float[Tensor, "b k"]  # steering angle that leads through each point aimed at [rad]
    agents: Float[Tensor, "b n a"]
    agents_there: Bool[Tensor, "b n"]
    lanes: Float[Tensor, "b m l"]
    lanes_there: Bool[Tensor, "b m"]


def features_of(seen: Observation) -> Features:
    """The features of every row. In float32 at least: positions in bfloat16 would be off by half a metre."""
    seen = seen.to(seen.active.device, torch.promote_types(seen.goal.dtype, torch.float32))
    way = extended_route(seen)
    speed = seen.ego_history[:, -1, 4:5]
    there = seen.agents_valid[..., -1]
    placed = on_way(way, seen.agents_history[:, :, -1])
    agents = describe_agents(seen, placed, speed) * there.unsqueeze(-1)
    lead = leader_of(placed, there, agents, seen.ego_parameters)
    lanes, limit, stop = describe_lanes(seen, way, speed)
    aims = aims_at(seen, way)
    bends, allowed = course_of(way, speed)
    ego = [
        speed / 15.0, (speed / 30.0).square(), seen.ego_parameters / like(seen.goal, 5, 2, 3, 2, 1, 10),
        place(seen.goal[:, :2] * seen.goal[:, 2:], 100.0), seen.goal[:, 2:], limit, stop,
        allowed, 5.0 * aims, lead,
    ]  # fmt: skip
    there_lanes = seen.lanes_valid.any(dim=-1)
    return Features(torch.cat(ego, dim=-1), bends, aims, agents, there, lanes, there_lanes)
