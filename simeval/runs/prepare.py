"""Makes the folder of a run, or finds the one that the same command made before."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simeval.errors import InputError, StorageFull, StoreError
from simeval.runs import files
from simeval.runs.described import described
from simeval.runs.hosts import Hosts
from simeval.runs.keys import run_id
from simeval.runs.manifest import NewerError, make_manifest, read_manifest, write_manifest
from simeval.runs.plan import Plan
from simeval.runs.settings import RunSettings
from simeval.runs.sources import Source
from simeval.runs.store import Store
from simeval.runs.tables import decode, encode, table_of
from simeval.runs.temporary import temporary_beside
from simeval.scenario.pack import copy_pack, open_pack, write_pack

__all__ = ["Prepared", "prepare", "read_plan"]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A run folder that is ready to work in."""

    store: Store
    rows: list[dict[str, Any]]  # of the plan as it is on disk
    notes: tuple[str, ...] = ()

    @property
    def batches(self) -> dict[str, list[dict[str, Any]]]:
        """Batch name to its rows, in row order."""
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            grouped.setdefault(row["batch"], []).append(row)
        return {name: sorted(rows, key=lambda r: r["row"]) for name, rows in grouped.items()}


def prepare(
    out: Path, plan: Plan, sources: Sequence[Source], hosts: Hosts, settings: RunSettings,
    origins: Mapping[str, str], argv: Sequence[str],
) -> Prepared:  # fmt: skip
    """Makes or finds the folder. Scenarios and plan come first, the manifest last: it says that the
    folder is complete. Of several writers the first one's plan stands.

    Raises:
        UsageError: when `out` is a file, or a policy cannot be loaded.
        StorageFull: when it cannot be written.
        StoreError: when the folder was written by a newer version.
    """
    names = list(dict.fromkeys(s.name for s in sources))
    store = Store(out / run_id(names, list(hosts.chosen), plan.keys))
    told = [] if store.manifest.exists() else described(hosts)  # loads policies before anything is made
    files.make_folder(store.parts)
    notes = _keep_readable(store)
    _put_scenarios(store, plan, sources, settings)
    if not store.plan.exists():
        data = encode("plan", table_of("plan", plan.rows))
        files.write_file(store.plan, data, replace=False)
    if not store.manifest.exists():
        manifest = make_manifest(plan, sources, told or described(hosts), settings, origins, argv)
        write_manifest(store.manifest, manifest, replace=False)
    return Prepared(store=store, rows=read_plan(store), notes=notes)


def read_plan(store: Store) -> list[dict[str, Any]]:
    """The rows of the stored plan.

    Raises:
        StoreError: when it is missing or damaged.
    """
    rows: list[dict[str, Any]] = decode(store.plan, "plan").to_pylist()
    return rows


def _keep_readable(store: Store) -> tuple[str, ...]:
    """Removes a damaged plan or manifest, so that they are written again from the same command."""
    notes = []
    readers: dict[Path, Callable[[], object]] = {
        store.plan: lambda: read_plan(store),
        store.manifest: lambda: read_manifest(store.manifest),
    }
    for path, read in readers.items():
        try:
            if path.exists():
                read()
        except NewerError:
            raise
        except StoreError as error:
            notes.append(f"{error.where}: {error.what} It is written again.")
            files.remove(path)
    return tuple(notes)


def _put_scenarios(store: Store, plan: Plan, sources: Sequence[Source], settings: RunSettings) -> None:
    if store.pack.exists():
        try:
            pack = open_pack(store.pack)
            if set(plan.scenarios) <= set(pack.ids):
                return pack.check()
        except InputError:
            pass
        files.remove(store.pack)
    part = temporary_beside(store.pack)
    try:
        with files.storage_errors(store.pack):
            part.mkdir()
            _write_scenarios(part / store.pack.name, plan, sources, settings)
    except StorageFull:
        shutil.rmtree(part, ignore_errors=True)
        raise
    files.publish_folder(part / store.pack.name, store.pack)
    return files.remove(part)


def _write_scenarios(path: Path, plan: Plan, sources: Sequence[Source], settings: RunSettings) -> None:
    """Writes the planned scenarios; a pack of which all are planned is copied as it is."""
    if len(sources) == 1 and sources[0].kind == "pack":
        pack = open_pack(sources[0].path)
        if set(pack.ids) == set(plan.scenarios):
            return copy_pack(pack, path)
    write_pack(path, _chosen(plan, sources, settings))
    return None


def _chosen(plan: Plan, sources: Sequence[Source], settings: RunSettings) -> Any:
    taken: set[str] = set()
    for source in sources:
        for scenario, _ in source.scenarios(settings.seeds):
            if scenario.id in plan.scenarios and scenario.id not in taken:
                taken.add(scenario.id)
                yield scenario
