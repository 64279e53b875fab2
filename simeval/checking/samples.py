"""What policies are asked in a check: observations of 64 authored situations, and what idm would do there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.authoring import Family, load_suite
from simeval.content import builtin_root
from simeval.policy import Observation, ObservationSpec
from simeval.scenario import Scenario
from simeval.sim.observe import Observer
from simeval.sim.rollout import Worlds
from simeval.sim.runnable import CONTROLS
from simeval.sim.settings import SimSettings
from simeval.sim.teacher import teacher_commands

__all__ = ["NUM_ROWS", "Samples", "bundled_families", "samples_of", "situations"]

NUM_ROWS = 64
SEEN_AT = (0, 1, 2, 3, 4, 5, 15, 30, 45)  # steps; the first ones in a row, for policies that remember
SWING = 0.06  # [rad] on top of the steering of idm, so that the car is where steering is needed


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """T observations of the same B rows, with the truth about the ego and the command of idm."""

    observations: tuple[Observation, ...]
    teacher: Float[Array, "t b 2"]  # acceleration [m/s^2], road-wheel angle [rad]
    speed: Float[Array, "t b"]  # [m/s]
    wheelbase: Float[Array, "b"]  # [m]
    dt: float


@functools.cache
def bundled_families() -> tuple[Family, ...]:
    """Families of the suites that come with the package."""
    folders = sorted(p.parent for p in (builtin_root() / "scenarios").glob("*/suite.toml"))
    return tuple(family for folder in folders for family in load_suite(folder).families)


@functools.cache
def situations(count: int) -> tuple[Scenario, ...]:
    """So many bundled scenarios, each family in turn; parameters drawn from the second round on."""
    families = bundled_families()
    turns = ((families[i % len(families)], i // len(families)) for i in range(count))
    return tuple(family.build(family.cases(seed=round_)[0]) for family, round_ in turns)


def samples_of(scenarios: Sequence[Scenario], spec: ObservationSpec) -> Samples:
    """Observes the scenarios while idm drives, swinging from side to side."""
    worlds = Worlds(scenarios, CONTROLS, SimSettings(end_on=()))
    look, rows = Observer(worlds, spec), np.arange(len(scenarios))
    seen, teacher, speed = [], [], []
    for step in range(max(SEEN_AT) + 1):
        wanted = teacher_commands(worlds)
        if step in SEEN_AT:
            seen.append(look(rows, worlds.active))
            teacher.append(wanted)
            speed.append(worlds.tables.live.speed[worlds.tables.world.ego].copy())
        swing = SWING * np.sin(0.25 * step + rows) * (rows % 2)
        worlds.advance(1, controls=wanted + np.stack([0.0 * swing, swing], axis=1))
    return Samples(
        observations=tuple(seen), teacher=np.array(teacher), speed=np.array(speed),
        wheelbase=worlds.tables.agents.wheelbase[worlds.tables.world.ego].copy(), dt=scenarios[0].dt,
    )  # fmt: skip
