"""Shows a run as it goes on: a live line on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from simeval.cli.output import note
from simeval.runs.progress import Progress

__all__ = ["Lines", "LiveLine", "display"]

EVERY_SHARE = 0.05  # a plain line every 5 % ...
EVERY_S = 10.0  # ... or ten seconds, whatever comes first


def display() -> Progress:
    """The display that fits where standard error goes."""
    return LiveLine() if sys.stderr.isatty() else Lines()


def announce_compilation() -> None:
    """Says that the first run takes longer, when the compiled kernels are not there yet."""
    from simeval.kernel_cache import cache_folder
    from simeval.sim import advance

    if next(cache_folder(Path(advance.__file__)).rglob("*.nbc"), None) is None:
        note("compiling, first run only (about a minute)")


def state_of(progress: Progress) -> str:
    """One line: how far, how fast, how long still, and where the time goes."""
    rest = progress.remaining_s
    shares = " ".join(f"{name} {share:.0%}" for name, share in progress.shares.items())
    resumed = f" ({progress.resumed} from before)" if progress.resumed else ""
    eta = f", {rest:.0f} s left" if rest is not None and progress.done < progress.total else ""
    speed = f" · {progress.episodes_per_s:.1f} episodes/s" if progress.done > progress.resumed else ""
    if not progress.total:
        return "the policy is being made"
    step = "" if progress.step is None else f" · step {progress.step}"
    step = " · the policy is being made" if progress.step == -1 else step
    return f"{progress.done}/{progress.total} episodes{resumed}{step}{speed}{eta} · {shares}"


class Lines(Progress):
    """One line of text every few seconds or per cent."""

    def __init__(self) -> None:
        super().__init__()
        self._told_done, self._told_at = -1.0, -EVERY_S

    def start(self, total: int, resumed: int) -> None:
        """Says at once when there is nothing to do."""
        if total > resumed:
            announce_compilation()
        super().start(total, resumed)
        if total and total == resumed:
            note(f"all {total} episodes were finished before; nothing to simulate")

    def show(self) -> None:
        """Prints the state when enough has changed."""
        share = self.done / self.total if self.total else 1.0
        late = self.elapsed_s - max(self._told_at, 0.0) >= EVERY_S and self.step is not None
        due = share - self._told_done >= EVERY_SHARE or self.elapsed_s - self._told_at >= EVERY_S
        if late or (self.done > self.resumed and (due or self.done == self.total)):
            self._told_done, self._told_at = share, self.elapsed_s
            note(state_of(self))

    def note(self, message: str) -> None:
        """A line of its own."""
        note(message)


class LiveLine(Progress):
    """A bar and one line that is drawn again in place."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Any = None
        self._task: Any = None

    def start(self, total: int, resumed: int) -> None:
        """Opens the line."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        if total > resumed:
            announce_compilation()
        text = TextColumn("{task.description}", markup=False)
        self._bar = Bar(BarColumn(30), text, console=Console(stderr=True), transient=False)
        self._task = self._bar.add_task("", total=total)
        self._bar.start()
        super().start(total, resumed)

    def show(self) -> None:
        """Draws the state."""
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, description=state_of(self))

    def note(self, message: str) -> None:
        """A line above the bar."""
        if self._bar is None:
            note(message)
        else:
            self._bar.console.print(message, markup=False, highlight=False)

    def close(self) -> None:
        """Leaves the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
