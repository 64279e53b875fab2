"""What a run tells while it goes on. A display overrides `show` and `note`; this one stays silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Progress"]


class Progress:
    """Counts episodes and the time spent on each part of the work; safe to use from several threads."""

    def __init__(self) -> None:
        self.total = self.done = self.resumed = 0
        self.step: int | None = None  # of the batch that a policy drives
        self.seconds: dict[str, float] = {"simulate": 0.0, "measure": 0.0, "write": 0.0}
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def start(self, total: int, resumed: int) -> None:
        """The run begins: so many episodes are planned, so many of them were finished before."""
        self.total, self.done, self.resumed = total, resumed, resumed
        self._began = time.monotonic()
        self.show()

    def advance(self, episodes: int) -> None:
        """Episodes are committed: no crash loses them from here on."""
        with self._lock:
            self.done += episodes
            self.show()

    def close(self) -> None:
        """The run is over or was cut off."""

    def show(self) -> None:
        """Shows the state; called at every change."""

    def at_step(self, step: int | None) -> None:
        """The batch under way is at this step; -1: its policy is being made; None: there is none."""
        if step != self.step:
            with self._lock:
                self.step = step
                self.show()

    def note(self, message: str) -> None:
        """Says one thing to the person who waits."""

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Counts the time inside for a part of the work."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent(part, time.perf_counter() - began)

    def spent(self, part: str, seconds: float) -> None:
        """Counts time for a part of the work."""
        with self._lock:
            self.seconds[part] += seconds

    @property
    def elapsed_s(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    @property
    def episodes_per_s(self) -> float:
        """Episodes committed in this session a second."""
        return (self.done - self.resumed) / max(self.elapsed_s, 1e-9)

    @property
    def remaining_s(self) -> float | None:
        """Estimate for the rest; None before the first commit."""
        rate = self.episodes_per_s
        return (self.total - self.done) / rate if rate > 0 else None

    @property
    def shares(self) -> dict[str, float]:
        """Part of the work to its share of all time spent working."""
        spent = sum(self.seconds.values())
        return {k: v / spent if spent else 0.0 for k, v in self.seconds.items()}
