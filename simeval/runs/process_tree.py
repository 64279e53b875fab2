"""A process with everything it started: how much memory it takes, and how to end all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil

__all__ = ["ProcessTree"]

LOOK_AGAIN_S = 0.25  # finding children reads the table of all processes


class ProcessTree:
    """The leader of a session and process group, and its descendants as far as they were seen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._leader = psutil.Process(pid)
        self._seen: dict[tuple[int, float], psutil.Process] = {}
        self._looked = -LOOK_AGAIN_S

    def resident_bytes(self) -> int:
        """Memory of all of them; pages that several share count for each."""
        self._look()
        whole = 0
        for process in [self._leader, *self._seen.values()]:
            with contextlib.suppress(psutil.Error):
                whole += process.memory_info().rss
        return whole

    def _look(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._looked < LOOK_AGAIN_S:
            return
        self._looked = time.monotonic()
        with contextlib.suppress(psutil.Error):
            for child in self._leader.children(recursive=True):
                self._seen.setdefault((child.pid, child.create_time()), child)

    def kill(self) -> None:
        """Ends all of them, at once; whoever left the group is found among the descendants."""
        self._look(now=True)
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        for process in self._seen.values():
            with contextlib.suppress(psutil.Error):
                process.kill()  # psutil makes sure that it is still the same one
