"""Processes that share the work on one run folder. What they write follows from the plan, so the files are
those of a run in one process, and whatever one of them leaves undone the run does itself."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec

from simeval.runs.crew_messages import Job, Reply, Request
from simeval.runs.progress import Progress

__all__ = ["Crew"]

GRACE_S = 30.0  # to finish a file and end the process of a policy


class Crew:
    """A context: at its end, whatever happened, no process is left. They are started when there is work.

    Args:
        size: most processes.
        job: what they are told about the run.
        progress: hears of every group of batches that is done.
    """

    def __init__(self, size: int, job: Job, progress: Progress) -> None:
        self.size, self.job, self.progress = size, job, progress
        self._members: list[subprocess.Popen[bytes]] = []
        self._leaving = False

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving = True
        for member in self._members:
            member.terminate()
        for member in self._members:
            try:
                member.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                member.kill()
                member.wait()
            for pipe in (member.stdin, member.stdout):
                with contextlib.suppress(OSError):
                    assert pipe is not None
                    pipe.close()

    def work(self, verb: Literal["run", "judge"], groups: Sequence[Sequence[str]]) -> list[str]:
        """Has groups of batches worked on; returns the batches that were left undone."""
        if len(groups) < 2:
            return [name for group in groups for name in group]
        waiting, left = deque(groups), list[str]()
        while len(self._members) < min(self.size, len(groups)):
            self._members.append(_started(self.job))
        with ThreadPoolExecutor(len(self._members), thread_name_prefix="simeval-crew") as pool:
            try:
                for done in [pool.submit(self._employ, m, verb, waiting, left) for m in self._members]:
                    done.result()
            except BaseException:
                waiting.clear()
                self.__exit__()
                raise
        return [*left, *(name for group in waiting for name in group)]

    def _employ(
        self, member: subprocess.Popen[bytes], verb: Literal["run", "judge"],
        waiting: deque[Sequence[str]], left: list[str],
    ) -> None:  # fmt: skip
        """Keeps a process busy until nothing is waiting, or it is no more."""
        while member.poll() is None:
            try:
                group = waiting.popleft()
            except IndexError:
                return
            reply = _answer(member, Request(verb=verb, batches=list(group)))
            if reply is None or reply.error:
                left += group
                self._mourn(member, reply)
                return
            self._tell(reply)

    def _tell(self, reply: Reply) -> None:
        for line in reply.notes:
            self.progress.note(line)
        for part, seconds in reply.seconds.items():
            self.progress.spent(part, seconds)
        self.progress.advance(reply.episodes)

    def _mourn(self, member: subprocess.Popen[bytes], reply: Reply | None) -> None:
        if self._leaving:
            return
        why = reply.error if reply else f"exit code {member.wait()}"
        self.progress.note(f"a process that shared the work ended ({why}); the others take over.")


def _started(job: Job) -> subprocess.Popen[bytes]:
    member = subprocess.Popen(
        [sys.executable, "-P", "-m", "simeval.runs.crew_member"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    _send(member, job)
    return member


def _send(member: subprocess.Popen[bytes], message: msgspec.Struct) -> None:
    assert member.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it is gone: there will be no answer either
        member.stdin.write(msgspec.json.encode(message) + b"\n")
        member.stdin.flush()


def _answer(member: subprocess.Popen[bytes], request: Request) -> Reply | None:
    """None: the process ended instead."""
    _send(member, request)
    assert member.stdout is not None
    line = member.stdout.readline()
    return msgspec.json.decode(line, type=Reply) if line.endswith(b"\n") else None
