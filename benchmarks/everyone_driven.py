"""Worlds in which every vehicle is driven by commands, and commands at random."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.scenario import AgentKind, Driver, Scenario
from simeval.sim import SimSettings, Worlds
from simeval.sim.runnable import CONTROLS
from simeval.sim.tables import DRIVEN, VEHICLE, Table, table

__all__ = ["act_at_random", "driven_by_commands"]

MOST_ACCELERATION, MOST_STEERING = 3.0, 0.4  # [m/s^2, rad] of random commands


def driven_by_commands(scenarios: list[Scenario]) -> tuple[Worlds, Array, Array]:
    """The worlds, and the world and agent (counted in its world) of each vehicle that is there at the start.

    All of them answer commands; nobody else moves by itself but who is recorded.
    """
    worlds = Worlds(scenarios, CONTROLS, SimSettings(end_on=()))
    tables = worlds.tables
    agents, world = tables.agents, tables.world
    of_world = np.repeat(np.arange(len(world)), world.agent1 - world.agent0)
    kind = np.concatenate([s.agents.kind for s in scenarios])
    there = (kind <= AgentKind.MOTORCYCLE) & (tables.live.presence == 1)
    rows = np.flatnonzero(there | (np.arange(len(agents)) == world.ego[of_world]))
    order = np.lexsort(
        (rows, rows != world.ego[of_world[rows]], of_world[rows])
    )  # of each world the ego first
    rows = rows[order]
    driven, vehicle = table(DRIVEN, len(rows)), table(VEHICLE, len(rows))
    own = tables.driven[world.driven0][of_world[rows]]
    driven[:] = own
    vehicle[:] = tables.vehicle[world.driven0][of_world[rows]]
    driven.agent, driven.steering, driven.acceleration = rows, 0.0, 0.0
    agents.driver[rows] = np.where(
        rows == world.ego[of_world[rows]], int(Driver.POLICY), int(Driver.TRAFFIC_POLICY)
    )
    agents.driven = -1
    agents.driven[rows] = np.arange(len(rows))
    agents.on_road[rows] = 1
    edges = np.searchsorted(of_world[rows], np.arange(len(world) + 1))
    world.driven0, world.driven1 = edges[:-1], edges[1:]
    worlds.tables = tables._replace(driven=driven, vehicle=vehicle)
    return worlds, of_world[rows], rows - world.agent0[of_world[rows]]


@kernel
def act_at_random(first: int, last: int, step: int, driven: Table) -> None:
    """Writes commands that depend on row and step alone (a multiplicative hash after Knuth)."""
    for k in range(first, last):
        mixed = ((k + 1) * 2654435761 + (step + 1) * 40503) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 2246822519) & 0xFFFFFFFF
        low, high = mixed & 0xFFFF, mixed >> 16
        driven[k].wanted_acceleration = MOST_ACCELERATION * (low / 32767.5 - 1.0)
        driven[k].wanted_steering = MOST_STEERING * (high / 32767.5 - 1.0)
