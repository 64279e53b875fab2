"""The scenes that the goals are measured on: recorded ones below $SIMEVAL_TEST_DATA, else authored ones."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scene import crossing, intersection, with_lanes

from simeval.readers import Rejected, read_path
from simeval.scenario import Controller, Scenario
from simeval.scenario.ego import choose_ego

__all__ = ["argoverse", "by_idm", "cycled", "variations", "waymo"]

LEAST_VEHICLES = 5


def _read(name: str) -> list[Scenario]:
    folder = os.environ.get("SIMEVAL_TEST_DATA")
    if not folder or not (Path(folder) / name).is_dir():
        return []
    found = [s for s in read_path(Path(folder) / name) if not isinstance(s, Rejected)]
    driven = [s if s.ego is not None else choose_ego(s, "longest") for s in found]
    return [s for s in driven if len(s.agents) >= LEAST_VEHICLES]


def waymo() -> tuple[list[Scenario], str]:
    """Scenes of the Waymo Open Motion Dataset in JSON, and what to call them."""
    found = _read("gpudrive_json")
    if found:
        return found, f"{len(found)} Waymo scenes"
    return [crossing(intersection(), seed) for seed in range(4)], "authored intersection (no Waymo scenes)"


def argoverse() -> tuple[list[Scenario], str]:
    """Scenes of Argoverse 2, and what to call them."""
    found = _read("argoverse2")
    if found:
        return found, f"{len(found)} Argoverse 2 scenes"
    road = with_lanes(intersection())
    return [
        crossing(road, seed) for seed in range(4)
    ], "authored intersection with lanes (no Argoverse 2 maps)"


def by_idm(scenario: Scenario) -> Scenario:
    """The same scene with every vehicle driving by IDM; everyone else stays as recorded."""
    kinds = [scenario.agents.kind_of(a) for a in range(len(scenario.agents))]
    wanted = [int(Controller.IDM if kind.is_vehicle else Controller.REPLAY) for kind in kinds]
    agents = dataclasses.replace(scenario.agents, controller=np.asarray(wanted))
    return dataclasses.replace(scenario, agents=agents)


def cycled(scenes: list[Scenario], count: int) -> list[Scenario]:
    """So many worlds, the scenes in turns."""
    return [scenes[k % len(scenes)] for k in range(count)]


def variations(scenes: list[Scenario], count: int) -> Iterator[Scenario]:
    """Different scenarios of the same scenes: another vehicle is the ego, or the scene begins later."""
    made = 0
    for later in range(40):
        for scene in scenes:
            start = scene.start_step + later
            if start + 20 > scene.num_steps:
                continue
            for a in np.flatnonzero(scene.states.valid[start:].all(axis=0)):
                if made == count:
                    return
                if not scene.agents.kind_of(int(a)).is_vehicle:
                    continue
                moved = dataclasses.replace(scene, start_step=start)
                chosen = choose_ego(moved, scene.agents.ids[int(a)])
                yield dataclasses.replace(chosen, id=f"{scene.id}-{a}-{later}")
                made += 1
