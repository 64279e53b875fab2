"""Drives scenarios and writes down, wherever that leads, what the teacher would do there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.policy import Observation
from simeval.policy.bc_small import BcSmall
from simeval.policy.bc_small.features import features_of
from simeval.scenario import Scenario
from simeval.sim.observe import Observer
from simeval.sim.rollout import Worlds
from simeval.sim.runnable import CONTROLS
from simeval.sim.settings import SimSettings
from simeval.sim.teacher import teacher_commands
from simeval.train.samples import Samples, joined, packed

__all__ = ["BATCH", "collect"]

BATCH = 128  # worlds side by side
EVERY = 3  # steps from one sample of a world to the next
STANDING = 0.25  # share of the samples of a standing ego that is kept: there are too many alike
LOST = 5.0  # [m] from the route: nobody learns anything there
SETTINGS = SimSettings(end_on=("contact", "route_end"))  # off the road there is a way back to learn


def collect(scenarios: Sequence[Scenario], learner: BcSmall | None, rng: np.random.Generator) -> Samples:
    """Samples of one drive through each scenario.

    Without a learner the teacher drives, in most scenarios disturbed, so that the way back is seen too.
    With one the learner drives, and in some scenarios the teacher takes over for a while now and then
    (Ross, Gordon & Bagnell, A Reduction of Imitation Learning ..., AISTATS 2011: "DAgger").
    """
    parts: list[Samples] = []
    for first in range(0, len(scenarios), BATCH):
        parts += _drive(scenarios[first : first + BATCH], learner, rng)
    return joined(parts)


def _drive(scenarios: Sequence[Scenario], learner: BcSmall | None, rng: np.random.Generator) -> list[Samples]:
    worlds = Worlds(scenarios, CONTROLS, SETTINGS)
    observer, rows = Observer(worlds, BcSmall.spec.observation), np.arange(len(scenarios))
    disturbed = Disturbance(worlds, rng, share=0.7 if learner is None else 0.3)
    helped = np.zeros(len(rows), dtype=bool)
    can_help = rng.random(len(rows)) < 0.25
    parts: list[Samples] = []
    with torch.inference_mode():
        for step in range(max(s.num_steps for s in scenarios)):
            active = worlds.active
            if not active.any():
                break
            told, seen = teacher_commands(worlds), observer(rows, active)
            done = told
            if learner is not None:
                helped = can_help & np.where(rng.random(len(rows)) < 0.05, ~helped, helped)
                done = np.where(helped[:, None], told, learner(seen).double().numpy())
            keep = active & ((step + rows) % EVERY == 0) & _worth(worlds, rng)
            if keep.any():
                parts.append(_samples(seen, told, keep))
            worlds.advance(1, controls=disturbed(done))
    return parts


def _worth(worlds: Worlds, rng: np.random.Generator) -> Bool[Array, "w"]:
    ego = worlds.tables.live[worlds.tables.world.ego]
    standing = np.abs(ego.speed) < 0.05
    return np.asarray((np.abs(ego.offset) < LOST) & (~standing | (rng.random(len(worlds)) < STANDING)))


def _samples(seen: Observation, told: Array, keep: Array) -> Samples:
    rows = torch.from_numpy(np.flatnonzero(keep))
    chosen = seen.map(lambda tensor: tensor[rows])
    return packed(features_of(chosen), torch.from_numpy(told)[rows], chosen.ego_history[:, -1, 4])


class Disturbance:
    """Errors on top of a command: noise that lasts about a second, and spells without a reaction."""

    def __init__(self, worlds: Worlds, rng: np.random.Generator, share: float) -> None:
        self.worlds, self.rng = worlds, rng
        self.on = rng.random(len(worlds)) < share
        self.noise = np.zeros((len(worlds), 2))  # longitudinal, lateral acceleration [m/s^2]
        self.asleep = np.zeros(len(worlds))  # [s] for which the wheel and pedals are held
        self.held = np.zeros((len(worlds), 2))

    def __call__(self, command: Float[Array, "w 2"]) -> Float[Array, "w 2"]:
        """What is done instead."""
        tables, rng, count = self.worlds.tables, self.rng, len(self.worlds)
        dt, speed = tables.world.dt, np.abs(tables.live.speed[tables.world.ego])
        keep = np.exp(-dt / 0.8)[:, None]
        self.noise = keep * self.noise + np.sqrt(1.0 - keep**2) * rng.normal(size=(count, 2))
        angle = tables.agents.wheelbase[tables.world.ego] / (speed**2 + 20.0) * self.noise[:, 1]
        noisy = command + np.stack([self.noise[:, 0], angle], axis=1)
        falls = (self.asleep <= 0.0) & (rng.random(count) < 0.01)
        self.held = np.where(
            falls[:, None], np.stack([rng.uniform(-1, 1.5, count), command[:, 1]], 1), self.held
        )
        self.asleep = np.where(falls, rng.uniform(0.5, 1.5, count), self.asleep - dt)
        noisy = np.where((self.asleep > 0.0)[:, None], self.held, noisy)
        return np.where(self.on[:, None], noisy, command)
