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


def figure(scenes: list[Scenario], worlds: int, repeats: int = 5) -> Figure:
    """Observed and driven vehicle-steps a second; all worlds go through a step together."""

    def prepare() -> tuple[Any, ...]:
        driven, world, agent = driven_by_commands(cycled(scenes, worlds))
        return driven, Observer(driven, SPEC), world, agent

    def work(ready: tuple[Any, ...]) -> float:
        driven, observe, world, agent = ready
        everyone = np.ones(len(world), dtype=bool)
        for step in range(STEPS):
            act_at_random(0, len(world), step, driven.tables.driven)
            driven._advance(1)
            observe(world, everyone, agent)
        return float(len(world) * STEPS)

    return repeated("controlled agent-steps/s", prepare, work, repeats)


if __name__ == "__main__":
    from real_scenes import waymo

    found, _ = waymo()
    for count in (32, 256):
        got = figure(found, count, 3)
        print(count, got.value, got.per_s, got.calibration_ms)
    sys.exit(os.EX_OK)
