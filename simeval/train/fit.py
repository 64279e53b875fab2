"""Fits the network to samples."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from simeval.policy.bc_small import BcSmall
from simeval.train.samples import Samples

__all__ = ["Fit", "fit", "loss_of"]

ROWS = 512  # of a batch
TOLD_EVERY = 100  # steps
DECAY = 1e-4
WARMING = 20  # steps


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How long to train, and how boldly."""

    steps: int
    rate: float = 1e-3  # at first; it falls to a hundredth along a cosine
    seed: int = 0


def loss_of(said: Float[Tensor, "n 2"], samples: Samples) -> tuple[Tensor, Tensor]:
    """(longitudinal, lateral) error, in m/s^2 beyond a small one.

    Braking that is missed weighs more the harder it has to be; an angle weighs by the lateral acceleration
    that it makes, and at walking pace by as much as at 5 m/s.
    """
    wanted = samples.command
    weight = 1.0 + 0.5 * (-wanted[:, 0]).clamp(0.0, 8.0)
    error = functional.smooth_l1_loss(said[:, 0], wanted[:, 0], beta=0.5, reduction="none")
    push = (samples.speed.square() + 25.0) / 2.8
    off = (said[:, 1] - wanted[:, 1]) * push
    lateral = functional.smooth_l1_loss(off, torch.zeros_like(off), beta=0.2)
    return (weight * error).mean(), lateral


def fit(
    network: BcSmall, samples: Samples, how: Fit, told: Callable[[int, float, float], None]
) -> tuple[float, float]:
    """Trains the network in place. Returns its mean losses over the last hundred steps.

    `told` hears them every hundred steps.
    """
    network.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=how.rate, weight_decay=DECAY)
    losses: deque[tuple[float, float]] = deque(maxlen=TOLD_EVERY)
    for step, rows in zip(range(how.steps), _batches(len(samples), how.seed), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = _rate(how.rate, step, how.steps)
        batch = samples.take(rows)
        along, across = loss_of(network.decided(batch.features), batch)
        optimizer.zero_grad()
        (along + across).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append((float(along.detach()), float(across.detach())))
        if (step + 1) % TOLD_EVERY == 0 or step + 1 == how.steps:
            told(step + 1, *_means(losses))
    network.eval().requires_grad_(False)
    return _means(losses)


def _batches(count: int, seed: int) -> Iterator[Tensor]:
    """Rows of one batch after the other: all samples in random order, again and again."""
    order = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.split(torch.randperm(count, generator=order), ROWS)


def _means(losses: Collection[tuple[float, float]]) -> tuple[float, float]:
    count = max(len(losses), 1)
    return sum(a for a, _ in losses) / count, sum(b for _, b in losses) / count


def _rate(rate: float, step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / WARMING)
    return rate * warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * step / steps)))
