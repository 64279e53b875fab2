"""One run folder that several processes fill, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from simeval.errors import InputError, NothingSelected, SimevalError
from simeval.judge import load_profile
from simeval.runs.chosen import Chosen, with_traffic
from simeval.runs.hosts import Hosts
from simeval.runs.keys import batch_name
from simeval.runs.manifest import read_manifest, shown_path, write_manifest
from simeval.runs.plan import Plan, make_plan
from simeval.runs.prepare import Prepared, prepare
from simeval.runs.progress import Progress
from simeval.runs.reproduce import reproducing_command
from simeval.runs.score_rows import unscored_row, verdict_from
from simeval.runs.session import Session
from simeval.runs.settings import RunSettings
from simeval.runs.sources import Source
from simeval.runs.store import Store
from simeval.runs.tables import decode
from simeval.testing.attempts import Attempts

if TYPE_CHECKING:
    from simeval.authoring import Case, Family
    from simeval.scenario import Scenario
    from simeval.testing.bench import Episode, Result

__all__ = ["SharedRun"]

MOST_DEATHS = 2  # in a batch; then nobody tries again


@dataclass(frozen=True, kw_only=True)
class Selected(Source):
    """Selected scenarios of one family file; those that cannot be built are told apart."""

    family: Family
    cases: tuple[Case, ...]
    broken: dict[str, str] = field(default_factory=dict)

    @cached_property
    def families(self) -> list[Family]:
        """The one family."""
        return [self.family]

    def scenarios(self, seeds: int) -> Iterator[tuple[Scenario, int]]:
        """The selected scenarios with their seeds."""
        for case in self.cases:
            if case.id not in self.broken:
                try:
                    scenario = self.family.build(case)
                except InputError as error:
                    self.broken[case.id] = str(error)
                    continue
                yield scenario, case.seed


class Notes(Progress):
    """Progress that tells nothing but notes, on standard output, where pytest captures them."""

    def note(self, message: str) -> None:
        """Prints one line."""
        print(f"simeval: {message}")


class OneByOne(Session):
    """A session that works on one batch at a time and leaves the others alone."""

    def is_finished(self, name: str) -> bool:
        """Whether a batch is committed, and whole."""
        return name in self.store.finished([name])[0]

    def ensure(self, name: str) -> None:
        """Has a batch simulated, committed and judged."""
        if not self.is_finished(name):
            self._in_pairs([name], self._run)
        elif not self._part(name).is_file():
            self._in_pairs([name], self._load)

    def scores(self, name: str) -> list[dict[str, Any]]:
        """Rows of `scores` of a batch."""
        rows: list[dict[str, Any]] = decode(self._part(name), "scores").to_pylist()
        return rows

    def _part(self, name: str) -> Path:
        return self.deriver.scores[0].parts / f"{name}.parquet"


class SharedRun:
    """The run of a set of episodes. Planned and written by whoever comes first; the batches are those of
    the plan on disk.

    Args:
        folder: where the run folder is made.
        episodes: what is planned.
        numbers: the batch of each node id.
        drivers: who drives, by name.
        settings: of the run.
    """

    def __init__(
        self, folder: Path, episodes: Sequence[Episode], numbers: Mapping[str, int],
        drivers: Mapping[str, Chosen], settings: RunSettings,
    ) -> None:  # fmt: skip
        self.folder, self.episodes, self.numbers, self.settings = folder, episodes, numbers, settings
        mine = [drivers[name] for name in dict.fromkeys(e.policy for e in episodes)]
        self.drivers = with_traffic(mine, settings)
        self._attempts = Attempts(folder / "at_work")
        self._done: dict[str, dict[str, Result]] = {}  # batch -> key -> result
        self._failed: dict[str, Exception] = {}  # batch -> why it could not be run
        self._hosts: dict[bool, Hosts] = {}  # by whether each policy has a process of its own

    def close(self) -> None:
        """Ends the policies' processes."""
        for hosts in self._hosts.values():
            hosts.__exit__()

    def result(self, episode: Episode) -> Result:
        """What became of an episode; has its batch run if nobody has.

        Raises:
            SimevalError: it could not be run, with the reason.
        """
        row = self._rows.get((episode.policy, episode.case.id))
        if row is None:
            raise SimevalError("", self._broken[episode.case.id])
        name = row["batch"]
        if name in self._failed:
            raise self._failed[name]
        if name not in self._done:
            try:
                self._done[name] = self._run(name)
            except Exception as error:
                self._failed[name] = error
                raise
        return self._done[name][row["key"]]

    def _run(self, name: str) -> dict[str, Result]:
        """A batch in which a process died runs isolated, so that the policy's guilty episode is found."""
        self._attempts.wait(name)
        deaths = 0 if self._session.is_finished(name) else self._attempts.num_dead(name)
        if deaths >= MOST_DEATHS:
            what = f"{deaths} processes died while they ran it."
            raise SimevalError(f"batch {name}", what, "The policy, or simeval, ends the process.")
        self._session.hosts = self._hosts_for(isolate=self.settings.policy.isolate or deaths > 0)
        with self._attempts.at(name):
            self._session.ensure(name)
        return self._read(name)

    def _hosts_for(self, *, isolate: bool) -> Hosts:
        if isolate not in self._hosts:
            policy = msgspec.structs.replace(self.settings.policy, isolate=isolate)
            hosts = Hosts(self.drivers, policy, self.settings.threads, Notes())
            if "_manifest" in self.__dict__:
                told = {p["torch_threads"] for p in self._manifest["policies"] if p.get("torch_threads")}
                hosts.torch_threads = next(iter(told), hosts.threads)
            self._hosts[isolate] = hosts
        return self._hosts[isolate]

    def _read(self, name: str) -> dict[str, Result]:
        from simeval.testing.bench import Result

        store, rows = self._prepared.store, self._prepared.batches[name]
        facts = {row["key"]: row for row in store.episodes(name).to_pylist()}
        scores = {row["key"]: row for row in self._session.scores(name)}
        return {
            row["key"]: Result(
                scenario_id=row["scenario_id"], policy=row["policy"], seed=row["seed"], key=row["key"],
                verdict=verdict_from(scores.get(row["key"]) or unscored_row(row["key"], "was not judged")),
                facts=facts[row["key"]], batch=name, row=row["row"], num_rows=len(rows), run=store.path,
                reproduce=reproducing_command(self._manifest, row, store.pack),
            )
            for row in rows
        }  # fmt: skip

    @cached_property
    def _sources(self) -> list[Selected]:
        cases: dict[Path, dict[str, Any]] = {}
        for e in self.episodes:
            cases.setdefault(e.path, {})[e.case.id] = e
        return [
            Selected(
                given=shown_path(path), kind="family", path=path, name=path.parent.name,
                family=next(iter(mine.values())).family, cases=tuple(e.case for e in mine.values()),
            )
            for path, mine in sorted(cases.items())
        ]  # fmt: skip

    @property
    def _broken(self) -> dict[str, str]:
        return {case: why for source in self._sources for case, why in source.broken.items()}

    @cached_property
    def _prepared(self) -> Prepared:
        try:
            plan = make_plan(self._sources, self.drivers, self.settings)
        except NothingSelected:  # none of them can be built
            return Prepared(store=Store(self.folder), rows=[])
        hosts = self._hosts_for(isolate=self.settings.policy.isolate)
        return prepare(self.folder, self._cut(plan), self._sources, hosts, self.settings, {}, [])

    def _cut(self, plan: Plan) -> Plan:
        """The plan with the batches of the test session."""
        numbers = {(e.policy, e.case.id): self.numbers[e.nodeid] for e in self.episodes}
        groups: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for row in plan.rows:
            mine = (row["policy"], row["scenario_id"])
            if mine in numbers:
                groups.setdefault((numbers[mine], row["batch"].rsplit("-", 2)[0]), []).append(row)
        rows = []
        for (number, prefix), members in sorted(groups.items()):
            members.sort(key=lambda row: (row["scenario_id"], row["seed"]))
            name = f"{prefix}-{batch_name(number, [row['key'] for row in members])}"
            rows += [row | {"batch": name, "row": i} for i, row in enumerate(members)]
        return replace(plan, rows=rows)

    @cached_property
    def _rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(row["policy"], row["scenario_id"]): row for row in self._prepared.rows}

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        manifest = read_manifest(self._prepared.store.manifest)
        if "profile" not in manifest:
            manifest["profile"] = load_profile(self.settings.profile).label
            write_manifest(self._prepared.store.manifest, manifest)
        return manifest

    @cached_property
    def _session(self) -> OneByOne:
        _ = self._manifest
        profile = load_profile(self.settings.profile)
        return OneByOne(self._prepared, self.settings, self.settings.threads, [profile], Notes())
