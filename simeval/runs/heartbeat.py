"""Which call of a policy is under way, in memory that two processes share.

Each number is written in one piece; the time comes last at a beginning and first at an end, so that a
reader that sees a time sees the call that it belongs to.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import time
from dataclasses import dataclass

import numpy as np

__all__ = ["Beat", "Heartbeat", "make_shared_file"]

SIZE = 4096
BEGAN, STEP, PHASE, RETURNED, TRAFFIC_RETURNED = range(5)
LOAD = 0  # phase: the policy is being made; the others are those of `driving.Watch`


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A call that is under way."""

    seconds: float
    step: int
    phase: int
    is_first: bool  # no call of this process has returned yet


def make_shared_file() -> int:
    """The descriptor of an empty file that vanishes with its last user."""
    with tempfile.TemporaryFile() as file:
        file.truncate(SIZE)
        return os.dup(file.fileno())


class Heartbeat:
    """One side of it."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, SIZE)
        self._numbers = np.frombuffer(self._memory, dtype=np.float64, count=5)

    def begin(self, step: int, phase: int) -> None:
        """A call begins."""
        self._numbers[STEP], self._numbers[PHASE] = step, phase
        self._numbers[BEGAN] = time.monotonic()

    def end(self, phase: int) -> None:
        """It is over."""
        self._numbers[BEGAN] = 0.0
        if phase > 0 and phase % 2 == 0:
            self._numbers[RETURNED if phase == 2 else TRAFFIC_RETURNED] += 1

    def read(self) -> Beat | None:
        """The call under way; None: there is none."""
        began = float(self._numbers[BEGAN])
        if began == 0.0:
            return None
        return Beat(
            seconds=time.monotonic() - began, step=int(self._numbers[STEP]),
            phase=self.last_phase, is_first=self.is_first,
        )  # fmt: skip

    @property
    def last_step(self) -> int:
        """Step of the call that began last."""
        return int(self._numbers[STEP])

    @property
    def last_phase(self) -> int:
        """Phase of the call that began last."""
        return int(self._numbers[PHASE])

    @property
    def is_first(self) -> bool:
        """Whether no call has returned yet: of the ego's policy, or of the traffic's if that is called."""
        return bool(self._numbers[TRAFFIC_RETURNED if self.last_phase > 2 else RETURNED] == 0.0)
