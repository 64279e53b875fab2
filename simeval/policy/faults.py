"""What a policy can do wrong, named; a fault belongs to the episodes in which it happened."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

__all__ = ["Fault", "FaultKind", "PolicyFault", "fault_of"]

FaultKind: TypeAlias = Literal[
    "construction",  # the factory or init() raised, or gave no policy
    "exception",  # act() raised
    "contract",  # wrong shape, dtype, device, type of an action or of the memory
    "nonfinite",  # NaN or infinity
    "implausible",  # finite, but beyond what any vehicle does: wrong units, most often
    "random",  # two identical calls gave different actions
    "timeout",  # did not return in time
    "crash",  # its process died
    "out_of_memory",
]
LINES = 12  # of a traceback that are kept


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What went wrong, at which step since the start (-1: before the first)."""

    kind: FaultKind
    step: int
    message: str
    trace: str = ""  # the end of the traceback
    traffic: str = ""  # the policy at fault, where it is not the one that drives the ego

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"

    def at(self, step: int) -> Fault:
        """The same fault at another step."""
        return replace(self, step=step)


class PolicyFault(Exception):
    """A call of a policy failed for the batch as a whole; which row is to blame is not known."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def fault_of(error: BaseException, kind: FaultKind, step: int) -> Fault:
    """The fault that an exception out of a policy's code amounts to."""
    try:
        message = f"{type(error).__name__}: {error}"
    except Exception:  # its __str__ raises
        message = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)[-LINES:]
    lines = [f"{f.filename}:{f.lineno} in {f.name}: {f.line}" for f in frames]
    return Fault(kind=kind, step=step, message=message[:2000], trace="\n".join(lines)[:20000])
