"""What the report asks of a run: the tables of a run folder, and one episode at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from simeval.arrays import Array
from simeval.scenario import Scenario, Trace

__all__ = ["RunFolder"]


@runtime_checkable
class RunFolder(Protocol):
    """A run as `simeval.runs.open_run` gives it. Reading an episode raises a SimevalError that says why
    a trace is not there or cannot be read."""

    @property
    def path(self) -> Path:
        """The folder."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Versions, settings, machine, determinism."""

    @property
    def plan(self) -> pd.DataFrame:
        """One row a planned episode."""

    @property
    def episodes(self) -> pd.DataFrame:
        """One row an episode that ran."""

    @property
    def scores(self) -> pd.DataFrame:
        """One row an episode that was judged."""

    @property
    def measurements(self) -> pd.DataFrame:
        """One row an episode and metric."""

    @property
    def events(self) -> pd.DataFrame:
        """One row an event."""

    def scenario(self, key: str) -> Scenario:
        """The scenario of an episode."""

    def trace(self, key: str) -> Trace:
        """What happened in an episode."""

    def series(self, key: str) -> Mapping[str, Array]:
        """Curves over the steps of an episode, NaN where undefined."""

    def traffic_card(self) -> Mapping[str, Any] | None:
        """What the traffic did, by model; None without traffic."""

    def reproduce(self, key: str) -> str:
        """The command that runs one episode again."""
