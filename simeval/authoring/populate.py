"""A scenario of nothing but traffic on a map."""

from __future__ import annotations

import numpy as np

from simeval.authoring.build import tables_of
from simeval.authoring.fill import KINDS, Fill, fill_road
from simeval.authoring.network import Network
from simeval.authoring.where import Where
from simeval.scenario import Polylines, Provenance, RoadMap, Route, Scenario, Signals
from simeval.scenario.validate import check_scenario

__all__ = ["populate"]


def populate(
    road: RoadMap, count: int, seed: int = 0, *, arrivals_per_minute: float = 0.0, duration: float = 60.0,
    dt: float = 0.1, kinds: dict[str, float] | None = None, name: str = "traffic",
) -> Scenario:  # fmt: skip
    """`count` vehicles on the lanes of a map, authored or imported, each with a drawn route to its end.

    The first of them is the ego. Vehicles are drawn by `seed`; see `Fill` for the rest. Speeds are limited by
    those of the lanes, or 11 m/s where the map gives none.

    Args:
        road: a map with topology.
        count: vehicles at the start.
        seed: of all draws.
        arrivals_per_minute: on each lane on which the map is entered.
        duration: [s].
        dt: [s].
        kinds: shares of the vehicle table's kinds.
        name: ends the scenario's id, `traffic/<name>`.

    Raises:
        InputError: a map without lanes that follow one another, or without room for so many.
    """
    where = Where(f"traffic on map {road.id}")
    if not len(road.lanes.successors.lane):
        raise where.error("its lanes do not follow one another.", "Choose a map with topology.")
    fill = Fill(count, arrivals_per_minute, seed, KINDS if kinds is None else kinds)
    actors = fill_road(Network(road), fill, [], duration, where)
    steps = round(duration / dt) + 1
    agents, states = tables_of(actors, steps, dt)
    scenario = Scenario(
        id=f"traffic/{name}", suite="traffic", family=name, dt=dt, start_step=0, origin=(0.0, 0.0),
        agents=agents, states=states, ego=0,
        route=Route(lane_ids=(), xy=actors[0].path, inferred=False), goal=None,
        paths=Polylines.of([np.zeros((0, 2)), *(a.path for a in actors[1:])]), map=road,
        signals=Signals.none(steps),
        provenance=Provenance(format="authored", licence="as the map's", source_id=f"{name} s{seed}"),
        parameters=(("count", float(count)), ("seed", float(seed))),
    )  # fmt: skip
    check_scenario(scenario, where.file, "Choose another seed.")
    return scenario
