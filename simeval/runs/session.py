"""One go at a run folder: simulates what is missing, measures and judges it, commits batch by batch.

While one batch is simulated, the one before is measured and written by a second thread. Which batch is
done when decides nothing: every file follows from the plan.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from simeval.errors import StoreError
from simeval.judge import Profile
from simeval.metrics import Measured
from simeval.runs.companions import Companions
from simeval.runs.crew import Crew
from simeval.runs.derive import Deriver
from simeval.runs.execute import Batch, execute
from simeval.runs.hosts import Hosts
from simeval.runs.interrupt import Cancelled
from simeval.runs.parts import Episode, trace_from
from simeval.runs.prepare import Prepared
from simeval.runs.progress import Progress
from simeval.runs.settings import RunSettings
from simeval.runs.shards import Shard, groups_of
from simeval.runs.store import own_pack
from simeval.runs.traffic_store import TrafficStore
from simeval.scenario import Scenario
from simeval.scenario.pack import open_pack

__all__ = ["Session"]

MAX_WAITING = 2  # batches simulated and not yet written: bounds the memory
MAX_ROUNDS = 3  # another run in the same folder may make one more round necessary


class Session:
    """Works on a prepared folder until every planned episode is committed and scored."""

    def __init__(
        self, folder: Prepared, settings: RunSettings, threads: int, profiles: Sequence[Profile],
        progress: Progress, hosts: Hosts | None = None, *, reuse: bool = False, crew: Crew | None = None,
    ) -> None:  # fmt: skip
        self.store, self.batches, self.settings = folder.store, folder.batches, settings
        self.threads, self.progress, self.hosts, self.crew = threads, progress, hosts, crew
        self.compares = any(profile.companions for profile in profiles)
        with own_pack():
            self.pack = open_pack(folder.store.pack)
        self._stopping = threading.Event()
        companions = Companions(folder.store, folder.batches)
        self.deriver = Deriver(folder.store, profiles, progress, self._check, companions, reuse=reuse)
        self.traffic = TrafficStore(folder.store.traffic)

    def simulate(self, *, retry_errors: bool = False, shard: Shard | None = None) -> None:
        """Runs what is missing, and judges what is not judged. With `retry_errors`, batches in which
        simeval itself failed run again; with a `shard`, only those of that part."""
        mine = list(self.batches) if shard is None else shard.takes(self._groups(self.batches))
        self.store.remove_abandoned(self.batches)
        finished, damage = self.store.finished(mine)
        for error in damage:
            self.progress.note(f"{error.where}: {error.what} Its batch runs again.")
        if retry_errors:
            finished = {name: table for name, table in finished.items() if not _has_errors(table)}
        self._remember(finished)
        total = sum(len(self.batches[name]) for name in mine)
        self.progress.start(total, sum(len(self.batches[name]) for name in finished))
        try:
            for _ in range(MAX_ROUNDS):
                self._share("run", [name for name in mine if name not in finished])
                finished, _ = self.store.finished(mine)
                if len(finished) == len(mine):
                    break
            if shard is None or all(self.store.is_started(name) for name in self.batches):
                self.rescore(again=False)
        finally:
            self.progress.close()

    def _remember(self, finished: Mapping[str, Any]) -> None:
        """Lets a policy that was given up in an earlier session stay given up."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for name, members in self.batches.items():
            if name in finished:
                rows.setdefault(members[0]["policy"], []).extend(finished[name].to_pylist())
        for policy, told in rows.items():
            if self.hosts is not None and self.hosts.needs_host(policy):
                self.hosts.remember(policy, told)

    def rescore(self, *, again: bool) -> None:
        """Judges every committed batch from what is stored; with `again` also those that have scores."""
        committed = [name for name in self.batches if self.store.is_started(name)]
        have = set() if again else set(self._scores())
        missing = [n for n in committed if again or not self._is_derived(n, have)]
        self._share("judge", missing)
        order = [row["key"] for rows in self.batches.values() for row in rows]
        finished = {row["key"] for name in committed for row in self.batches[name]}
        for scores in self.deriver.scores:
            if missing or not scores.is_merged:
                scores.merge(order, finished)

    def _scores(self) -> dict[str, list[dict[str, Any]]]:
        """By key the rows of all profiles; only of episodes that all of them have judged."""
        tables = [{row["key"]: row for row in scores.table().to_pylist()} for scores in self.deriver.scores]
        return {key: [t[key] for t in tables] for key in tables[0] if all(key in t for t in tables)}

    def _is_derived(self, name: str, have: set[str]) -> bool:
        measured = self.deriver.measured.has(name) and self.traffic.has(name)
        return measured and all(row["key"] in have for row in self.batches[name])

    def _groups(self, names: Iterable[str]) -> list[list[str]]:
        return groups_of({name: self.batches[name] for name in names}, together=self.compares)

    def _share(self, verb: Literal["run", "judge"], names: Sequence[str]) -> None:
        """Works on batches, with other processes where there are some."""
        left = names if self.crew is None else self.crew.work(verb, self._groups(names))
        self.work(verb, left)

    def work(self, verb: Literal["run", "judge"], names: Sequence[str]) -> None:
        """Simulates and judges batches, or judges what is stored of them, in this process."""
        self._in_pairs(names, self._run if verb == "run" else self._load)

    def _in_pairs(self, names: Sequence[str], work: Callable[[str], Callable[[], None]]) -> None:
        """Does the first half of each batch's work here, the second half in another thread."""
        waiting: deque[Future[None]] = deque()
        with ThreadPoolExecutor(1, thread_name_prefix="simeval-write") as pool:
            try:
                for name in names:
                    waiting.append(pool.submit(work(name)))
                    while len(waiting) > MAX_WAITING:
                        waiting.popleft().result()
                for future in waiting:
                    future.result()
            except BaseException:
                self._stopping.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Cancelled

    def _run(self, name: str) -> Callable[[], None]:
        rows, scenarios = self.batches[name], self._scenarios(name)
        batch = Batch(name=name, rows=rows, scenarios=scenarios)
        with self.progress.timed("simulate"):
            episodes = self._execute(batch)
        return lambda: self._finish(name, episodes, scenarios)

    def _execute(self, batch: Batch) -> list[Episode]:
        if self.hosts is None or not self.hosts.needs_host(batch.policy):
            return execute(batch, self.settings, self.threads, self.progress.note)
        from simeval.runs.execute_policy import execute_policy

        try:
            return execute_policy(batch, self.settings.sim, self.hosts, self.store.pack, self.progress.note)
        finally:
            self.progress.at_step(None)

    def _finish(self, name: str, episodes: list[Episode], scenarios: list[Scenario]) -> None:
        """Facts are committed first; where the verdict decides what is kept, it has to come before."""
        everything = self.settings.traces == "all"
        if everything:
            self._commit(name, episodes, lambda _: True)
        measured, scores = self.deriver.judge(episodes, scenarios, {})
        self.deriver.write(name, measured, scores)
        self._keep_traffic(name, episodes, scenarios)
        if not everything:
            wanted = self._wanted(scores)
            self._commit(name, episodes, lambda e: e.key in wanted)
        self.progress.advance(len(episodes))

    def _commit(self, name: str, episodes: list[Episode], keep: Callable[[Episode], bool]) -> None:
        with self.progress.timed("write"):
            self.store.commit(name, episodes, keep)

    def _wanted(self, scores: Sequence[Sequence[Mapping[str, Any]]]) -> set[str]:
        if self.settings.traces == "none":
            return set()
        return {row["key"] for rows in scores for row in rows if row["outcome"] != "pass"}

    def _load(self, name: str) -> Callable[[], None]:
        table, traces = self.store.episodes(name), self.store.traces(name)
        facts = {row["key"]: row for row in table.to_pylist()}
        scenarios = self._scenarios(name)
        episodes = [
            Episode(
                row=row,
                trace=trace_from(traces[row["key"]], scenario) if row["key"] in traces else None,
                ending=facts[row["key"]]["ending"],
                detail=facts[row["key"]]["ending_detail"],
            )
            for row, scenario in zip(self.batches[name], scenarios, strict=True)
        ]
        return lambda: self._rejudge(name, episodes, scenarios)

    def _rejudge(self, name: str, episodes: list[Episode], scenarios: list[Scenario]) -> None:
        known = self._known(name)
        measured, scores = self.deriver.judge(episodes, scenarios, known)
        before = self._scores() if any(e.trace is None for e in episodes) else {}
        for number, rows in enumerate(scores):
            for place, episode in enumerate(episodes):
                if episode.trace is None and episode.key in before:
                    rows[place] = before[episode.key][number]
        if measured.keys() <= known.keys():
            self.deriver.write_scores(name, scores)
        else:
            self.deriver.write(name, measured, scores)
        blind = any(e.trace is None for e in episodes)
        known_traffic = self.traffic.has(name) if blind else self.traffic.is_whole(name)
        if not known_traffic:  # what is known of more episodes than have traces stays
            self._keep_traffic(name, episodes, scenarios)

    def _keep_traffic(self, name: str, episodes: list[Episode], scenarios: list[Scenario]) -> None:
        with self.progress.timed("measure"):
            self.traffic.write(name, episodes, scenarios, self.progress.note)

    def _known(self, name: str) -> dict[str, Measured]:
        try:
            return self.deriver.measured.by_key(name)
        except StoreError:
            return {}

    def _scenarios(self, name: str) -> list[Scenario]:
        with own_pack():
            return list(self.pack.scenarios([row["scenario_id"] for row in self.batches[name]]))


def _has_errors(table: Any) -> bool:
    return "harness_error" in table["ending"].to_pylist()
