"""Remembers which process began a batch, so that the next one knows that it died there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["Attempts"]


class Attempts:
    """Marks in a folder: `<batch>.<pid>`, there while the process is at work on the batch, and after it
    died there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def at(self, batch: str) -> Iterator[None]:
        """Marks a batch as begun; the mark goes unless the process dies inside."""
        me = psutil.Process()
        mark = self.folder / f"{batch}.{me.pid}"
        self.folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(str(me.create_time()))
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def num_dead(self, batch: str) -> int:
        """How many processes died in a batch."""
        return sum(not _lives(mark) for mark in self.folder.glob(f"{batch}.*"))

    def wait(self, batch: str) -> None:
        """Returns when no other process is at work on a batch."""
        while any(_lives(mark) and not _is_me(mark) for mark in self.folder.glob(f"{batch}.*")):
            time.sleep(0.05)


def _is_me(mark: Path) -> bool:
    return mark.suffix == f".{psutil.Process().pid}"


def _lives(mark: Path) -> bool:
    """Whether the process of a mark still runs; one that ended and was not waited for does not."""
    with contextlib.suppress(psutil.Error, OSError, ValueError):
        process = psutil.Process(int(mark.suffix[1:]))
        same = abs(process.create_time() - float(mark.read_text() or 0.0)) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    return False
