"""Whether the work on a run is shared among processes, and what these are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec

from simeval.errors import UsageError
from simeval.runs.chosen import Chosen
from simeval.runs.crew import Crew
from simeval.runs.crew_messages import Job
from simeval.runs.machine import num_processors, own_memory
from simeval.runs.policy_settings import MEMORY_SHARE
from simeval.runs.progress import Progress
from simeval.runs.settings import RunSettings
from simeval.runs.store import Store

__all__ = ["crew_of", "spread"]


def spread(settings: RunSettings, chosen: Sequence[Chosen] = ()) -> tuple[int, int]:
    """(processes, threads of each).

    Raises:
        UsageError: several processes are asked for, and a policy that only this one has.
    """
    processes = settings.processes or num_processors()
    if processes > 1 and (live := [one.name for one in chosen if one.live is not None]):
        raise UsageError(
            "processes",
            f"{live[0]} is an object of this process, and {processes} processes are asked for.",
            "Give the policy by a reference (package.module:factory, a file), or leave processes at 1.",
        )
    return processes, settings.threads or max(1, num_processors() // processes)


def crew_of(
    store: Store, settings: RunSettings, profiles: Sequence[str], chosen: Sequence[Chosen],
    progress: Progress, *, torch_threads: int = 1, reuse: bool = False,
) -> AbstractContextManager[Crew | None]:  # fmt: skip
    """The processes that are asked for beside this one."""
    processes, threads = spread(settings)
    if processes == 1:
        return nullcontext()
    memory = settings.policy.policy_memory_gib or MEMORY_SHARE * own_memory() / 2**30 / processes
    policy = msgspec.structs.replace(settings.policy, policy_memory_gib=memory)
    job = Job(
        folder=str(store.path.resolve()), settings=msgspec.structs.replace(settings, policy=policy),
        profiles=list(profiles), policies=[one.name for one in chosen], threads=threads,
        torch_threads=torch_threads, reuse=reuse, search=list(sys.path), parent=os.getpid(),
    )  # fmt: skip
    return Crew(processes, job, progress)
