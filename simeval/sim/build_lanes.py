"""Where the paths of each world meet, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.scenario import AgentKind, Agents, AreaKind, Driver, Scenario
from simeval.sim.agents import Cast
from simeval.sim.flat import starts
from simeval.sim.tables import CLAIM, WALK, ZONE, LaneTable, Table, table
from simeval.traffic.lane_zones import Zone, zones_of

__all__ = ["GIVE_WAY", "lane_tables", "on_foot", "on_lanes", "swings", "tails", "turns"]

GIVE_WAY = tuple(int(d) for d in (Driver.IDM, Driver.IDM_EGO, Driver.MOBIL))


def lane_tables(
    scenarios: Sequence[Scenario], casts: Sequence[Cast], world: Table, paths: Table
) -> LaneTable:
    """Zones of all paths; completes the worlds' and the paths' rows."""
    found = [_zones(s, c) for s, c in zip(scenarios, casts, strict=True)]
    world.conflict0, world.conflict1 = (starts([n for _, n in found])[k:][: len(found)] for k in (0, 1))
    sizes = [len(zones) for by_path, _ in found for zones in by_path]
    edges = starts(sizes)
    paths.zone0, paths.zone1 = edges[:-1], edges[1:]
    walks = [_walks(s, c) for s, c in zip(scenarios, casts, strict=True)]
    edges = starts([len(own) for by_path in walks for own in by_path])
    paths.walk0, paths.walk1 = edges[:-1], edges[1:]
    world.walks = [any(own for own in by_path) for by_path in walks]
    room = [_most(by_path) * len(s.agents) for s, (by_path, _) in zip(scenarios, found, strict=True)]
    world.claim0 = starts(room)[:-1]
    return LaneTable(
        path=paths,
        zone=_zone_table([by_path for by_path, _ in found], world.conflict0),
        walk=_walk_table(walks),
        claim=table(CLAIM, sum(room)),
        first=np.zeros(int(world[-1].agent1) + 1, dtype=np.int64),
        head=np.full((int(world[-1].conflict1), 2), -1, dtype=np.int64),
    )


def _most(by_path: Sequence[Sequence[Zone]]) -> int:
    return max((len(zones) for zones in by_path), default=0)


def on_lanes(scenario: Scenario, cast: Cast) -> Array:
    """[a] whether somebody drew an agent's path; recorded tracks follow no lanes."""
    drawn = scenario.paths.counts >= 2
    if scenario.ego is not None:
        drawn[scenario.ego] = scenario.route is not None and not scenario.route.inferred
    return np.asarray(drawn & (cast.path >= 0))


def _zones(scenario: Scenario, cast: Cast) -> tuple[list[list[Zone]], int]:
    """Zones of each path of a scenario that follows lanes."""
    drawn = {int(k) for k in cast.path[on_lanes(scenario, cast)]}
    drawn |= set(range(int(cast.path.max(initial=-1)) + 1, len(cast.paths)))  # those beside others
    return zones_of(scenario.map, [p if k in drawn else None for k, p in enumerate(cast.paths)])


def _walks(scenario: Scenario, cast: Cast) -> list[list[tuple[float, float]]]:
    """Arc lengths of the crosswalks on each path that follows lanes; none where nobody could use them."""
    found: list[list[tuple[float, float]]] = [[] for _ in cast.paths]
    areas = [shapely.Polygon(p) for p in scenario.map.areas_of(AreaKind.CROSSWALK) if len(p) >= 3]
    if not areas or not on_foot(scenario.agents).any():
        return found
    for k in {int(k) for k in cast.path[on_lanes(scenario, cast)]}:
        line = shapely.LineString(np.stack([cast.paths[k].x, cast.paths[k].y], axis=1))
        for area in areas:
            ends = shapely.get_coordinates(line.intersection(shapely.make_valid(area)))
            if len(ends) > 1:
                at = shapely.line_locate_point(line, shapely.points(ends))
                found[k].append((float(at.min()), float(at.max())))
        found[k].sort()
    return found


def _walk_table(walks: Sequence[Sequence[Sequence[tuple[float, float]]]]) -> Table:
    rows = [walk for by_path in walks for own in by_path for walk in own]
    found = table(WALK, len(rows))
    found.s0, found.s1 = [s0 for s0, _ in rows], [s1 for _, s1 in rows]
    return found


def on_foot(agents: Agents) -> Array:
    """[a] whom crosswalks are made for: 1 on foot, 2 by bicycle, 0 nobody."""
    return np.where(agents.kind == AgentKind.PEDESTRIAN, 1, np.where(agents.kind == AgentKind.CYCLIST, 2, 0))


def _zone_table(by_world: Sequence[Sequence[Sequence[Zone]]], first: Array) -> Table:
    rows = [(z, int(first[w])) for w, by_path in enumerate(by_world) for zones in by_path for z in zones]
    zones = table(ZONE, len(rows))
    zones.conflict = [z.conflict + at for z, at in rows]
    for name in ("side", "kind", "rank", "other_rank", "s0", "s1", "hold", "cap", "heading"):
        zones[name] = [getattr(z, name) for z, _ in rows]
    return zones


def turns(agents: Agents) -> Array:
    """The agents in the order of their ids."""
    return np.argsort(np.asarray(agents.ids), kind="stable").astype(np.int64)


def tails(agents: Agents) -> Array:
    """From each agent's centre back to its end, with what it pulls straight behind it [m]."""
    bodies, offsets = agents.bodies, agents.body_offsets
    found = 0.5 * agents.length
    for a in np.flatnonzero(np.diff(offsets) > 1):
        first, last = int(offsets[a]), int(offsets[a + 1])
        centre = 0.0
        for b in range(first + 1, last):
            centre += -bodies.rear_hitch[b - 1] + bodies.front_hitch[b]
        found[a] = centre + 0.5 * bodies.length[last - 1]
    return found


def swings(agents: Agents) -> Array:
    """How much more of a zone each agent needs before and behind it: half of what a body has beyond 5 m.

    A long body does not bend with its path: on a circle of 10 m the ends of a body of 12 m lie 1.8 m outside.
    """
    longest = np.maximum.reduceat(agents.bodies.length, agents.body_offsets[:-1])
    return np.asarray(0.5 * np.maximum(longest - 5.0, 0.0))
