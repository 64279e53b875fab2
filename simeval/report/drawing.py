"""One moment of an episode on matplotlib axes, in the colours of the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.collections import LineCollection, PolyCollection

from simeval.arrays import Array
from simeval.geometry.boxes import corners
from simeval.report.rows import Record
from simeval.scenario import AgentKind, AreaKind, Driver, EdgeKind, RoadMap, Scenario, SignalState, Trace

__all__ = ["COLOURS", "Moving", "body_poses", "draw_moment", "draw_road", "words_of"]

COLOURS = {
    "field": "#ecedea", "road": "#fbfbfa", "crosswalk": "#e3e1d6", "paint": "#b9b9b0", "lane": "#d3d4cf",
    "edge": "#9a9c98", "route": "#cfdcef", "ego": "#1f5fbf", "agent": "#8a929c", "person": "#b07d12",
    "parked": "#bcc1c7", "involved": "#c8421f", "ink": "#1b1e23", "soft": "#5a626d",
}  # fmt: skip
SIGNALS = {
    SignalState.UNKNOWN: "#8a929c", SignalState.GREEN: "#1d8a5f", SignalState.YELLOW: "#d79b00",
    SignalState.RED: "#cf2f22",
}  # fmt: skip
LANE_WIDTH = 3.5  # [m] of a lane of which only the centre line is known


def body_poses(trace: Trace) -> Float[Array, "t n 3"]:
    """Centre and heading of every body at every step (x [m], y [m], rad); NaN where it is not there."""
    bodies, states = trace.agents.bodies, trace.states
    poses = np.full((states.num_steps, len(bodies.agent), 3), np.nan)
    for b, agent in enumerate(bodies.agent):
        if b == 0 or bodies.agent[b - 1] != agent:
            there = states.valid[:, agent, None]
            poses[:, b, :2] = np.where(there, states.xy[:, agent], np.nan)
            poses[:, b, 2:] = np.where(there, states.heading[:, agent, None], np.nan)
            continue
        before = poses[:, b - 1]
        heading = before[:, 2] - states.hitch[:, b - agent - 1]
        hitch = before[:, :2] + bodies.rear_hitch[b - 1] * _direction(before[:, 2])
        poses[:, b, :2] = hitch - bodies.front_hitch[b] * _direction(heading)
        poses[:, b, 2] = heading
    return poses


def _direction(heading: Array) -> Array:
    return np.stack([np.cos(heading), np.sin(heading)], axis=-1)


def draw_road(axes: Any, road: RoadMap, scenario: Scenario, px: float) -> None:
    """What does not move: road, paint, route. `px` is one pixel in metres."""
    axes.set_facecolor(COLOURS["field"])
    width = LANE_WIDTH / px * 72 / axes.figure.dpi
    bounded = [
        len(left) > 1 and len(right) > 1
        for left, right in zip(road.lanes.left, road.lanes.right, strict=True)
    ]
    lanes = list(zip(road.lanes.left, road.lanes.right, road.lanes.centre, bounded, strict=True))
    _areas(axes, [*road.areas_of(AreaKind.DRIVABLE), *road.areas_of(AreaKind.DRIVEWAY)], "road")
    _lines(axes, [centre for _, _, centre, known in lanes if not known], "road", width)
    _areas(axes, [np.concatenate([left, right[::-1]]) for left, right, _, known in lanes if known], "road")
    _areas(axes, road.areas_of(AreaKind.INTERSECTION), "road")
    _areas(axes, road.areas_of(AreaKind.CROSSWALK), "crosswalk")
    painted = np.flatnonzero(np.asarray(road.lanes.is_connector) == 0)  # none inside an intersection
    _lines(axes, [side[int(i)] for side in (road.lanes.left, road.lanes.right) for i in painted], "lane", 0.7)
    _lines(axes, road.edges_of(EdgeKind.LINE), "paint", 0.7)
    _lines(axes, list(road.lanes.centre), "lane", 0.6, dashes=(0, (4, 8)))
    _lines(axes, road.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN), "edge", 1.2)
    if scenario.route is not None:
        _lines(axes, [scenario.route.xy], "route", 3.0)


class Moving:
    """The boxes of a trace, computed once for all steps."""

    def __init__(self, trace: Trace, involved: str | None) -> None:
        bodies = trace.agents.bodies
        poses = body_poses(trace)
        self._first = np.insert(np.diff(bodies.agent) > 0, 0, True)
        self._boxes = corners(poses[..., :2], poses[..., 2], bodies.length, bodies.width)
        self._marks = _front_marks(poses, bodies.length, bodies.width)
        self._colours = np.asarray([_colour(trace, int(a), involved) for a in bodies.agent])

    def boxes(self, axes: Any, step: int) -> Any:
        """All boxes of a step, added to the axes."""
        there = np.isfinite(self._boxes[step, :, 0, 0])
        drawn = PolyCollection(
            self._boxes[step, there],
            facecolors=self._colours[there],
            edgecolors="white",
            linewidths=0.6,
            zorder=6,
        )
        return axes.add_collection(drawn)

    def marks(self, axes: Any, step: int) -> Any:
        """A light arrow at the front of every first body."""
        there = np.isfinite(self._marks[step, :, 0, 0]) & self._first
        return axes.add_collection(PolyCollection(self._marks[step, there], facecolors="#ffffffcc", zorder=7))


def draw_moment(axes: Any, trace: Trace, scenario: Scenario, step: int, moving: Moving) -> list[Any]:
    """What moves: path of the ego, signals, boxes. Returns the artists, to be removed for the next moment."""
    ego = np.where(trace.states.valid[:, trace.ego, None], trace.states.xy[:, trace.ego], np.nan)
    artists = [
        *axes.plot(*ego[: step + 1].T, color=COLOURS["ego"], linewidth=1.4, zorder=4),
        *axes.plot(*ego[step:].T, color=COLOURS["ego"], linewidth=1.2, linestyle=(0, (0.1, 3)), zorder=4),
    ]
    if len(scenario.signals):
        row = min(trace.first_step + step, len(scenario.signals.state) - 1)
        shown = [SIGNALS.get(SignalState(int(s)), "none") for s in scenario.signals.state[row]]
        artists.append(axes.scatter(*scenario.signals.stop_xy.T, c=shown, s=30, zorder=5))
    artists.append(moving.boxes(axes, step))
    artists.append(moving.marks(axes, step))
    return artists


def _front_marks(poses: Array, length: Array, width: Array) -> Array:
    """Triangles [t, n, 3, 2] that point forward."""
    ahead, left = _direction(poses[..., 2]), _direction(poses[..., 2] + np.pi / 2)
    tip = poses[..., :2] + 0.43 * length[:, None] * ahead
    base = poses[..., :2] + 0.17 * length[:, None] * ahead
    side = 0.32 * width[:, None] * left
    return np.stack([tip, base + side, base - side], axis=-2)


def _colour(trace: Trace, agent: int, involved: str | None) -> str:
    if agent == trace.ego:
        return COLOURS["ego"]
    kind = trace.agents.kind_of(agent)
    if trace.agents.ids[agent] == involved:
        return COLOURS["involved"]
    if kind.is_vulnerable:
        return COLOURS["person"]
    parked = kind == AgentKind.STATIC or trace.driver[agent] == Driver.PARKED
    return COLOURS["parked" if parked else "agent"]


def _areas(axes: Any, outlines: Iterable[Array], colour: str) -> None:
    kept = [outline for outline in outlines if len(outline) > 2]
    axes.add_collection(PolyCollection(kept, facecolors=COLOURS[colour], edgecolors="none", zorder=1))


def _lines(axes: Any, lines: Iterable[Array], colour: str, width: float, dashes: Any = "solid") -> None:
    kept = [line for line in lines if len(line) > 1]
    axes.add_collection(
        LineCollection(
            kept, colors=COLOURS[colour], linewidths=width, linestyles=[dashes], capstyle="round", zorder=2
        )
    )


def words_of(events: Iterable[Record], time: float, within: float = 1.0) -> str:
    """What has just happened, in words."""
    fresh = [e for e in events if 0.0 <= time - e["time_s"] + 1e-9 <= within]
    return ", ".join(f"{e['event'].replace('_', ' ')} at {e['time_s']:.2f} s" for e in fresh)
