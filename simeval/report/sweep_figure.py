"""The pass rate over the values of a sweep, as a picture."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simeval.report.files import written
from simeval.runs.sweeping import Sweep, SweepRow

__all__ = ["draw_sweep"]

INKS = ("#1f5fa8", "#c2571a", "#2f7d4f", "#8a3f8f", "#a08214", "#4b5563")
MARKS = ("o", "s", "^", "D", "v", "P")


def draw_sweep(found: Sweep, path: Path) -> Path:
    """Writes a PNG: the first axis to the right, a line for each policy and combination of the others.

    Raises:
        StorageFull: the file cannot be written.
    """
    with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(7.5, 4.5), dpi=150, facecolor="#ffffff", layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        first = found.axes[0]
        place = _places(first.values)
        lines = _lines(found)
        for number, (label, rows) in enumerate(lines.items()):
            shift = (number - 0.5 * (len(lines) - 1)) * 0.012 * (max(place) - min(place) or 1.0)
            _draw(
                axes,
                label,
                rows,
                [place[first.values.index(r.values[first.name])] + shift for r in rows],
                number,
            )
        axes.set_xticks(place, [_word(value) for value in first.values])
        axes.set_ylim(-0.03, 1.03)
        axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
        axes.set_xlabel(first.name, parse_math=False)
        axes.set_ylabel(f"pass rate, exact 95 % interval ({found.profile})", parse_math=False)
        axes.grid(axis="y", color="#e3e6ea", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
        return written(path, lambda name: figure.savefig(name, format="png"))


def _draw(axes: Any, label: str, rows: list[SweepRow], x: list[float], number: int) -> None:
    known = [(at, r.pass_rate) for at, r in zip(x, rows, strict=True) if r.pass_rate.value is not None]
    if not known:
        return
    value, low, high = (np.array([getattr(r, name) for _, r in known]) for name in ("value", "low", "high"))
    axes.errorbar(
        [at for at, _ in known], value, yerr=np.stack([value - low, high - value]), label=label, capsize=3,
        color=INKS[number % len(INKS)], marker=MARKS[number % len(MARKS)], markersize=5, linewidth=1.2,
    )  # fmt: skip


def _lines(found: Sweep) -> dict[str, list[SweepRow]]:
    others = found.axes[1:]
    lines: dict[str, list[SweepRow]] = {}
    policies = dict.fromkeys(row.policy for row in found.rows)
    for policy, values in itertools.product(policies, itertools.product(*(axis.values for axis in others))):
        told = [f"{axis.name}={_word(value)}" for axis, value in zip(others, values, strict=True)]
        mine = [
            row for row in found.rows
            if row.policy == policy and tuple(row.values[axis.name] for axis in others) == values
        ]  # fmt: skip
        lines[", ".join([policy, *told])] = mine
    return lines


def _places(values: tuple[Any, ...]) -> list[float]:
    """Numbers stand where they belong, everything else side by side."""
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    return [float(v) for v in values] if numbers else [float(i) for i in range(len(values))]


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
