"""The layers of a drawing: map, tracks, route, signals, road users."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patheffects import withStroke

from simeval.arrays import Array
from simeval.geometry.boxes import corners
from simeval.scenario.kinds import AgentKind, AreaKind, EdgeKind, SignalState
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.scenario import Scenario

__all__ = [
    "AREA_COLOURS",
    "COLOURS",
    "EGO",
    "ROUTE",
    "SIGNAL_COLOURS",
    "STOP",
    "draw_agents",
    "draw_map",
    "draw_route",
    "draw_signals",
    "draw_tracks",
    "group_of",
]

STOP = "#b23a48"
EGO, ROUTE = "#d1495b", "#f2a541"
COLOURS = {
    "vehicle": "#3d6fa5",
    "vulnerable": "#4b9b5f",
    "other": "#8a8a8a",
}
AREA_COLOURS = {
    AreaKind.DRIVABLE: "#e9ebee",
    AreaKind.INTERSECTION: "#dfe3e8",
    AreaKind.DRIVEWAY: "#eef0ea",
    AreaKind.CROSSWALK: "#d9d2e9",
    AreaKind.SPEED_BUMP: "#f0dcc0",
}
SIGNAL_COLOURS = {
    SignalState.RED: "#d62728",
    SignalState.YELLOW: "#e6b800",
    SignalState.GREEN: "#2ca02c",
    SignalState.UNKNOWN: "#777777",
}


def draw_map(axes: Any, roads: RoadMap) -> None:
    """Areas, lanes, paint and road edges."""
    for kind, colour in AREA_COLOURS.items():
        axes.add_collection(PolyCollection(roads.areas_of(kind), facecolors=colour, zorder=1))
    for xy in roads.areas_of(AreaKind.STOP):
        if len(xy) > 2:
            axes.add_collection(PolyCollection([xy], facecolors=STOP, zorder=3))
        else:  # the point of a stop sign
            axes.plot(*xy.mean(axis=0), marker="8", color=STOP, markersize=4, zorder=3)
    centre = [line for line in roads.lanes.centre if len(line)]
    bounds = [line for lines in (roads.lanes.left, roads.lanes.right) for line in lines if len(line)]
    _lines(axes, bounds, "#b8bec6", 0.6, 2)
    _lines(axes, roads.edges_of(EdgeKind.LINE), "#c9c3a3", 0.7, 2)
    _lines(axes, centre, "#c3cad3", 0.6, 2, style=(0, (4, 3)))
    _lines(axes, roads.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN), "#6b7280", 1.1, 3)


def _lines(
    axes: Any, lines: list[Array], colour: str, width: float, order: int, style: Any = "solid"
) -> None:
    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, linestyles=[style], zorder=order)
    )


def group_of(kind: AgentKind) -> str:
    """Which colour an agent gets."""
    return "vehicle" if kind.is_vehicle else "vulnerable" if kind.is_vulnerable else "other"


def draw_tracks(axes: Any, s: Scenario) -> None:
    """Where everyone goes in the log, and the paths of those without one."""
    for a in range(len(s.agents)):
        colour = EGO if a == s.ego else COLOURS[group_of(s.agents.kind_of(a))]
        width = 2.0 if a == s.ego else 1.0
        xy = np.where(s.states.valid[:, a, None], s.states.xy[:, a], np.nan)
        axes.plot(*xy.T, color=colour, linewidth=width, alpha=0.75, zorder=6 if a == s.ego else 4)
        if len(s.paths[a]) and a != s.ego:
            axes.plot(*s.paths[a].T, color=colour, linewidth=1.0, linestyle=":", alpha=0.8, zorder=4)


def draw_route(axes: Any, s: Scenario) -> None:
    """The ego's reference line and goal."""
    if s.route is not None:
        axes.plot(*s.route.xy.T, color=ROUTE, linewidth=5.0, alpha=0.45, solid_capstyle="round", zorder=3.5)
    if s.goal is not None:
        axes.plot(*s.goal, marker="*", color=ROUTE, markersize=11, markeredgecolor="#7a4b00", zorder=9)


def draw_signals(axes: Any, s: Scenario) -> None:
    """What signals show when simulation starts."""
    for i in range(len(s.signals)):
        state = SignalState(int(s.signals.state[s.start_step, i]))
        colour = SIGNAL_COLOURS.get(state, "#777777")
        axes.plot(*s.signals.stop_xy[i], marker="o", color=colour, markersize=5, zorder=8)


def draw_agents(axes: Any, s: Scenario) -> None:
    """Everyone as boxes where simulation starts."""
    for a in np.flatnonzero(s.states.valid[s.start_step]):
        colour = EGO if a == s.ego else COLOURS[group_of(s.agents.kind_of(int(a)))]
        axes.add_collection(
            PolyCollection(
                _bodies(s, int(a)), facecolors=colour, edgecolors="white", linewidths=0.5, zorder=7
            )
        )
    _draw_noses(axes, s)
    if s.ego is not None:
        name = s.agents.ids[s.ego]
        axes.annotate(
            name if name == "ego" else f"ego {name}",
            s.states.xy[s.start_step, s.ego], textcoords="offset points",
            xytext=(22, 26), color=EGO, fontweight="bold", zorder=10,
            arrowprops={"arrowstyle": "-", "color": EGO, "linewidth": 0.8},
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip


def _draw_noses(axes: Any, s: Scenario) -> None:
    """A light line across the front of each vehicle says which way it looks."""
    there = np.flatnonzero(s.states.valid[s.start_step])
    vehicles = [int(a) for a in there if s.agents.kind_of(int(a)).is_vehicle]
    lines = []
    for a in vehicles:
        front_left, _, _, front_right = _bodies(s, a)[0]
        back = 0.25 * s.agents.length[a] * _direction(float(s.states.heading[s.start_step, a]))
        lines.append(np.stack([front_left - back, front_right - back]))
    _lines(axes, lines, "white", 0.8, 8)


def _direction(heading: float) -> Array:
    return np.array([np.cos(heading), np.sin(heading)])


def _bodies(s: Scenario, agent: int) -> list[Array]:
    """Outlines of all bodies of an agent at the start step; trailers follow through their hitches."""
    bodies, step, found = s.agents.bodies, s.start_step, []
    first, last = s.agents.body_offsets[agent : agent + 2]
    xy, heading = s.states.xy[step, agent], float(s.states.heading[step, agent])
    for b in range(int(first), int(last)):
        if b > first:
            hitch = xy + bodies.rear_hitch[b - 1] * _direction(heading)
            heading -= float(s.states.hitch[step, b - agent - 1])
            xy = hitch - bodies.front_hitch[b] * _direction(heading)
        found.append(corners(xy, np.array(heading), float(bodies.length[b]), float(bodies.width[b])))
    return found
