"""The network of `bc-small`: attention over the vehicle itself, the way, road users and lanes."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from simeval.policy.bc_small.features import AGENT, AIMS, EGO, LANE, WAY, Features, features_of
from simeval.policy.memory import Memory
from simeval.policy.observation import Observation
from simeval.policy.spec import PolicySpec

__all__ = ["BcSmall"]

WIDTH, HEADS = 96, 4
MIDDLE, HALF = -3.0, 5.5  # acceleration: -8.5 to 2.5 m/s^2
MOST_STEERING, CORRECTION = 0.65, 0.1  # [rad]


class Attention(nn.Module):
    """Queries look at tokens; then each goes through a small network of its own. Pre-norm, residual."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm_tokens, self.norm_out = (nn.LayerNorm(width) for _ in range(3))
        self.query, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.inner = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(
        self, x: Float[Tensor, "b q d"], tokens: Float[Tensor, "b t d"], there: Bool[Tensor, "b t"]
    ) -> Float[Tensor, "b q d"]:
        """Queries after having looked. At least one token of a row must be there."""
        query = self._split(self.query(self.norm(x)))
        key, value = (self._split(part) for part in self.key_value(self.norm_tokens(tokens)).chunk(2, dim=-1))
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None, :])
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        inner: Tensor = self.inner(self.norm_out(x))
        return x + inner

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


class BcSmall(nn.Module):
    """A cloned driver: acceleration and steering angle from what it sees now, without memory.

    Steering is a learned choice among the angles that lead through points of the way, and a correction.
    """

    spec = PolicySpec(action="acceleration_steering")

    def __init__(self) -> None:
        super().__init__()
        self.ego, self.way, self.agent, self.lane = (_embedding(n) for n in (EGO, WAY, AGENT, LANE))
        self.look, self.decide = Attention(WIDTH, HEADS), Attention(WIDTH, HEADS)
        self.head = nn.Sequential(
            nn.Linear(WIDTH + EGO + WAY, 128), nn.GELU(), nn.Linear(128, 64), nn.GELU(),
            nn.Linear(64, 2 + len(AIMS)),
        )  # fmt: skip

    def init(self, num_rows: int, device: torch.device) -> Memory:
        """Nothing: it remembers nothing."""
        return None

    def act(self, observation: Observation, memory: Memory) -> tuple[Tensor, Memory]:
        """Acceleration [m/s^2] and steering angle [rad] of every row."""
        return self(observation), None

    def forward(self, observation: Observation) -> Float[Tensor, "b 2"]:
        """The action of every row."""
        return self.decided(features_of(observation))

    def decided(self, f: Features) -> Float[Tensor, "b 2"]:
        """The action from features."""
        dtype = self.look.query.weight.dtype
        ego, way, agents, lanes = (t.to(dtype) for t in (f.ego, f.way, f.agents, f.lanes))
        own = torch.stack([self.ego(ego), self.way(way)], dim=1)
        movers = torch.cat([own, self.agent(agents)], dim=1)
        always = torch.ones_like(f.agents_there[:, :1]).expand(-1, 2)
        there = torch.cat([always, f.agents_there], dim=1)
        everything = torch.cat([movers, self.lane(lanes)], dim=1)
        movers = self.look(movers, everything, torch.cat([there, f.lanes_there], dim=1))
        chosen = self.decide(movers[:, :1], movers, there).squeeze(1)
        out = self.head(torch.cat([chosen, ego, way], dim=-1))
        return _bounded(out, f.aims.to(dtype))


def _embedding(size: int) -> nn.Module:
    return nn.Sequential(nn.Linear(size, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))


def _bounded(out: Tensor, aims: Tensor) -> Float[Tensor, "b 2"]:
    """Within what vehicles do, for whatever the network says."""
    acceleration = MIDDLE + HALF * torch.tanh(out[:, 0])
    wanted = (out[:, 2:].softmax(dim=-1) * aims).sum(dim=-1) + CORRECTION * torch.tanh(out[:, 1])
    return torch.stack([acceleration, MOST_STEERING * torch.tanh(wanted / MOST_STEERING)], dim=-1)
