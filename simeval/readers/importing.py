"""Many files into one pack, with an account of every file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from simeval.errors import InputError, NothingSelected, SimevalError, UsageError
from simeval.readers import Rejected, files_under, read_file
from simeval.readers.frame import counted
from simeval.scenario.ego import choose_ego
from simeval.scenario.names import sanitised
from simeval.scenario.pack import PackSummary, write_pack
from simeval.scenario.scenario import Scenario

__all__ = ["Imported", "headline", "import_files"]


@dataclass(kw_only=True)
class Imported:
    """What became of the files."""

    pack: PackSummary | None = None  # None: nothing was written
    num_scenarios: dict[str, int] = field(default_factory=dict)  # by format
    num_agents: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # scenario id to what was mended
    without_ego: list[str] = field(default_factory=list)

    @property
    def formats(self) -> list[str]:
        """All formats that were met."""
        return sorted({*self.num_scenarios, *(r.format for r in self.rejected if r.format)})

    def num_rejected(self, name: str | None) -> int:
        """Files of one format, or of none that is known, that gave no scenario."""
        return sum(r.format == name for r in self.rejected)


def import_files(
    paths: Sequence[Path],
    out: Path,
    ego: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Reads all files under `paths` into the pack `out`; a file that cannot be read stops nothing.

    `ego` names the agent to test, or "longest", in files that have no ego. Where nothing could be
    read, no pack is written and an old one stays.

    Raises:
        InputError: when a path is not there or there is no file.
        UsageError: when `out` is not a name for a pack.
        StorageFull: when the pack cannot be written.
    """
    if out.suffix != ".pack":
        raise UsageError(str(out), "is not a name for a pack.", "Write NAME.pack.")
    files = list(dict.fromkeys(f for path in paths for f in files_under(path)))
    if not files:
        folders = ", ".join(map(str, paths))
        raise InputError(folders, "holds no file.", "Name a scenario file or a folder of them.")
    imported = Imported()
    try:
        imported.pack = write_pack(out, _scenarios(files, set(paths), out.stem, ego, imported, progress))
    except NothingSelected:
        imported.pack = None
    return imported


def _scenarios(
    files: Sequence[Path],
    named: set[Path],
    pack: str,
    ego: str | None,
    imported: Imported,
    progress: Callable[[int, int], None],
) -> Iterator[Scenario]:
    taken: dict[str, tuple[Path, str]] = {}
    for done, file in enumerate(files, start=1):
        result = read_file(file, alone=file in named)
        if isinstance(result, Scenario):
            result = _accepted(result, file, pack, ego, taken)
        if isinstance(result, Rejected):
            imported.rejected.append(result)
        elif result is not None:
            _count(imported, result)
            yield result
        progress(done, len(files))


def _accepted(
    scenario: Scenario, file: Path, pack: str, ego: str | None, taken: dict[str, tuple[Path, str]]
) -> Scenario | Rejected:
    """The scenario under the name it has in the pack, unless it is there already."""
    name = scenario.provenance.format
    if ego is not None and scenario.ego is None:
        try:
            scenario = choose_ego(scenario, ego)
        except SimevalError as error:
            return Rejected(file, f"{file}: {error.what} {error.fix}".rstrip(), name)
    base = f"{sanitised(pack)}/{sanitised(scenario.provenance.source_id)}"
    scenario = replace(scenario, id=base, suite=sanitised(pack), family=name)
    if base in taken:
        first, content = taken[base]
        if scenario.content_hash == content:
            return Rejected(file, f"{file}: holds the same scenario as {first}.", name)
        number = next(n for n in range(2, len(taken) + 3) if f"{base}_{n}" not in taken)
        scenario = replace(scenario, id=f"{base}_{number}")
    taken[scenario.id] = (file, scenario.content_hash)
    return scenario


def _count(imported: Imported, scenario: Scenario) -> None:
    name = scenario.provenance.format
    imported.num_scenarios[name] = imported.num_scenarios.get(name, 0) + 1
    imported.num_agents[name] = imported.num_agents.get(name, 0) + len(scenario.agents)
    if scenario.repaired:
        imported.notes[scenario.id] = scenario.repaired
    if scenario.ego is None:
        imported.without_ego.append(scenario.id)


def headline(imported: Imported) -> str:
    """One line about the import."""
    rejected = counted(len(imported.rejected), "file") + " rejected"
    if imported.pack is None:
        return f"nothing imported, {rejected}"
    pack = imported.pack
    what = f"{counted(pack.num_scenarios, 'scenario')} with {counted(pack.num_agents, 'agent')}"
    return f"{pack.path}: {what}, {pack.num_bytes / 2**20:.1f} MiB; {rejected}"
