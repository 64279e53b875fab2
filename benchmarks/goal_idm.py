"""Goal B1: every vehicle drives by IDM; contacts and road edges of every agent are looked at in each step."""

from __future__ import annotations

import numpy as np
from measuring import Figure, repeated
from real_scenes import by_idm, cycled

from simeval.scenario import AgentKind, Scenario
from simeval.sim import SimSettings, Worlds
from simeval.sim.lane_positions import LanePositions

WORLDS, STEPS = 32, 80
WORLDS_WITH_LANES = 128  # each step is a call of its own there


def vehicle_steps(worlds: Worlds) -> int:
    """How many vehicle-steps were recorded: vehicles that were there, step by step; nobody else counts."""
    total = 0
    for w, scenario in enumerate(worlds.scenarios):
        vehicles = scenario.agents.kind <= AgentKind.MOTORCYCLE
        total += int(worlds.trace(w).states.valid[1:, vehicles].sum())
    return total


def figure(scenes: list[Scenario], repeats: int = 5, *, lanes: bool = False) -> Figure:
    """Vehicle-steps a second; traces are recorded, building the worlds is not in the time.

    `lanes`: the lane of everyone, and where in it, is found in each step too.
    """
    scenarios = [by_idm(s) for s in cycled(scenes, WORLDS_WITH_LANES if lanes else WORLDS)]
    settings = SimSettings(end_on=())
    counted: list[int] = []

    def prepare() -> tuple[Worlds, LanePositions]:
        ready = Worlds(scenarios, "idm", settings)
        return ready, LanePositions(ready)

    def work(made: tuple[Worlds, LanePositions]) -> float:
        ready, find = made
        if not lanes:
            ready.advance(STEPS)
        for _ in range(STEPS if lanes else 0):
            ready.advance()
            find()
        if not counted:
            counted.append(vehicle_steps(ready))
        return counted[0]

    return repeated("vehicle-steps/s", prepare, work, repeats)


def composition(scenes: list[Scenario]) -> dict[str, float]:
    """What those vehicles are: how many a world, and which share of their steps they move."""
    worlds = Worlds([by_idm(s) for s in scenes], "idm", SimSettings(end_on=()))
    worlds.advance(STEPS)
    there, moving = 0, 0
    for w, scenario in enumerate(worlds.scenarios):
        trace, vehicles = worlds.trace(w), scenario.agents.kind <= AgentKind.MOTORCYCLE
        valid = trace.states.valid[1:, vehicles]
        fast = np.hypot(*np.moveaxis(trace.states.velocity[1:, vehicles], -1, 0)) > 0.1
        there, moving = there + int(valid.sum()), moving + int((valid & fast).sum())
    steps = sum(worlds.trace(w).num_steps - 1 for w in range(len(worlds)))
    return {"vehicles_a_world": there / max(steps, 1), "share_moving": moving / max(there, 1)}
