"""A process with everything it started: how much memory it takes, and how to end all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import psutil

__all__ = ["MARK", "ProcessTree"]

MARK = "SIMEVAL_POLICY_PROCESS"  # in the environment of the leader, and of what it starts
LOOK_AGAIN_S = 0.25  # finding children reads the table of all processes
MOST_ROUNDS = 5


class ProcessTree:
    """The leader of a session and process group, and its descendants.

    Those that left the group, or whose parent is gone, are known by the mark in their environment.
    """

    def __init__(self, pid: int, mark: str) -> None:
        self.pid, self.mark = pid, mark
        self._leader = psutil.Process(pid)
        self._children: list[psutil.Process] = []
        self._looked = -LOOK_AGAIN_S

    def resident_bytes(self) -> int:
        """Memory of all of them; pages that several share count for each."""
        if time.monotonic() - self._looked >= LOOK_AGAIN_S:
            self._looked = time.monotonic()
            with contextlib.suppress(psutil.Error):
                self._children = self._leader.children(recursive=True)
        whole = 0
        for process in [self._leader, *self._children]:
            with contextlib.suppress(psutil.Error):
                whole += process.memory_info().rss
        return whole

    def kill(self) -> None:
        """Ends all of them, at once."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        for _ in range(MOST_ROUNDS):  # one may start another meanwhile
            marked = list(self._marked())
            for process in marked:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if not marked:
                return

    def _marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                is_ours = process.pid != os.getpid() and process.environ().get(MARK) == self.mark
            except (psutil.Error, OSError):
                continue
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                yield process
