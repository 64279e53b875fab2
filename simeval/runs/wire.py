"""Messages between a run and the process of a policy: length, then MessagePack; traces as Arrow.

Nothing here can make the reader run anything: what does not decode into one of the types below is an error.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

import msgspec
import pyarrow as pa

from simeval.errors import SimevalError
from simeval.policy.faults import Fault
from simeval.policy.runtime import Runtime
from simeval.runs.attempts import Driven
from simeval.runs.parts import trace_from, trace_row
from simeval.runs.tables import arrays_of, table_of
from simeval.scenario import Scenario
from simeval.sim import SimSettings

__all__ = [
    "Defect", "Done", "Drive", "Episode", "Failed", "FrameReader", "Load", "Loaded", "Ready", "Refused",
    "Reply", "Request", "decode_traces", "encode_traces", "frame",
]  # fmt: skip

LONGEST = 2**34  # bytes of a message
HEAD = struct.Struct("<Q")


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag=True):
    """What all of them share."""


class Load(Message, frozen=True, kw_only=True):
    """Make the policies."""

    reference: str | None  # None: the ego has an engine driver
    traffic: list[str]  # those that drive others
    runtime: Runtime
    trust: bool
    search: list[str]  # where modules are found, as in the process that asks


class Drive(Message, frozen=True, kw_only=True):
    """Drive these episodes."""

    pack: str
    ids: list[str]  # scenario of each row
    members: list[int]
    present: list[int]
    stops: dict[int, Fault]
    settings: SimSettings
    driver: str
    seed: int
    seeds: list[int] | None
    threads: int
    torch_threads: int


class Ready(Message, frozen=True, kw_only=True):
    """The process is there; so much memory it takes before anything is loaded."""

    resident_bytes: int


class Loaded(Message, frozen=True, kw_only=True):
    """The policies are made."""

    spec: dict[str, Any] | None
    traffic: dict[str, dict[str, Any]]
    notes: list[str]
    device: str
    torch_version: str


class Refused(Message, frozen=True, kw_only=True):
    """The reference leads to nothing that can be loaded."""

    error: str  # name of the class
    where: str
    what: str
    fix: str


class Failed(Message, frozen=True, kw_only=True):
    """The policy failed, in all episodes at once."""

    fault: Fault
    everywhere: bool


class Episode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One episode of `Done`; its trace follows."""

    row: int
    fault: Fault | None
    policy_ms_p50: float | None
    policy_ms_p99: float | None
    wall_ms: float | None


class Done(Message, frozen=True, kw_only=True):
    """All episodes were driven to their end; the next message is the table of their traces."""

    episodes: list[Episode]


class Defect(Message, frozen=True, kw_only=True):
    """Simulating failed, by no fault of the policy."""

    kind: str
    message: str
    trace: str


Request: TypeAlias = Load | Drive
Reply: TypeAlias = Ready | Loaded | Refused | Failed | Done | Defect


def frame(data: bytes | Message) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(data) if isinstance(data, Message) else data
    return HEAD.pack(len(body)) + body


class FrameReader:
    """Puts messages together from what arrives."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Takes what has arrived.

        Raises:
            ValueError: no such message can be meant.
        """
        self._bytes += data
        if len(self._bytes) >= HEAD.size and HEAD.unpack_from(self._bytes)[0] > LONGEST:
            raise ValueError("a message longer than any that is sent")

    def take(self) -> bytes | None:
        """The next message, if it is there as a whole."""
        if len(self._bytes) < HEAD.size:
            return None
        end = HEAD.size + HEAD.unpack_from(self._bytes)[0]
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[HEAD.size : end])
        del self._bytes[:end]
        return body


def encode_traces(driven: dict[int, Driven]) -> bytes:
    """Traces as an Arrow stream, keyed by row."""
    table = table_of("traces", [trace_row(str(row), one.trace) for row, one in driven.items()])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def decode_traces(data: bytes, episodes: list[Episode], scenarios: list[Scenario]) -> dict[int, Driven]:
    """The episodes with their traces.

    Raises:
        ValueError: the table is not one of these episodes.
    """
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        table = reader.read_all()
    rows = {row["key"]: row for row in arrays_of(table)}
    found = {}
    for episode in episodes:
        if str(episode.row) not in rows:
            raise ValueError(f"no trace of row {episode.row}")
        times = {name: getattr(episode, name) for name in ("policy_ms_p50", "policy_ms_p99", "wall_ms")}
        trace = trace_from(rows[str(episode.row)], scenarios[episode.row])
        found[episode.row] = Driven(trace=trace, fault=episode.fault, **times)
    return found


def refused(error: SimevalError) -> Refused:
    """An error of the user's, to be raised again on the other side."""
    return Refused(error=type(error).__name__, where=error.where, what=error.what, fix=error.fix)
