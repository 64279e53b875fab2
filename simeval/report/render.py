"""Single episodes as files: one moment as PNG, the whole drive as an animated GIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from simeval.errors import UsageError
from simeval.report.drawing import COLOURS, Moving, draw_moment, draw_road, words_of
from simeval.report.files import written
from simeval.report.rows import Row, read_rows
from simeval.report.source import RunFolder
from simeval.scenario import Scenario, Trace

__all__ = ["render_gif", "render_png"]

ACROSS_M = 110.0  # width of what is shown, the ego in its middle
SIZE_INCHES = (9.6, 5.4)
PNG_DPI, GIF_DPI = 150, 75
LEAST_FRAME_S = 0.1  # time between two frames of an animation
MOST_FRAMES = 300
PALETTE = 48  # colours of an animation; the scene has twenty


class Stage:
    """A figure of one episode that can show any of its steps."""

    def __init__(self, trace: Trace, scenario: Scenario, row: Row, dpi: int) -> None:
        self.trace, self.scenario, self.row = trace, scenario, row
        self.figure = Figure(figsize=SIZE_INCHES, dpi=dpi, facecolor="#ffffff")
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 0.9))
        self.axes.set(xticks=[], yticks=[])
        self.axes.spines[:].set_visible(False)
        self._half = np.array([ACROSS_M, ACROSS_M * SIZE_INCHES[1] * 0.9 / SIZE_INCHES[0]]) / 2
        draw_road(self.axes, scenario.map, scenario, ACROSS_M / (SIZE_INCHES[0] * dpi))
        self._moving = Moving(trace, (row.score or {}).get("cause_agent"))
        self._artists: list[Any] = []
        self._title(f"{row.scenario_id} · {row.policy}", row.mode or row.outcome.replace("_", " "))
        self._now = self.figure.text(0.985, 0.925, "", ha="right", fontsize=9, color=COLOURS["soft"])
        self._event = self.figure.text(
            0.015, 0.025, "", fontsize=9, color=COLOURS["involved"], fontweight="bold"
        )

        bar = 20.0 / ACROSS_M
        self.axes.plot(
            [0.015, 0.015 + bar], [0.08, 0.08], color=COLOURS["ink"], transform=self.axes.transAxes
        )
        self.axes.text(0.015, 0.095, "20 m", fontsize=8, color=COLOURS["ink"], transform=self.axes.transAxes)

    def _title(self, what: str, verdict: str) -> None:
        self.figure.text(
            0.015, 0.955, what, fontsize=11, fontweight="bold", color=COLOURS["ink"], parse_math=False
        )
        self.figure.text(0.015, 0.917, verdict, fontsize=9, color=COLOURS["soft"], parse_math=False)

    def show(self, step: int) -> None:
        """Draws one step, the ego in the middle."""
        for artist in self._artists:
            artist.remove()
        self._artists = draw_moment(self.axes, self.trace, self.scenario, step, self._moving)
        centre = self.trace.states.xy[step, self.trace.ego]
        self.axes.set_xlim(centre[0] - self._half[0], centre[0] + self._half[0])
        self.axes.set_ylim(centre[1] - self._half[1], centre[1] + self._half[1])
        time, speed = step * self.trace.dt, self.trace.states.speed[step, self.trace.ego]
        self._now.set_text(f"{time:.2f} s   {speed:.1f} m/s")
        self._event.set_text(words_of(self.row.events, time))
        self.canvas.draw()

    def image(self) -> Image.Image:
        """The picture as it stands, in few colours."""
        drawn = Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3])
        return drawn.quantize(PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def render_png(run: RunFolder, key: str, out: Path | None = None, *, time: float | None = None) -> Path:
    """Writes one moment of an episode; by default that of its first cause, else the last.

    Raises:
        UsageError: when the episode is shorter than `time` [s].
        StoreError: when it has no trace.
        StorageFull: when the file cannot be written.
    """
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        stage = _stage(run, key, PNG_DPI)
        stage.show(_step(stage, time))
        return written(out or _place(run, key, "png"), lambda path: stage.figure.savefig(path, format="png"))


def render_gif(run: RunFolder, key: str, out: Path | None = None) -> Path:
    """Writes an episode as an animation in real time that repeats for ever.

    Raises:
        StoreError: when it has no trace.
        StorageFull: when the file cannot be written.
    """
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        stage = _stage(run, key, GIF_DPI)
        last, dt = stage.trace.num_steps - 1, stage.trace.dt
        stride = max(1, round(LEAST_FRAME_S / dt), int(np.ceil((last + 1) / MOST_FRAMES)))
        frames = []
        for step in sorted({*range(0, last + 1, stride), last}):
            stage.show(step)
            frames.append(stage.image())
        pause = [max(20, round(1000 * stride * dt))] * (len(frames) - 1) + [1500]  # [ms]; stands at the end
        return written(
            out or _place(run, key, "gif"),
            lambda path: frames[0].save(
                path, format="GIF", save_all=True, append_images=frames[1:], duration=pause, loop=0
            ),
        )


def _stage(run: RunFolder, key: str, dpi: int) -> Stage:
    row = next(row for row in read_rows(run) if row.key == key)
    return Stage(run.trace(key), run.scenario(key), row, dpi)


def _step(stage: Stage, time: float | None) -> int:
    trace = stage.trace
    if time is None:
        cause = (stage.row.score or {}).get("cause_time_s")
        time = trace.duration if cause is None else cause
    if not 0.0 <= time <= trace.duration + 1e-9:
        raise UsageError("--time", f"{time:g} s is outside the episode.", f"It lasts {trace.duration:.2f} s.")
    return min(round(time / trace.dt), trace.num_steps - 1)


def _place(run: RunFolder, key: str, suffix: str) -> Path:
    return run.path / "report" / f"{key[:16]}.{suffix}"
