"""Reads what a process prints, however much it is, and keeps the beginning and the end."""

from __future__ import annotations

import contextlib
import os
import threading

__all__ = ["Drain"]

KEPT = 32 * 1024  # bytes at the beginning, and at the end


class Drain:
    """A thread that reads a pipe until it is closed."""

    def __init__(self, descriptor: int) -> None:
        self.size = 0
        self._descriptor, self._head, self._tail = descriptor, bytearray(), bytearray()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="simeval-drain", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._descriptor, 65536):
                with self._lock:
                    self.size += len(data)
                    room = KEPT - len(self._head)
                    self._head += data[:room] if room > 0 else b""
                    self._tail = (self._tail + (data[room:] if room > 0 else data))[-KEPT:]
        os.close(self._descriptor)

    def text(self) -> str:
        """The beginning and the end of what was printed, with a line in between that says how much is
        missing."""
        with self._lock:
            missing = self.size - len(self._head) - len(self._tail)
            between = f"\n... {missing:,} bytes ...\n".encode() if missing else b""
            return (bytes(self._head) + between + bytes(self._tail)).decode(errors="replace")

    def settle(self, seconds: float) -> None:
        """Waits a moment for the rest; the writers are gone, or never will be."""
        self._thread.join(seconds)
