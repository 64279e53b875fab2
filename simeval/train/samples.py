"""Samples to learn from: what was seen, in features, and what the teacher would have done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from simeval.policy.bc_small.features import Features

__all__ = ["Samples", "joined", "packed"]


class Samples(NamedTuple):
    """n samples; agents and lanes in half precision, because they are most of the memory."""

    features: Features
    command: Float[Tensor, "n 2"]  # acceleration [m/s^2], steering angle [rad]
    speed: Float[Tensor, "n"]  # [m/s]

    def __len__(self) -> int:
        return len(self.speed)

    @property
    def num_bytes(self) -> int:
        """Memory in use."""
        return sum(t.nbytes for t in (*self.features, self.command, self.speed))

    def take(self, rows: Int[Tensor, "k"]) -> Samples:
        """Some of them, in full precision."""
        chosen = (t[rows] for t in self.features)
        features = Features(*(t.float() if t.is_floating_point() else t for t in chosen))
        return Samples(features, self.command[rows], self.speed[rows])


def packed(features: Features, command: Tensor, speed: Tensor) -> Samples:
    """Samples as they are kept."""
    small = features._replace(agents=features.agents.half(), lanes=features.lanes.half())
    return Samples(small, command.float(), speed.float())


def joined(parts: Sequence[Samples]) -> Samples:
    """All of them."""
    features = Features(*(torch.cat(ts) for ts in zip(*(p.features for p in parts), strict=True)))
    command, speed = torch.cat([p.command for p in parts]), torch.cat([p.speed for p in parts])
    return Samples(features, command, speed)
