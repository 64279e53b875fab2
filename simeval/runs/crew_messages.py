"""Messages between a run and the processes that share its work: a line of JSON each."""

from __future__ import annotations

from typing import Literal

import msgspec

from simeval.runs.settings import RunSettings

__all__ = ["Job", "Reply", "Request"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What all requests are about; the first line."""

    folder: str  # of the run
    settings: RunSettings
    profiles: list[str]
    policies: list[str]  # names and references; empty when nothing is simulated
    threads: int  # of a process
    torch_threads: int
    reuse: bool  # of stored measurements, see `Deriver`
    search: list[str]  # where modules are found
    parent: int  # the process that sends this


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Batches to work on, in this order."""

    verb: Literal["run", "judge"]
    batches: list[str]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """They are committed, or an error stopped the work."""

    episodes: int
    seconds: dict[str, float]
    notes: list[str]
    error: str = ""
