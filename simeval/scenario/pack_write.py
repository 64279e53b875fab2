"""Writing a pack: two Parquet files, each whole or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simeval.errors import InputError, NothingSelected, UsageError
from simeval.scenario.files import make_folder, whole_file
from simeval.scenario.pack_columns import SCENARIO_SCHEMA, scenario_row
from simeval.scenario.pack_maps import MAP_SCHEMA, map_row
from simeval.scenario.pack_table import TableFile, abandoned_on_error
from simeval.scenario.scenario import Scenario
from simeval.scenario.validate import check_scenario

__all__ = ["MAPS", "SCENARIOS", "PackSummary", "copy_pack_files", "write_pack"]

SCENARIOS, MAPS = "scenarios.parquet", "maps.parquet"
COPIED_AT_ONCE = 1 << 20  # [bytes]


@dataclass(frozen=True, kw_only=True)
class PackSummary:
    """What was written."""

    path: Path
    num_scenarios: int
    num_maps: int
    num_agents: int
    num_bytes: int


def write_pack(path: Path, scenarios: Iterable[Scenario]) -> PackSummary:
    """Writes `path`, a folder NAME.pack, replacing a pack of that name; equal scenarios give equal bytes.

    Scenarios are taken one at a time and may be a generator. Until the end an old pack stays as it was.

    Raises:
        InputError: when a scenario is not sound or an id comes twice.
        NothingSelected: when there is no scenario.
        UsageError: when a file, or a folder that is no pack, has the name.
        StorageFull: when the disk is full or the place cannot be written.
    """
    path = Path(path)
    made = not path.exists()
    _refuse_other_folder(path)
    make_folder(path)
    try:
        return _write(path, scenarios)
    except BaseException:
        if made and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        raise


def copy_pack_files(source: Path, path: Path) -> None:
    """Copies both files, each whole or not there, into a new folder.

    Raises:
        StorageFull: when the disk is full or the place cannot be written.
    """
    make_folder(path)
    for name in (MAPS, SCENARIOS):
        with whole_file(path / name) as copy, (source / name).open("rb") as original:
            shutil.copyfileobj(original, copy, COPIED_AT_ONCE)


def _write(path: Path, scenarios: Iterable[Scenario]) -> PackSummary:
    # The maps are renamed first: scenarios.parquet appears only when everything it refers to is there.
    with whole_file(path / SCENARIOS) as scenario_file, whole_file(path / MAPS) as map_file:
        rows = TableFile.to(scenario_file, SCENARIO_SCHEMA, "scenarios")
        maps = TableFile.to(map_file, MAP_SCHEMA, "maps")
        with abandoned_on_error(rows, maps):
            agents = _write_rows(scenarios, rows, maps)
            if not rows.count:
                raise NothingSelected(str(path), "there is no scenario to write.", "Choose other sources.")
            maps.close()
            rows.close(num_maps=maps.count, maps_bytes=map_file.tell())
        num_bytes = scenario_file.tell() + map_file.tell()
    return PackSummary(
        path=path, num_scenarios=rows.count, num_maps=maps.count, num_agents=agents, num_bytes=num_bytes
    )


def _write_rows(scenarios: Iterable[Scenario], rows: TableFile, maps: TableFile) -> int:
    seen: set[str] = set()
    maps_seen: set[str] = set()
    agents = 0
    for scenario in scenarios:
        check_scenario(scenario, f"scenario {scenario.id}")
        if scenario.id in seen:
            raise InputError(f"scenario {scenario.id}", "comes twice.", "Give each an id of its own.")
        seen.add(scenario.id)
        agents += len(scenario.agents)
        if scenario.map.id not in maps_seen:
            maps_seen.add(scenario.map.id)
            maps.add(map_row(scenario.map))
        rows.add(scenario_row(scenario))
    return agents


def _refuse_other_folder(path: Path) -> None:
    ours = {SCENARIOS, MAPS}
    if path.is_dir() and (other := sorted(p.name for p in path.iterdir() if p.name not in ours)):
        others = [name for name in other if not name.endswith(".tmp")]
        if others:
            what = f"is a folder with other files in it, such as {others[0]!r}."
            raise UsageError(str(path), what, "Choose a new name ending in .pack.")
