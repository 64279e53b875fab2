"""One process of a policy, seen from the run: asked, watched, and ended when it takes too much."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from simeval.policy.faults import Fault, FaultKind
from simeval.runs import wire
from simeval.runs.attempts import Failure, HostDefect
from simeval.runs.drain import Drain
from simeval.runs.driving import Watch, clean
from simeval.runs.heartbeat import LOAD, Beat, Heartbeat, make_shared_file
from simeval.runs.policy_settings import LONG_CALL
from simeval.runs.process_tree import MARK, ProcessTree

__all__ = ["Gone", "Limits", "WorkerProcess"]

POLL_MS = 50
START_S = 300.0  # until a process is there: it imports torch
LAST_WORDS_S = 0.2  # to say where it hangs
GRACE_S = 2.0  # to end by itself
SHOWN = 8000  # characters of what it printed
MODULES = re.compile(r"^\n?Extension modules: .*\n?", re.MULTILINE)  # a long line that a crash ends with
# Threads of torch sleep while they wait for one another. By default they spin, which on a busy machine made a
# small network six times slower: whoever is waited for does not get a processor.
WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}
WHERE = {LOAD: "while it was made", Watch.INIT: "in init()"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a policy may take."""

    call_s: float
    memory_bytes: int

    def seconds(self, beat: Beat) -> float:
        """For a call."""
        return self.call_s * (LONG_CALL if beat.is_first or not Watch.is_act(beat.phase) else 1.0)


class Gone(Exception):
    """The process is no more, by a fault of the policy."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure.fault))


class WorkerProcess:
    """Started at once; `ask` waits for the answer.

    Args:
        limits: above which it is ended.
        watch: told about 20 times a second of the step that is under way.
        traffic: names of the policies that drive others in it.
    """

    def __init__(self, limits: Limits, watch: Any = None, traffic: Sequence[str] = ()) -> None:
        self.limits, self._watch, self._traffic = limits, watch or (lambda step: None), tuple(traffic)
        self._is_idle = self._is_ready = False
        self._reader, self._decoder = wire.FrameReader(), msgspec.msgpack.Decoder(wire.Reply)
        self._start()
        self._is_idle = True

    def _start(self) -> None:
        shared = make_shared_file()
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        printed, output = os.pipe()
        given, mark = (requests, replies, shared), secrets.token_hex(8)
        own = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), MARK: mark}
        words = [str(number) for number in (*given, os.getpid())]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "simeval.runs.policy_worker", *words],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=given,
                start_new_session=True,
                env=WAITING | dict(os.environ) | own,
            )  # fmt: skip
        finally:
            self.heartbeat = Heartbeat(shared)
            for descriptor in (*given, output):
                os.close(descriptor)
            self.printed = Drain(printed)
        self._tree = ProcessTree(self._process.pid, mark)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)

    def ready(self) -> int:
        """Waits until it is there; the bytes that it takes.

        Raises:
            HostDefect: it never comes.
        """
        deadline = time.monotonic() + START_S
        try:
            reply = self._decoded(self._message(deadline))
        except Gone as gone:
            raise HostDefect("WorkerStart", str(gone), gone.failure.fault.trace) from None
        assert isinstance(reply, wire.Ready)
        self._is_ready = True
        return reply.resident_bytes

    def ask(self, request: wire.Request) -> wire.Reply:
        """Sends a request and waits for the answer.

        Raises:
            Gone: the process died, or was ended because it took too long or too much.
        """
        self._is_idle = False
        try:
            data = memoryview(wire.frame(request))
            while data:
                data = data[os.write(self._requests, data) :]
        except BrokenPipeError:
            raise self._died() from None
        reply = self._decoded(self._message())
        self._is_idle = not isinstance(reply, wire.Done)
        return reply

    def traces(self) -> bytes:
        """What follows a `Done`."""
        data = self._message()
        self._is_idle = True
        return data

    def _decoded(self, message: bytes) -> wire.Reply:
        try:
            reply: wire.Reply = self._decoder.decode(message)
            return reply
        except msgspec.DecodeError as error:
            raise self._ended("crash", f"what came from it is no answer: {error}") from None

    def _message(self, deadline: float | None = None) -> bytes:
        looked = 0.0
        while (message := self._reader.take()) is None:  # two may have come at once
            if self._poll.poll(POLL_MS):
                data = os.read(self._replies, 2**20)
                if not data:
                    raise self._died()
                self._feed(data)
                continue
            if (now := time.monotonic()) - looked >= POLL_MS / 1e3:
                looked = now
                self._look()
                if deadline and now > deadline:
                    raise self._ended("timeout", f"did not start within {START_S:g} s")
        return message

    def _feed(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except ValueError as error:
            raise self._ended("crash", f"what came from it is no answer: {error}") from None

    def _look(self) -> None:
        if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if not self._poll.poll(0):  # its last words may be the answer
                raise self._died()
            return
        beat = self.heartbeat.read()
        if beat is not None:
            self._watch(beat.step)
            if beat.seconds > (limit := self.limits.seconds(beat)):
                raise self._ended("timeout", f"no answer within {limit:g} s")
        size = self._tree.resident_bytes()
        if size > self.limits.memory_bytes and self._is_ready:
            most = self.limits.memory_bytes
            told = f"its process took {size / 2**30:.2f} GiB, more than {most / 2**30:.2f} GiB"
            raise self._ended("out_of_memory", told)

    def _died(self) -> Gone:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_S)  # the pipe may close before the process is gone
        self._tree.kill()
        return self._gone("crash", _words(self._process.wait()))

    def _ended(self, kind: FaultKind, what: str) -> Gone:
        if kind == "timeout":
            with contextlib.suppress(OSError):
                self._process.send_signal(signal.SIGUSR1)
            time.sleep(LAST_WORDS_S)
        self.kill()
        return self._gone(kind, what)

    def _gone(self, kind: FaultKind, what: str) -> Gone:
        self._close()
        beat = self.heartbeat
        phase, step = beat.last_phase, beat.last_step
        number, is_act = Watch.traffic_number(phase), Watch.is_act(phase)
        where = f"step {step}" if is_act else WHERE[LOAD if step < 0 else Watch.INIT]
        name = self._traffic[number] if number >= 0 else ""
        fault = Fault(
            kind=kind, step=step, message=f"{f'traffic by {name}: ' if name else ''}{where}: {what}",
            trace=_last_words(self.printed.text()), traffic=name,
        )  # fmt: skip
        everywhere = phase == LOAD or step < 0 or (not is_act and kind != "out_of_memory")
        return Gone(Failure(fault=clean(fault), everywhere=everywhere, first_call=beat.is_first))

    def kill(self) -> None:
        """Ends it and everything it started."""
        self._tree.kill()
        self._process.wait()
        self._close()

    def close(self) -> None:
        """Lets it end, if it has nothing to do; then ends it."""
        if self._is_idle and self._process.poll() is None:
            os.close(self._requests)
            self._requests = -1
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        self.kill()

    def _close(self) -> None:
        for name in ("_requests", "_replies"):
            if getattr(self, name) >= 0:
                os.close(getattr(self, name))
                setattr(self, name, -1)
        self.printed.settle(LAST_WORDS_S)


def _last_words(printed: str) -> str:
    """The end of what a process printed, which says where it was."""
    return MODULES.sub("", printed)[-SHOWN:]


def _words(code: int) -> str:
    """How a process ended."""
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    told = f"its process was killed by signal {-code} ({name})"
    return f"{told}; perhaps the system ran out of memory" if -code == signal.SIGKILL else told
