"""What is given and never changes: scripts, stop points, paths, logs, roads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array
from simeval.geometry import Boundary
from simeval.safety.road import road_of
from simeval.scenario import Scenario
from simeval.sim.agents import Cast
from simeval.sim.flat import distinct, flat, starts
from simeval.sim.tables import ACTION, LOGGED, PATH, STOP, PathTable, RoadTable, Table, table

__all__ = ["log_table", "path_rows", "path_table", "road_table", "script_table", "stop_table"]


def script_table(scenarios: Sequence[Scenario]) -> Table:
    """Actions of all agents, in file order within an agent."""
    rows = [do for s in scenarios for do in sorted(s.script, key=lambda do: do.agent)]
    script = table(ACTION, len(rows))
    script.trigger, script.action = [int(d.trigger) for d in rows], [int(d.action) for d in rows]
    script.when, script.p = [d.when for d in rows], [d.values[0] for d in rows]
    script.q = [d.values[1] for d in rows]
    for k, name in enumerate(("first", "second", "third")):
        script[name] = [(*d.further, 0.0, 0.0, 0.0)[k] for d in rows]
    first = np.repeat(starts([len(s.agents) for s in scenarios])[:-1], [len(s.script) for s in scenarios])
    other = np.asarray([d.other for d in rows], dtype=np.int64)
    script.other = np.where(other >= 0, other + first, -1)
    return script


def stop_table(casts: list[Cast]) -> Table:
    """Stop points of signals on the paths of all agents."""
    rows = [stop for c in casts for own in c.stops for stop in own]
    stops = table(STOP, len(rows))
    stops.s, stops.signal = [s for s, _ in rows], [k for _, k in rows]
    return stops


def path_rows(casts: list[Cast]) -> Table:
    """One row a path: its points and stop points in the tables of all, and the paths beside it."""
    rows = table(PATH, sum(len(c.paths) for c in casts))
    points, stops = (
        starts([len(p.s) for c in casts for p in c.paths]),
        starts([len(s) for c in casts for s in c.stops]),
    )
    rows.point0, rows.point1, rows.stop0, rows.stop1 = points[:-1], points[1:], stops[:-1], stops[1:]
    first = starts([len(c.paths) for c in casts])
    for name in ("left", "right"):
        beside = [np.asarray(getattr(c, name), dtype=np.int64) for c in casts]
        rows[name] = flat([np.where(b >= 0, b + first[i], -1) for i, b in enumerate(beside)], np.int64)
    return rows


def path_table(casts: list[Cast]) -> PathTable:
    """The points of all paths."""
    paths = [p for c in casts for p in c.paths]
    s, x, y, heading, cap, ux, uy = (flat([p[k] for p in paths], float) for k in range(7))
    return PathTable(s, x, y, heading, cap, ux, uy)


def log_table(scenarios: Sequence[Scenario]) -> Table:
    """The recorded states of all scenarios; those that several share are there once."""
    states, _ = distinct([s.states for s in scenarios])
    log = table(LOGGED, sum(s.valid.size for s in states))
    log.x = flat([s.xy[..., 0].ravel() for s in states], float)
    log.y = flat([s.xy[..., 1].ravel() for s in states], float)
    log.heading = flat([s.heading.ravel() for s in states], float)
    log.vx = flat([s.velocity[..., 0].ravel() for s in states], float)
    log.vy = flat([s.velocity[..., 1].ravel() for s in states], float)
    log.valid = flat([s.valid.ravel() for s in states], np.int64)
    return log


def road_table(scenarios: Sequence[Scenario]) -> tuple[RoadTable, Array]:
    """One row for each different road of the batch, and the row of each scenario (-1: not known)."""
    boundaries: dict[str, Boundary] = {}
    for s in scenarios:
        boundary = road_of(s.map).boundary
        if boundary is not None:
            boundaries.setdefault(s.map.id, boundary)
    rows = {name: i for i, name in enumerate(boundaries)}
    used = list(boundaries.values())
    segment0, item0 = starts([len(b.segments) for b in used]), starts([len(b.items) for b in used])
    road = RoadTable(
        segments=np.ascontiguousarray(np.concatenate([np.zeros((0, 8)), *(b.segments for b in used)])),
        box=np.asarray([b.box for b in used], dtype=np.float64).reshape(-1, 2),
        shape=np.asarray([b.shape for b in used], dtype=np.int64).reshape(-1, 2),
        cell0=starts([len(b.offsets) for b in used]),
        offsets=flat([b.offsets + item0[i] for i, b in enumerate(used)], np.int64),
        items=flat([b.items + segment0[i] for i, b in enumerate(used)], np.int64),
    )
    return road, np.asarray([rows.get(s.map.id, -1) for s in scenarios], dtype=np.int64)
