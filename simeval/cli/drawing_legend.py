"""The legend of a drawing."""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simeval.cli.drawing_parts import AREA_COLOURS, COLOURS, EGO, ROUTE, SIGNAL_COLOURS, STOP, group_of
from simeval.scenario.kinds import AreaKind, EdgeKind, SignalState
from simeval.scenario.scenario import Scenario

__all__ = ["legend_of"]


def legend_of(s: Scenario) -> list[Any]:
    """One handle for everything that is drawn."""
    groups = {group_of(s.agents.kind_of(a)) for a in range(len(s.agents)) if a != s.ego}
    names = {"vehicle": "vehicles", "vulnerable": "pedestrians, cyclists", "other": "other objects"}
    handles: list[Any] = [Patch(color=EGO, label="ego")] if s.ego is not None else []
    handles += [Patch(color=COLOURS[g], label=names[g]) for g in COLOURS if g in groups]
    if s.route is not None:
        text = "route (from the log)" if s.route.inferred else "route"
        handles.append(Line2D([], [], color=ROUTE, linewidth=5, alpha=0.45, label=text))
    if s.goal is not None:
        handles.append(
            Line2D([], [], color=ROUTE, marker="*", linestyle="", markersize=11,
                   markeredgecolor="#7a4b00", label="goal")
        )  # fmt: skip
    for kind, colour in AREA_COLOURS.items():
        if (s.map.areas.kind == kind).any():
            handles.append(Patch(color=colour, label=kind.name.lower().replace("_", " ")))
    if (s.map.edges.kind != EdgeKind.LINE).any():
        handles.append(Line2D([], [], color="#6b7280", linewidth=1.1, label="road edge"))
    if (s.map.areas.kind == AreaKind.STOP).any():
        handles.append(Line2D([], [], color=STOP, marker="8", linestyle="", markersize=5, label="stop"))
    for state in sorted({SignalState(int(v)) for v in s.signals.state[s.start_step]}):
        colour = SIGNAL_COLOURS.get(state, "#777777")
        label = f"signal: {state.name.lower()}"
        handles.append(Line2D([], [], color=colour, marker="o", linestyle="", markersize=5, label=label))
    return handles
