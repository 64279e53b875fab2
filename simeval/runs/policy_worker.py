"""The process of one policy: `python -m simeval.runs.policy_worker`.

Its arguments are file descriptors and the process that started it. What the policy does to its process
(prints, crashes, threads, seeds, working directory) stays here; the run that started it looks on, and ends
it when it takes too long or too much memory. It ends by itself when its requests end.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psutil
import torch

from simeval.errors import SimevalError
from simeval.policy.faults import Fault, PolicyFault, fault_of
from simeval.policy.loading import load_policy
from simeval.policy.protocol import Policy
from simeval.policy.reference import parse_reference
from simeval.policy.runtime import Runtime
from simeval.runs import wire
from simeval.runs.attempts import Attempt, Failure, Task
from simeval.runs.child import end_with_parent
from simeval.runs.driving import Watch, clean, drive
from simeval.runs.heartbeat import LOAD, Heartbeat
from simeval.scenario import Scenario
from simeval.scenario.pack import Pack, open_pack

__all__ = ["main"]

TRACEBACK_LINES = 30


class Worker:
    """Answers requests, one after the other."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        self._policy: Policy | None = None
        self._traffic: dict[str, Policy] = {}
        self._runtime = Runtime()
        self._packs: dict[str, Pack] = {}
        self._last: tuple[list[str], list[Scenario]] = ([], [])  # halves of a batch follow one another

    def answer(self, request: wire.Request) -> Iterator[bytes]:
        """The messages that answer a request, ready to be sent."""
        try:
            if isinstance(request, wire.Load):
                yield wire.frame(self._load(request))
            else:
                yield from self._drive(request)
        except Exception as error:
            yield wire.frame(_defect(error))

    def _load(self, request: wire.Load) -> wire.Reply:
        sys.path[:] = request.search
        name, notes = "", list[str]()
        self._policy, self._traffic = None, {}
        try:
            if request.reference is not None:
                self._policy = self._made(request.reference, LOAD, request, notes)
            for number, name in enumerate(request.traffic):
                phase = Watch.INIT + 2 * (number + 1)
                self._traffic[name] = self._made(name, phase, request, notes)
            device = str(request.runtime.torch_device)
        except SimevalError as error:
            return wire.refused(error)
        except PolicyFault as error:
            return wire.Failed(fault=clean(replace(error.fault, traffic=name)), everywhere=True)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            fault = replace(fault_of(error, "construction", -1), traffic=name)
            return wire.Failed(fault=clean(fault), everywhere=True)
        self._runtime = request.runtime
        return wire.Loaded(
            spec=msgspec.to_builtins(self._policy.spec) if self._policy is not None else None, notes=notes,
            traffic={name: msgspec.to_builtins(policy.spec) for name, policy in self._traffic.items()},
            device=device, torch_version=str(torch.__version__),
        )  # fmt: skip

    def _made(self, reference: str, phase: int, request: wire.Load, notes: list[str]) -> Policy:
        """One of the policies; what there is to say about it is added to the notes."""
        self.heartbeat.begin(-1, phase)
        try:
            loaded = load_policy(parse_reference(reference), request.runtime, trust=request.trust)
        finally:
            self.heartbeat.end(phase)
        notes += loaded.notes
        return loaded.policy

    def _drive(self, request: wire.Drive) -> Iterator[bytes]:
        policy = self._policy if self._policy is not None else request.driver
        torch.set_num_threads(request.torch_threads)
        task = Task(
            scenarios=self._scenarios(request), settings=request.settings, seed=request.seed,
            seeds=request.seeds, driver=request.driver,
        )  # fmt: skip
        attempt = Attempt(members=tuple(request.members), present=tuple(request.present), stops=request.stops)
        answer = drive(
            task, attempt, policy, self._runtime, threads=request.threads, watch=Watch(self._tell),
            traffic=self._traffic, is_ours=lambda error: False,
        )  # fmt: skip
        if isinstance(answer, Failure):
            yield wire.frame(wire.Failed(fault=answer.fault, everywhere=answer.everywhere))
            return
        times = ("policy_ms_p50", "policy_ms_p99", "wall_ms")
        episodes = [
            wire.Episode(row=row, fault=one.fault, **{name: getattr(one, name) for name in times})
            for row, one in answer.items()
        ]
        traces = wire.encode_traces(answer)
        yield wire.frame(wire.Done(episodes=episodes))
        yield wire.frame(traces)

    def _tell(self, step: int | None, phase: int) -> None:
        if step is None:
            self.heartbeat.end(phase)
        else:
            self.heartbeat.begin(step, phase)

    def _scenarios(self, request: wire.Drive) -> list[Scenario]:
        if self._last[0] != request.ids:
            if request.pack not in self._packs:
                self._packs = {request.pack: open_pack(Path(request.pack))}
            self._last = (request.ids, list(self._packs[request.pack].scenarios(request.ids)))
        return self._last[1]


def _defect(error: Exception) -> wire.Defect:
    lines = "".join(traceback.format_exception(error)).splitlines()[-TRACEBACK_LINES:]
    told = clean(Fault(kind="crash", step=0, message=str(error)[:2000], trace="\n".join(lines)))
    return wire.Defect(kind=type(error).__name__, message=told.message, trace=told.trace)


def serve(requests: int, replies: int, worker: Worker) -> None:
    """Until no more requests can come."""
    reader, decoder = wire.FrameReader(), msgspec.msgpack.Decoder(wire.Request)
    while data := os.read(requests, 65536):
        reader.feed(data)
        while (message := reader.take()) is not None:
            for answer in worker.answer(decoder.decode(message)):
                write_all(replies, answer)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main(argv: list[str]) -> Any:
    """Serves the process that started this one."""
    requests, replies, heartbeat, parent = (int(word) for word in argv)
    end_with_parent(parent, signal.SIGKILL)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)  # tells on standard error where a call hangs, also in C
    for descriptor in (requests, replies, heartbeat):
        os.set_inheritable(descriptor, False)
    worker = Worker(Heartbeat(heartbeat))
    write_all(replies, wire.frame(wire.Ready(resident_bytes=psutil.Process().memory_info().rss)))
    with contextlib.suppress(BrokenPipeError):
        serve(requests, replies, worker)


if __name__ == "__main__":
    main(sys.argv[1:])
