"""Ctrl-C and SIGTERM end a run between two pieces of work, never inside a file; the folder stays whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Cancelled", "Interrupted", "terminable"]


class Interrupted(KeyboardInterrupt):
    """The run was asked to stop; `exit_code` is 130 (Ctrl-C) or 143 (SIGTERM)."""

    def __init__(self, number: int, message: str = "interrupted") -> None:
        self.number = number
        super().__init__(message)

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that this signal ended."""
        return 128 + self.number


class Cancelled(BaseException):
    """Work in the background was told to stop; nobody sees it outside the runner."""


def _raise(number: int, _: FrameType | None) -> None:
    raise Interrupted(number)


@contextmanager
def terminable() -> Iterator[None]:
    """Turns SIGINT and SIGTERM into `Interrupted` inside; only the main thread can do that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _raise) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
