"""Draws one scenario from above: map, tracks, route, everyone where they are at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simeval.arrays import Array
from simeval.cli.drawing_legend import legend_of
from simeval.cli.drawing_parts import draw_agents, draw_map, draw_route, draw_signals, draw_tracks
from simeval.scenario.scenario import Scenario

__all__ = ["draw_scenario"]

MARGIN = 10.0  # [m] around everyone, where there is no ego
EGO_MARGIN = 35.0  # [m] around the ego's path and route
LEAST = 60.0  # [m] shown at least
SLIMMEST = 0.45  # shorter side of the picture over its longer side


def draw_scenario(scenario: Scenario, path: Path) -> None:
    """Writes a PNG with equal axes in metres."""
    with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        centre, half = _window(scenario)
        height = float(np.clip(7.8 * half[1] / half[0] + 0.9, 3.5, 11.0))
        figure = Figure(figsize=(10, height), dpi=150)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        draw_map(axes, scenario.map)
        draw_tracks(axes, scenario)
        draw_route(axes, scenario)
        draw_signals(axes, scenario)
        draw_agents(axes, scenario)
        _frame(axes, scenario, centre, half)
        figure.savefig(path, bbox_inches="tight", pad_inches=0.15)


def _window(s: Scenario) -> tuple[Array, Array]:
    """Centre and half size of what is shown: around the ego and its route, else around everyone."""
    if s.ego is not None:
        seen = [s.states.xy[s.states.valid[:, s.ego], s.ego]]
        seen += [s.route.xy] if s.route is not None else []
    else:
        seen = [s.states.xy[s.states.valid]]
    xy = np.concatenate(seen)
    half = np.ptp(xy, axis=0) / 2 + (MARGIN if s.ego is None else EGO_MARGIN)
    half = np.maximum(half, max(LEAST / 2, SLIMMEST * float(half.max())))
    return (xy.min(axis=0) + xy.max(axis=0)) / 2, half


def _frame(axes: Any, s: Scenario, centre: Array, half: Array) -> None:
    axes.set_xlim(centre[0] - half[0], centre[0] + half[0])
    axes.set_ylim(centre[1] - half[1], centre[1] + half[1])
    axes.set_aspect("equal")
    axes.set(xlabel="x [m]", ylabel="y [m]")
    axes.set_title(
        f"{s.id}\n{len(s.agents)} road users, boxes at step {s.start_step}, where simulation starts",
        loc="left",
        fontsize=10,
    )
    axes.grid(visible=True, color="#f0f0f0", linewidth=0.5, zorder=0)
    axes.legend(handles=legend_of(s), loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
