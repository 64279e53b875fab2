"""Where the traffic's events of a batch are kept: derived from traces, deletable, made again when missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simeval.errors import StoreError
from simeval.runs import files
from simeval.runs.parts import Episode
from simeval.runs.tables import RESCORE, decode, encode, table_of
from simeval.runs.traffic_events import traffic_events, traffic_models
from simeval.scenario import Scenario

__all__ = ["TRAFFIC_VERSION", "TrafficStore"]

TRAFFIC_VERSION = "1"  # of the definitions of events; raised when one of them changes
TABLES = ("traffic_events", "traffic_models")  # the last one written says that the other is there


@dataclass(frozen=True)
class TrafficStore:
    """The folder `traffic/<version>/`; one pair of files a batch."""

    root: Path
    version: str = TRAFFIC_VERSION

    def path(self, batch: str, table: str) -> Path:
        """Where one table of a batch is."""
        return self.root / self.version / f"{batch}.{table}.parquet"

    def has(self, batch: str) -> bool:
        """Whether both tables of a batch are there."""
        return all(self.path(batch, table).is_file() for table in TABLES)

    def is_whole(self, batch: str) -> bool:
        """Whether both tables of a batch can be read."""
        try:
            return all(self.read(batch, table) is not None for table in TABLES)
        except StoreError:
            return False

    def read(self, batch: str, table: str) -> Any:
        """One table of a batch.

        Raises:
            StoreError: when it is missing or damaged; `simeval score` writes it again.
        """
        return decode(self.path(batch, table), table, remedy=RESCORE)

    def write(
        self,
        batch: str,
        episodes: Sequence[Episode],
        scenarios: Sequence[Scenario],
        note: Callable[[str], None],
    ) -> None:
        """Computes and writes what the traffic of a batch did; episodes without a trace have no rows."""
        events: list[dict[str, Any]] = []
        models: list[dict[str, Any]] = []
        for episode, scenario in zip(episodes, scenarios, strict=True):
            if episode.trace is None:
                continue
            try:
                found = traffic_events(episode.key, scenario, episode.trace)
            except Exception as error:  # a defect of ours costs this card, never the run
                note(f"{scenario.id}: its traffic card failed: {type(error).__name__}: {error}")
                continue
            events += found
            models += traffic_models(episode.key, episode.trace)
        files.make_folder(self.root / self.version)
        for table, rows in zip(TABLES, (events, models), strict=True):
            files.write_file(self.path(batch, table), encode(table, table_of(table, rows)))
