"""What traffic models need besides paths: the character of drivers, and the roads that people cross."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.scenario import Driver, Scenario
from simeval.sim.agents import Cast
from simeval.sim.flat import starts
from simeval.sim.settings import SimSettings
from simeval.sim.tables import CHARACTER, CROSSING, Table, TrafficTable, table
from simeval.sim.traffic_rules import draws_drivers, is_drawn
from simeval.traffic.drivers import draw_driver
from simeval.traffic.idm import IdmParameters
from simeval.traffic.mobil import MobilParameters
from simeval.traffic.philox import key_for

__all__ = ["traffic_table"]

CROSSERS = (Driver.PEDESTRIAN, Driver.CYCLIST)
DEFAULT = (*IdmParameters(), MobilParameters().politeness)


def traffic_table(
    scenarios: Sequence[Scenario], casts: Sequence[Cast], world: Table, agents: Table,
    settings: SimSettings, seeds: Sequence[int],
) -> TrafficTable:  # fmt: skip
    """Both tables; writes their rows into the agent table, and drawn drivers' desired speeds too."""
    return TrafficTable(
        character=_characters(scenarios, world, agents, settings, seeds),
        crossing=_crossings(scenarios, casts, agents),
    )


def _characters(
    scenarios: Sequence[Scenario], world: Table, agents: Table, settings: SimSettings, seeds: Sequence[int]
) -> Table:
    """Row 0 is the driver of whom nothing was drawn."""
    rows = [DEFAULT]
    drawn = zip(scenarios, world, seeds, strict=True) if draws_drivers(settings.traffic) else ()
    for scenario, here, seed in drawn:
        for a in range(len(scenario.agents)):
            if a == scenario.ego or not is_drawn(settings.traffic, scenario, a):
                continue
            driver = draw_driver(key_for(seed, scenario.id, scenario.agents.ids[a], "driver"))
            agents[here.agent0 + a].character = len(rows)
            agents[here.agent0 + a].desired *= driver.desired_speed_factor
            rows.append((*driver.idm, driver.mobil.politeness))
    characters = table(CHARACTER, len(rows))
    for k, name in enumerate((*IdmParameters._fields, "politeness")):
        characters[name] = [row[k] for row in rows]
    return characters


def _crossings(scenarios: Sequence[Scenario], casts: Sequence[Cast], agents: Table) -> Table:
    found = [_of_scenario(scenario, cast) for scenario, cast in zip(scenarios, casts, strict=True)]
    each = [rows for scenario in found for rows in scenario]
    edges = starts([len(rows) for rows in each])
    agents.cross0, agents.cross1 = edges[:-1], edges[1:]
    crossings = table(CROSSING, int(edges[-1]))
    for k, name in enumerate(("lane0", "lane1", "road0", "road1")):
        crossings[name] = [row[k] for rows in each for row in rows]
    return crossings


def _of_scenario(scenario: Scenario, cast: Cast) -> list[list[tuple[float, ...]]]:
    """The lanes that each agent crosses; none for those who are no crossers."""
    if not np.isin(cast.driver, CROSSERS).any():
        return [[]] * len(cast.driver)
    from simeval.sim.build_crossings import crossings_of

    return [
        list(crossings_of(scenario, path))
        if cast.driver[a] in CROSSERS and (path := cast.path_of(a)) is not None else []
        for a in range(len(cast.driver))
    ]  # fmt: skip
