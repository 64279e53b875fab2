"""A process that shares the work on a run folder: `python -m simeval.runs.crew_member`.

Its standard input says what to do; it ends when that ends, or with the process that started it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from simeval.judge import load_profile
from simeval.runs.child import end_with_parent
from simeval.runs.chosen import choose, with_traffic
from simeval.runs.crew_messages import Job, Reply, Request
from simeval.runs.execute import line_of
from simeval.runs.hosts import Hosts
from simeval.runs.interrupt import Interrupted, terminable
from simeval.runs.prepare import Prepared, read_plan
from simeval.runs.progress import Progress
from simeval.runs.session import Session
from simeval.runs.store import Store

__all__ = ["main"]


class Noted(Progress):
    """Keeps what happens until it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Kept."""
        self.notes.append(message)

    def taken(self, error: str = "") -> Reply:
        """What happened since the last time."""
        reply = Reply(episodes=self.done, seconds=dict(self.seconds), notes=self.notes, error=error)
        self.done, self.notes, self.seconds = 0, [], dict.fromkeys(self.seconds, 0.0)
        return reply


@contextmanager
def _session(job: Job, progress: Progress) -> Iterator[Session]:
    store = Store(Path(job.folder))
    folder = Prepared(store=store, rows=read_plan(store))
    chosen = choose(job.policies, job.settings.policy) if job.policies else []
    profiles = [load_profile(name) for name in job.profiles]
    with Hosts(with_traffic(chosen, job.settings), job.settings.policy, job.threads, progress) as hosts:
        hosts.torch_threads = job.torch_threads
        yield Session(folder, job.settings, job.threads, profiles, progress, hosts, reuse=job.reuse)


def serve(job: Job, replies: int) -> None:
    """Until no more requests come; an error of one is told, and the next may do better."""
    progress = Noted()
    with _session(job, progress) as session:
        for line in sys.stdin.buffer:
            request, error = msgspec.json.decode(line, type=Request), ""
            try:
                session.work(request.verb, request.batches)
            except Exception as failure:
                error = line_of(failure)
            os.write(replies, msgspec.json.encode(progress.taken(error)) + b"\n")


def main() -> None:
    """Serves the process that started this one; what is printed here goes to standard error."""
    replies = os.dup(1)
    os.dup2(2, 1)
    try:
        with terminable():
            job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
            sys.path[:] = job.search
            end_with_parent(job.parent, signal.SIGTERM)
            serve(job, replies)
    except (Interrupted, BrokenPipeError):
        sys.exit(1)


if __name__ == "__main__":
    main()
