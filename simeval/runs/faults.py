"""Faults on purpose: the tests stop a run at its n-th file operation, or make that operation fail.

`SIMEVAL_FAULT=OPERATION:N:ACTION` in the environment arms one fault for a process. OPERATION is `write`,
`fsync`, `rename`, `unlink`, `mkdir` or `any`; N counts from 1; ACTION is `kill` (as `kill -9` would),
`stop` (raises `Stopped`), or an errno name such as `ENOSPC` or `EIO`. From the n-th operation on, an
errno fault keeps failing, as a full disk does; `ONCE` before the name (`ONCE_EIO`) lets it fail once.
"""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from simeval.errors import UsageError

__all__ = ["Fault", "Stopped", "arm", "hit"]

VARIABLE = "SIMEVAL_FAULT"
OPERATIONS = ("write", "fsync", "rename", "unlink", "mkdir", "any")


class Stopped(BaseException):
    """The run is cut off here by a test; nothing may catch it in order to go on."""


@dataclass
class Fault:
    """Fails from the n-th operation of a kind on."""

    operation: str
    number: int
    action: str
    seen: int = 0

    @staticmethod
    def parse(text: str) -> Fault:
        """Reads `OPERATION:N:ACTION`.

        Raises:
            UsageError: when it is written differently.
        """
        operation, _, rest = text.partition(":")
        number, _, action = rest.partition(":")
        known = action in ("kill", "stop") or hasattr(errno, action.removeprefix("ONCE_"))
        if operation not in OPERATIONS or not number.isdigit() or not known:
            raise UsageError(VARIABLE, f"expected OPERATION:N:ACTION, got {text!r}.", "E.g. write:17:kill.")
        return Fault(operation, int(number), action)

    def due(self, operation: str) -> bool:
        """Counts an operation and says whether it fails."""
        if self.operation not in (operation, "any"):
            return False
        self.seen += 1
        once = self.action in ("kill", "stop") or self.action.startswith("ONCE_")
        return self.seen == self.number if once else self.seen >= self.number

    def strike(self, path: Path) -> None:
        """Does what the fault does."""
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.action == "stop":
            raise Stopped(f"{self.operation} {self.seen}: {path}")
        code = getattr(errno, self.action.removeprefix("ONCE_"))
        raise OSError(code, os.strerror(code), str(path))


def _from_environment() -> Fault | None:
    text = os.environ.get(VARIABLE)
    return Fault.parse(text) if text else None


_armed: Fault | None = _from_environment()


def arm(fault: Fault | None) -> Fault | None:
    """Arms a fault in this process (None: disarms); returns the one that was armed before."""
    global _armed
    before, _armed = _armed, fault
    return before


def hit(operation: str) -> Fault | None:
    """Counts one file operation; the fault to strike with when this is the one, else None."""
    return _armed if _armed is not None and _armed.due(operation) else None
