"""A policy in a process of its own, with a fresh process after each that did not survive."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from simeval import errors
from simeval.errors import SimevalError, UsageError
from simeval.policy.runtime import Runtime
from simeval.runs import wire
from simeval.runs.attempts import Answer, Attempt, Facts, Failure, HostDefect, Task
from simeval.runs.chosen import Chosen
from simeval.runs.machine import own_memory
from simeval.runs.policy_settings import MEMORY_SHARE, PolicySettings
from simeval.runs.worker_process import Gone, Limits, WorkerProcess

__all__ = ["WorkerHost"]


class WorkerHost:
    """Starts the process when it is first needed.

    Args:
        threads: of the simulator; torch gets `torch_threads`.
        note: says one thing to the person who waits.
        watch: told about 20 times a second of the step that is under way.
    """

    def __init__(
        self,
        chosen: Chosen,
        settings: PolicySettings,
        runtime: Runtime,
        *,
        threads: int = 1,
        torch_threads: Callable[[], int] = lambda: 1,
        note: Callable[[str], None] = lambda message: None,
        watch: Callable[[int], None] = lambda step: None,
    ) -> None:
        self.chosen, self.settings, self.runtime = chosen, settings, runtime
        self.threads, self.torch_threads, self.note, self.watch = threads, torch_threads, note, watch
        memory = int(settings.policy_memory_gib * 2**30) or int(MEMORY_SHARE * own_memory())
        self.limits = Limits(call_s=settings.policy_timeout_s, memory_bytes=memory)
        self._process: WorkerProcess | None = None
        self._facts: Facts | None = None

    def facts(self) -> Facts:
        """Makes the policy, if that has not happened yet."""
        if self._facts is None:
            self._facts = self._loaded()
        return self._facts

    def _loaded(self) -> Facts:
        """Starts a process and makes the policy in it."""
        traffic = [one.name for one in self.chosen.traffic]
        self._process = process = WorkerProcess(self.limits, self.watch, traffic)
        self._check_room(process.ready())
        try:
            reply = process.ask(
                wire.Load(
                    reference=self.chosen.reference.text if self.chosen.reference else None,
                    traffic=traffic, runtime=self.runtime,
                    trust=self.settings.trust_policy_code, search=list(sys.path),
                )
            )  # fmt: skip
        except Gone as gone:
            self._end()
            return Facts(failure=gone.failure)
        if isinstance(reply, wire.Loaded):
            return Facts(
                spec=reply.spec, notes=tuple(reply.notes), device=reply.device,
                torch_version=reply.torch_version, traffic=reply.traffic,
            )  # fmt: skip
        self._end()
        if isinstance(reply, wire.Failed):
            return Facts(failure=Failure(fault=reply.fault, everywhere=True))
        raise _raised(reply)

    def _check_room(self, resident_bytes: int) -> None:
        if resident_bytes > self.limits.memory_bytes:
            self._end()
            raise UsageError(
                "policy_memory_gib",
                f"{self.limits.memory_bytes / 2**30:.2f} GiB is too little: Python and torch alone take "
                f"{resident_bytes / 2**30:.2f} GiB.",
            )

    def attempt(self, task: Task, attempt: Attempt) -> Answer:
        """Drives the rows that are present."""
        failure = self.facts().failure
        if failure is None and self._process is None:
            failure = self._loaded().failure  # another process than the one that made the facts
        if failure is not None or self._process is None:
            assert failure is not None
            return failure
        try:
            return self._answer(self._process, task, attempt)
        except Gone as gone:
            self._end()
            return gone.failure

    def _answer(self, process: WorkerProcess, task: Task, attempt: Attempt) -> Answer:
        assert task.pack is not None
        scenarios = list(task.scenarios)
        reply = process.ask(
            wire.Drive(
                pack=str(task.pack.resolve()), ids=[s.id for s in scenarios],
                members=list(attempt.members), present=list(attempt.present), stops=dict(attempt.stops),
                settings=task.settings, driver=task.driver, seed=task.seed,
                seeds=list(task.seeds) if task.seeds is not None else None,
                threads=self.threads, torch_threads=self.torch_threads(),
            )
        )  # fmt: skip
        if isinstance(reply, wire.Failed):
            return Failure(fault=reply.fault, everywhere=reply.everywhere)
        if isinstance(reply, wire.Done):
            return wire.decode_traces(process.traces(), reply.episodes, scenarios)
        raise _raised(reply)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def close(self) -> None:
        """Ends the process, and says what it printed."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.close()
        if lines := process.printed.text().strip().splitlines():
            last = "".join(c for c in lines[-1] if c.isprintable())[:200]
            self.note(f"{self.chosen.name} printed {process.printed.size:,} bytes; the last line: {last}")


def _raised(reply: Any) -> Exception:
    """The error that a reply stands for."""
    if isinstance(reply, wire.Refused):
        kind = getattr(errors, reply.error, SimevalError)
        error: Exception = kind(reply.where, reply.what, reply.fix)
        return error
    if isinstance(reply, wire.Defect):
        return HostDefect(reply.kind, reply.message, reply.trace)
    return HostDefect("Protocol", f"unexpected answer {type(reply).__name__}", "")
