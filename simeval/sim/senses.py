"""How well the ego's policy sees others: noise on their states, and agents that are missed for a while.

What is drawn depends on the episode's seed, the scenario's and the agent's id, and the scenario step alone:
the state of an agent at a step is seen with the same error in every later history, and a stored episode
is seen again to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.scenario import Scenario
from simeval.sim.axes import Axes, steps_of
from simeval.sim.flat import starts
from simeval.sim.tables import Row, Table, table
from simeval.traffic.philox import key_for, normal, uniform

__all__ = ["Senses", "is_missed", "put_seed", "senses_of", "with_noise"]

SENSE = np.dtype([(n, "i8") for n in ("on", "window")] + [(n, "f8") for n in
                 ("position", "heading", "speed", "miss")], align=True)  # fmt: skip
"""One row a world: 1 where anything is disturbed; steps that a miss lasts; standard deviations; share."""


class Senses(NamedTuple):
    """What is drawn for whom."""

    worlds: Table
    keys: Array  # [agents, 2] of noise and of misses


def senses_of(scenarios: Sequence[Scenario], settings: Axes, seeds: Sequence[int]) -> Senses:
    """The senses of the egos of a batch; `seeds` are those of its episodes."""
    rows = table(SENSE, len(scenarios))
    rows.on = settings.disturbs_sight
    rows.window = [max(1, steps_of(settings.miss_for_s, s.dt)) for s in scenarios]
    rows.position, rows.heading = settings.noise_position_m, settings.noise_heading_rad
    rows.speed, rows.miss = settings.noise_speed_mps, settings.miss
    senses = Senses(rows, np.zeros((sum(len(s.agents) for s in scenarios), 2), dtype=np.int64))
    for row, seed in enumerate(seeds):
        put_seed(senses, scenarios, row, seed)
    return senses


def put_seed(senses: Senses, scenarios: Sequence[Scenario], row: int, seed: int) -> None:
    """Lets a world draw by another seed."""
    if not senses.worlds[row].on:
        return
    first, scenario = int(starts([len(s.agents) for s in scenarios])[row]), scenarios[row]
    for a, name in enumerate(scenario.agents.ids):
        for k, purpose in enumerate(("seen state", "seen at all")):
            senses.keys[first + a, k] = key_for(seed, scenario.id, name, purpose)


@kernel
def is_missed(sense: Row, key: int, step: int) -> bool:
    """Whether an agent is not seen at a scenario step.

    Time is cut into windows, from a place that is drawn for each agent; it is missed in each with the same
    probability. So the share of time is exactly that, and a miss lasts at least a window.
    """
    if sense.miss <= 0.0:
        return False
    shift = int(uniform(key, 0, 1) * sense.window)
    return uniform(key, (step + shift) // sense.window, 0) < sense.miss


@kernel
def with_noise(
    sense: Row, key: int, step: int, x: float, y: float, heading: float, vx: float, vy: float
) -> tuple[float, float, float, float, float]:
    """A state as it is seen at a scenario step: x, y, heading, vx, vy."""
    faster = sense.speed * normal(key, step, 3) if sense.speed > 0.0 else 0.0
    vx, vy = vx + faster * math.cos(heading), vy + faster * math.sin(heading)
    if sense.position > 0.0:
        x, y = x + sense.position * normal(key, step, 0), y + sense.position * normal(key, step, 1)
    if sense.heading > 0.0:
        heading += sense.heading * normal(key, step, 2)
    return x, y, heading, vx, vy
