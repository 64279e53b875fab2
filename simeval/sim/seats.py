"""Who is driven from outside: rows of agents, one for each row of a policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.scenario import Driver, Scenario
from simeval.sim.build import Tables
from simeval.sim.settings import SimSettings
from simeval.sim.traffic_rules import policy_of

__all__ = ["Seats", "egos_of", "traffic_seats"]


class Seats(NamedTuple):
    """For each row of a policy: the world, the row in the agent table, the row in the driven table."""

    world: Array
    agent: Array
    driven: Array


def egos_of(tables: Tables) -> Seats:
    """The ego of every world."""
    return Seats(np.arange(len(tables.world)), tables.world.ego.copy(), tables.world.driven0.copy())


def traffic_seats(scenarios: Sequence[Scenario], tables: Tables, settings: SimSettings) -> dict[str, Seats]:
    """By the reference of a policy: the agents that it drives, world by world."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for row in range(len(tables.driven)):
        agent = int(tables.driven[row].agent)
        if tables.agents[agent].driver != Driver.TRAFFIC_POLICY:
            continue
        world = int(np.searchsorted(tables.world.agent0, agent, side="right")) - 1
        scenario, own = scenarios[world], agent - int(tables.world[world].agent0)
        name = policy_of(settings.traffic, scenario.agents.kind_of(own), scenario.agents.ids[own])
        found.setdefault(name, []).append((world, agent, row))
    return {name: Seats(*np.array(rows, dtype=np.int64).T.copy()) for name, rows in found.items()}
