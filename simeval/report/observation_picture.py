"""An observation as a picture: what is seen, from above, in the frame of who looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from simeval.arrays import Array
from simeval.geometry.boxes import corners
from simeval.report.drawing import COLOURS, SIGNALS
from simeval.report.files import written
from simeval.report.observed import Observed
from simeval.scenario import SignalState
from simeval.sim.observe_columns import KIND_NAMES, SIGNAL_NAMES

__all__ = ["draw_observation"]

SIZE_INCHES, DPI = (11.0, 7.0), 150
BOX = (0.055, 0.145, 0.93, 0.755)  # of the axes in the figure
MARGIN_M, LANE_M = 4.0, 3.0
ASPECT = BOX[2] * SIZE_INCHES[0] / (BOX[3] * SIZE_INCHES[1])
FARTHEST_M = (60.0, 100.0)  # behind and ahead: what is beyond is left out of the picture
BODIES = {
    "car": "#6b7480", "truck or bus": "#434b56", "pedestrian": "#b07d12", "cyclist": "#b0457e",
    "static": "#bcc1c7", "trailer": "#8d7f6a",
}  # fmt: skip

HALO = [withStroke(linewidth=2.0, foreground="#ffffffcc")]


def draw_observation(seen: Observed, path: Path) -> Path:
    """Writes the picture as PNG and returns the path.

    Raises:
        StorageFull: the file cannot be written.
    """
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, facecolor="#ffffff")
        FigureCanvasAgg(figure)
        axes = figure.add_axes(BOX)
        _frame(axes, seen.tensors)
        handles = [*_lanes(axes, seen), *_edges(axes, seen), *_route(axes, seen), *_bodies(axes, seen)]
        handles += [*_own(axes, seen), *_goal(axes, seen)]
        _words(figure, seen)
        figure.legend(handles=handles, loc="lower center", ncols=6, fontsize=8, frameon=False)
        return written(path, lambda name: figure.savefig(name, format="png"))


def _words(figure: Any, seen: Observed) -> None:
    ink = {"color": COLOURS["ink"], "parse_math": False}
    figure.text(0.055, 0.955, f"{seen.scenario_id} · {seen.policy}", fontsize=11, fontweight="bold", **ink)
    who = f"{seen.agent} (ego)" if seen.is_ego else seen.agent
    what = f"what {who} sees at step {seen.step}, {seen.time_s:.2f} s; {seen.spec.layout}"
    figure.text(0.055, 0.918, what, fontsize=9, color=COLOURS["soft"], parse_math=False)


def _pieces(seen: Observed, wanted: Array) -> list[Array]:
    t = seen.tensors
    return [t["lanes"][k, t["lanes_valid"][k], :2] for k in np.flatnonzero(wanted & t["lanes_valid"][:, 0])]


def _lanes(axes: Any, seen: Observed) -> list[Any]:
    """Pieces of lanes as broad bands with a thin line, on the route in blue, under a signal in its colour."""
    signal, on_route = seen.tensors["lanes_signal"], seen.tensors["lanes_attributes"][:, 2] > 0.0
    handles: list[Any] = []
    left, right = axes.get_xlim()
    points = 72.0 * BOX[2] * SIZE_INCHES[0] / (right - left)  # a metre
    for name, wanted, colour in (("lane", ~on_route, "#ffffff"), ("lane of the route", on_route, "#d9e5f5")):
        if pieces := _pieces(seen, wanted):
            _band(axes, pieces, colour, LANE_M * points, 1.0 if name == "lane" else 1.1)
            handles.append(Patch(facecolor=colour, edgecolor=COLOURS["lane"], label=name))
    _band(axes, _pieces(seen, signal >= 0), COLOURS["edge"], 0.8, 2.0)
    _arrows(axes, seen)
    for state in (SignalState.UNKNOWN, SignalState.GREEN, SignalState.YELLOW, SignalState.RED):
        if pieces := _pieces(seen, signal == state):
            _band(axes, pieces, SIGNALS[state], 2.4, 3.0)
            label = f"signal {SIGNAL_NAMES[state]}"
            handles.append(Line2D([], [], color=SIGNALS[state], linewidth=2.4, label=label))
    return handles


def _band(axes: Any, lines: Any, colour: str, width: float, zorder: float) -> None:
    axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, zorder=zorder))


def _arrows(axes: Any, seen: Observed) -> None:
    """The driving direction in the middle of each piece."""
    t = seen.tensors
    count = t["lanes_valid"].sum(axis=1)
    rows = np.flatnonzero(count > 1)
    x, y, c, s = t["lanes"][rows, count[rows] // 2].T
    axes.quiver(
        x, y, c, s, color=COLOURS["edge"], angles="xy", scale_units="dots", scale=0.09, width=2.2,
        units="dots", pivot="mid", headwidth=5, headlength=5, headaxislength=5, zorder=2.5,
    )  # fmt: skip


def _edges(axes: Any, seen: Observed) -> list[Any]:
    points = seen.tensors["edges"][seen.tensors["edges_valid"]]
    if not len(points):
        return []
    x, y, c, s = points.T
    strokes = np.stack([np.stack([x - c, y - s], -1), np.stack([x + c, y + s], -1)], axis=1)  # 2 m apart
    _band(axes, strokes, COLOURS["soft"], 1.6, 3.0)
    return [Line2D([], [], color=COLOURS["soft"], linewidth=1.6, label="road edge")]


def _route(axes: Any, seen: Observed) -> list[Any]:
    points = seen.tensors["route"][seen.tensors["route_valid"]]
    if not len(points):
        return []
    look = {"color": COLOURS["ego"], "marker": "o", "markersize": 2.6, "linewidth": 0.8, "alpha": 0.8}
    return list(axes.plot(points[:, 0], points[:, 1], zorder=4, label="route ahead", **look))


def _bodies(axes: Any, seen: Observed) -> list[Any]:
    """Boxes with their number in the table of `simeval observe`, and dots where they were."""
    t, handles = seen.tensors, []
    for code in np.unique(t["agents_kind"][t["agents_kind"] > 0]):
        name = KIND_NAMES[code]
        rows = np.flatnonzero(t["agents_kind"] == code)
        _boxes(axes, t["agents_history"][rows, -1], BODIES[name])
        was = t["agents_history"][rows][t["agents_valid"][rows]]
        axes.plot(was[:, 0], was[:, 1], ".", color=BODIES[name], markersize=3, alpha=0.55, zorder=5)
        for k in rows:
            _number(axes, t["agents_history"][k, -1], int(k) + 1)
        handles.append(Patch(facecolor=BODIES[name], label=name))
    return handles


def _boxes(axes: Any, states: Array, colour: str) -> None:
    heading = np.arctan2(states[:, 3], states[:, 2])
    boxes: Any = corners(states[:, :2], heading, states[:, 6], states[:, 7])
    axes.add_collection(
        PolyCollection(boxes, facecolors=colour, edgecolors="white", linewidths=0.6, zorder=6)
    )
    front = states[:, :2] + 0.32 * states[:, 6:7] * states[:, 2:4]
    side = 0.3 * states[:, 7:8] * np.stack([-states[:, 3], states[:, 2]], axis=1)
    tip = states[:, :2] + 0.46 * states[:, 6:7] * states[:, 2:4]
    marks: Any = np.stack([tip, front + side, front - side], axis=1)
    axes.add_collection(PolyCollection(marks, facecolors="#ffffffcc", zorder=7))


def _number(axes: Any, state: Array, number: int) -> None:
    axes.annotate(
        str(number), state[:2], (0, 8), textcoords="offset points", ha="center", fontsize=7,
        color=COLOURS["ink"], zorder=9, annotation_clip=True, path_effects=HALO,
    )  # fmt: skip


def _own(axes: Any, seen: Observed) -> list[Any]:
    t = seen.tensors
    length, width = t["ego_parameters"][:2]
    _boxes(axes, np.array([[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, length, width]]), COLOURS["ego"])
    was = t["ego_history"][(t["ego_history"][:, 2:4] != 0.0).any(axis=1), :2]
    axes.plot(was[:, 0], was[:, 1], ".", color=COLOURS["ego"], markersize=3, zorder=5)
    return [Patch(facecolor=COLOURS["ego"], label="own vehicle")]


def _frame(axes: Any, t: dict[str, Array]) -> None:
    """Shows what is seen, but not all that is far."""
    parts = [t["agents_history"][t["agents_valid"]], t["edges"][t["edges_valid"]]]
    parts += [t["route"][t["route_valid"]], t["lanes"][t["lanes_valid"]], t["ego_history"]]
    xy = np.concatenate([part[:, :2] for part in parts])
    (left, low), (right, high) = xy.min(axis=0) - MARGIN_M, xy.max(axis=0) + MARGIN_M
    left, right = max(left, -FARTHEST_M[0]), min(right, FARTHEST_M[1])
    tallest = 0.5 * sum(FARTHEST_M) / ASPECT
    low, high = max(low, -tallest), min(high, tallest)
    wide = 0.5 * max((high - low) * ASPECT, right - left)
    x, y = 0.5 * (left + right), 0.5 * (low + high)
    axes.set(xlim=(x - wide, x + wide), ylim=(y - wide / ASPECT, y + wide / ASPECT), aspect="equal")
    axes.set_facecolor(COLOURS["field"])
    axes.set_xlabel("ahead [m]", fontsize=8, color=COLOURS["soft"])
    axes.set_ylabel("left [m]", fontsize=8, color=COLOURS["soft"])
    axes.tick_params(labelsize=8, colors=COLOURS["soft"], length=3)
    axes.spines[:].set_color(COLOURS["lane"])


def _goal(axes: Any, seen: Observed) -> list[Any]:
    """A star; beyond the picture an arrow to it."""
    x, y, known = (float(v) for v in seen.tensors["goal"])
    if not known:
        return []
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    look: dict[str, Any] = {"color": COLOURS["involved"], "linestyle": "none", "markersize": 11}
    if left <= x <= right and low <= y <= high:
        axes.plot([x], [y], marker="*", zorder=8, **look)
        return [Line2D([], [], marker="*", label="goal", **look)]
    at = np.clip([x, y], [left + 4.0, low + 4.0], [right - 4.0, high - 4.0])
    axes.plot(*at, marker=(3, 0, np.degrees(np.arctan2(y, x)) - 90.0), zorder=8, **look)
    axes.annotate(
        f"goal, {np.hypot(x, y):.0f} m", at, (-4, 12 if y <= 0.0 else -18), textcoords="offset points",
        ha="right", fontsize=8, color=COLOURS["involved"], zorder=9, path_effects=HALO,
    )  # fmt: skip
    return []
