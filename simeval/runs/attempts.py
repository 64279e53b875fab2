"""What is asked of a policy's host, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from simeval.policy.faults import Fault
from simeval.scenario import Scenario, Trace
from simeval.sim import SimSettings
from simeval.sim.runnable import CONTROLS

__all__ = ["Answer", "Attempt", "Driven", "Facts", "Failure", "Host", "HostDefect", "Task"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A planned batch as a policy's host needs it."""

    scenarios: Sequence[Scenario]  # one a row
    settings: SimSettings
    driver: str = CONTROLS  # of the egos: a policy, or the name of an engine driver
    pack: Path | None = None  # where the scenarios are, for a host that reads them itself
    seed: int = 0  # of the random numbers of a policy that draws some
    seeds: Sequence[int] | None = None  # of the episodes; None: 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One go at a task.

    members: rows that make up the batch; its shape, and so the last bits of results, depend on them.
    present: rows among them that take part; the others are padding.
    stops: rows that end before a step, with the fault that is known of them.
    """

    members: tuple[int, ...]
    present: tuple[int, ...]
    stops: Mapping[int, Fault] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Driven:
    """One episode that was driven to its end, by a policy that may have been at fault there."""

    trace: Trace
    fault: Fault | None = None
    policy_ms_p50: float | None = None
    policy_ms_p99: float | None = None
    wall_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An attempt that failed as a whole.

    everywhere: no episode could have done better: the policy cannot be made.
    first_call: no call of this process had come back before.
    """

    fault: Fault
    everywhere: bool = False
    first_call: bool = False


Answer: TypeAlias = dict[int, Driven] | Failure


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a policy once it is there."""

    spec: dict[str, Any] | None = None  # None: it could not be made, or the ego has an engine driver
    notes: tuple[str, ...] = ()
    device: str = ""
    torch_version: str = ""
    failure: Failure | None = None
    traffic: dict[str, dict[str, Any]] = field(default_factory=dict)  # specs of those who drive others

    @property
    def is_random(self) -> bool:
        """Whether it, or one in its traffic, declares to draw random numbers."""
        specs = [self.spec, *self.traffic.values()]
        return any(spec and spec["is_random"] for spec in specs)


class HostDefect(RuntimeError):
    """Simulating failed, by no fault of the policy."""

    def __init__(self, kind: str, message: str, trace: str) -> None:
        self.kind, self.message, self.trace = kind, message, trace
        super().__init__(f"{kind}: {message}")


class Host(Protocol):
    """Where a policy lives."""

    def facts(self) -> Facts:
        """Makes the policy, if that has not happened yet.

        Raises:
            UsageError, InputError: the reference leads to nothing that can be loaded.
        """
        ...

    def attempt(self, task: Task, attempt: Attempt) -> Answer:
        """Drives the rows that are present.

        Raises:
            HostDefect: simulating failed, by no fault of the policy.
        """
        ...

    def close(self) -> None:
        """Ends it."""
        ...
