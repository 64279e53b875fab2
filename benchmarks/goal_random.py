"""Goals B2 and B3: every vehicle acts at random; contacts, road edges and lane of all in every step, and an
observation of 63 neighbours and 200 road points for each of them."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from everyone_driven import act_at_random, driven_by_commands
from measuring import Figure, repeated
from real_scenes import cycled

from simeval.policy import ObservationSpec
from simeval.scenario import Scenario
from simeval.sim.observe import Observer

STEPS, EPISODE = 80, 80
SPEC = ObservationSpec(history=1, agents=63, lanes=20, lane_points=5, edges=100, route=1, order="steady")
"""63 neighbours, 20 x 5 points of lanes and 100 of road edges, nearest first; now only, as PufferDrive."""


def figure(scenes: list[Scenario], worlds: int, repeats: int = 5, blocks: int = 0) -> Figure:
    """Observed and driven vehicle-steps a second.

    `blocks`: worlds that go through the whole episode together; 0: all at once, as one policy would need it.
    """
    scenarios = cycled(scenes, worlds)
    size = blocks or worlds
    parts = [scenarios[k : k + size] for k in range(0, worlds, size)]

    def prepare() -> list[Any]:
        made = []
        for part in parts:
            driven, world, agent = driven_by_commands(part)
            made.append((driven, Observer(driven, SPEC), world, agent))
        return made

    def work(ready: list[Any]) -> float:
        done = 0.0
        for driven, observe, world, agent in ready:
            everyone = np.ones(len(world), dtype=bool)
            for step in range(STEPS):
                act_at_random(0, len(world), step, driven.tables.driven)
                driven._advance(1)
                observe(world, everyone, agent)
            done += len(world) * STEPS
        return done

    return repeated("controlled agent-steps/s", prepare, work, repeats)


if __name__ == "__main__":
    from real_scenes import waymo

    found, _ = waymo()
    for count in (32, 256):
        got = figure(found, count, 3)
        print(count, got.value, got.per_s, got.calibration_ms)
    sys.exit(os.EX_OK)
