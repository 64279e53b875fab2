"""Packs: folders NAME.pack with `scenarios.parquet` (one row a scenario) and `maps.parquet`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from simeval.errors import InputError, unknown_name
from simeval.scenario.brief import BRIEF_COLUMNS, Brief, brief_of_row
from simeval.scenario.kinds import AgentKind
from simeval.scenario.pack_columns import LIGHT_COLUMNS, SCENARIO_SCHEMA
from simeval.scenario.pack_file import REBUILD, PackFile, damage
from simeval.scenario.pack_maps import MAP_SCHEMA, map_of
from simeval.scenario.pack_rows import scenario_of
from simeval.scenario.pack_write import MAPS, SCENARIOS, PackSummary, copy_pack_files, write_pack
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.scenario import Scenario
from simeval.scenario.validate import check_scenario

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Pack", "PackSummary", "copy_pack", "open_pack", "write_pack"]

KINDS = [int(kind) for kind in AgentKind]
KEPT_MAPS = 8  # those read last are kept although no scenario is in use: the next one is often on one of them


def open_pack(path: Path) -> Pack:
    """Opens a pack; only ids are read now, scenarios when they are asked for.

    Raises:
        InputError: when it is not there, damaged, or written by a newer version.
    """
    return Pack(Path(path))


def copy_pack(pack: Pack, path: Path) -> None:
    """Copies a pack byte for byte; the copy is read once, so that it is known to be whole.

    Raises:
        InputError: when a byte is not what was written.
        StorageFull: when the disk is full or the place cannot be written.
    """
    copy_pack_files(pack.path, path)
    open_pack(path).check()


class Pack:
    """The scenarios of a pack. Scenarios on the same map share one RoadMap as long as any is in use."""

    def __init__(self, path: Path) -> None:
        if not (path / SCENARIOS).is_file():
            what = "is not a pack: it holds no scenarios.parquet." if path.exists() else "does not exist."
            raise InputError(str(path), what, "`simeval import` makes packs from files.")
        self.path = path
        self._lock = threading.Lock()
        self._scenarios = PackFile(path / SCENARIOS, SCENARIO_SCHEMA, "scenarios")
        self._maps = PackFile(path / MAPS, MAP_SCHEMA, "maps")
        self._check_pair()
        self.ids: tuple[str, ...] = tuple(self._scenarios.column("id"))
        self._row = {name: i for i, name in enumerate(self.ids)}
        self._map_row = {name: i for i, name in enumerate(self._maps.column("map_id"))}
        self._shared: WeakValueDictionary[str, RoadMap] = WeakValueDictionary()
        self._recent: deque[RoadMap] = deque(maxlen=KEPT_MAPS)
        if len(self._row) != len(self.ids):
            raise damage(path / SCENARIOS, "an id comes twice")

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Pack({str(self.path)!r}: {len(self)} scenarios, {len(self._map_row)} maps)"

    def table(self) -> DataFrame:
        """One row a scenario, without states, maps and routes; units are in the column names."""
        frame: DataFrame = self._scenarios.read(LIGHT_COLUMNS).to_pandas()
        return frame

    def scenario(self, scenario_id: str) -> Scenario:
        """One scenario, exactly as it was written.

        Raises:
            UsageError: when the id is not in the pack.
            InputError: when the files are damaged.
        """
        if scenario_id not in self._row:
            raise unknown_name("scenario", scenario_id, self.ids, where=str(self.path))
        where = self.path / SCENARIOS
        with self._lock:
            row = self._scenarios.row(self._row[scenario_id])
            roads = self._map(row["map_id"])
        try:
            scenario = scenario_of(row, roads)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise damage(where, f"{scenario_id}: {error}") from error
        check_scenario(scenario, f"{where}: {scenario_id}", REBUILD)
        if scenario.content_hash != row["content_hash"]:
            raise damage(where, f"{scenario_id}: its content does not match its hash")
        return scenario

    def scenarios(self, ids: Iterable[str] | None = None) -> Iterator[Scenario]:
        """The named scenarios, or all, one at a time, in the order asked for."""
        names: Sequence[str] = self.ids if ids is None else list(ids)
        return (self.scenario(name) for name in names)

    def briefs(self) -> Iterator[Brief]:
        """All scenarios in short; nothing but who is in them and how long they are is read.

        Raises:
            InputError: when a row does not even say that.
        """
        for row in self._scenarios.rows(BRIEF_COLUMNS):
            brief = brief_of_row(row, self.scenario)
            missing = any(row[name] is None for name in BRIEF_COLUMNS if name != "ego_index")
            if missing or not np.isin(brief.kind, KINDS).all():
                brief = Brief.of(self.scenario(brief.id))  # says what is wrong
            yield brief

    def check(self) -> None:
        """Reads everything once, a group of rows at a time.

        Raises:
            InputError: when a byte is not what was written.
        """
        self._scenarios.check()
        self._maps.check()

    def _map(self, map_id: str) -> RoadMap:
        roads = self._shared.get(map_id)
        if roads is None:
            roads = self._read_map(map_id)
            self._shared[map_id] = roads
            self._recent.append(roads)
        return roads

    def _read_map(self, map_id: str) -> RoadMap:
        where = self.path / MAPS
        if map_id not in self._map_row:
            raise damage(where, f"the map {map_id} is missing")
        try:
            roads: RoadMap = map_of(self._maps.row(self._map_row[map_id]))
            intact = roads.id == map_id
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise damage(where, f"map {map_id}: {error}") from error
        if not intact:
            raise damage(where, f"map {map_id}: its content does not match its hash")
        return roads

    def _check_pair(self) -> None:
        said: Any = self._scenarios.facts
        rows, size = said.get("num_maps"), said.get("maps_bytes")
        if (rows, size) != (str(self._maps.num_rows), str((self.path / MAPS).stat().st_size)):
            raise damage(self.path / MAPS, "does not belong to the scenarios.parquet beside it")
