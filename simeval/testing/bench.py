"""Runs the episodes of the selected items, batch by batch, when the first item of a batch asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from simeval.content_hash import digest_of_json
from simeval.runs import RunSettings, settings_from
from simeval.runs.chosen import Chosen, choose
from simeval.runs.machine import num_processors
from simeval.runs.traffic_choice import suite_rules
from simeval.testing.grouping import cut
from simeval.testing.shared_run import SharedRun

if TYPE_CHECKING:
    from simeval.authoring import Case, Family
    from simeval.judge import Verdict
    from simeval.testing.rates import Rate

__all__ = ["Bench", "Episode", "Result", "drivers_of", "settings_of"]


@dataclass(frozen=True, kw_only=True)
class Episode:
    """What an item stands for."""

    nodeid: str
    path: Path
    family: Family
    case: Case
    policy: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of an episode; `facts` are its row of `episodes`."""

    scenario_id: str
    policy: str
    seed: int
    key: str
    verdict: Verdict
    facts: Mapping[str, Any]
    batch: str
    row: int
    num_rows: int
    run: Path
    reproduce: str


def settings_of(choices: Mapping[str, Any], workers: int) -> RunSettings:
    """Settings of runs from what options and ini file say.

    Raises:
        UsageError: a value that makes no sense.
    """
    values: dict[str, Any] = {"traces": "failed", "isolate": False, **choices}
    values.setdefault("threads", max(1, num_processors() // workers))
    if "end_on" in values:
        words = tuple(word.strip() for word in str(values["end_on"]).split(",") if word.strip())
        values["end_on"] = () if words == ("none",) else words
    return settings_from(values)


def drivers_of(policies: Sequence[str], settings: RunSettings, session: str) -> dict[str, Chosen]:
    """Who drives, by name. What has no identity of its own has one in this session, in every process.

    Raises:
        UsageError: an unknown policy.
    """
    chosen = {}
    for one in choose(policies, settings.policy):
        identity = one.identity if one.can_resume else f"policy:{digest_of_json([session, one.name])}"
        chosen[one.name] = replace(one, identity=identity, can_resume=True)
    return chosen


class Bench:
    """Holds the runs of a session. Where two suites have one name, each gets a run of its own."""

    def __init__(
        self,
        folder: Path,
        settings: RunSettings,
        drivers: Mapping[str, Chosen],
        workers: int,
        told: Iterable[str] = (),
    ) -> None:
        self._origins = dict.fromkeys(told, "pytest")
        self.folder, self.settings, self.drivers, self.workers = folder, settings, drivers, workers
        self.episodes: dict[str, Episode] = {}
        self._left_out: Sequence[Episode] = ()
        self._runs: dict[str, SharedRun] = {}  # by node id

    def select(self, episodes: Sequence[Episode], left_out: Sequence[Episode] = ()) -> None:
        """Plans batches of what is selected; nothing is built or simulated yet."""
        self.episodes = {e.nodeid: e for e in episodes}
        self._left_out = left_out
        numbers = cut(self.episodes, self.settings.batch_size, self.workers)
        by_traffic: dict[str, list[Episode]] = {}
        for episode in episodes:
            by_traffic.setdefault(self._traffic(episode), []).append(episode)
        for traffic, members in ((t, m) for t, group in by_traffic.items() for m in _apart(group)):
            mine = {e.nodeid: numbers[e.nodeid] for e in members}
            sim = msgspec.structs.replace(self.settings.sim, traffic=traffic)
            settings = msgspec.structs.replace(self.settings, sim=sim)
            run = SharedRun(self.folder, members, mine, self.drivers, settings)
            self._runs |= dict.fromkeys(mine, run)

    def _traffic(self, episode: Episode) -> str:
        """Rules of the session, else of the suite."""
        given = self.settings.sim.traffic
        return given if "traffic" in self._origins else suite_rules(episode.family)

    def close(self) -> None:
        """Ends the policies' processes."""
        for run in set(self._runs.values()):
            run.close()

    def result(self, nodeid: str) -> Result:
        """What became of an item's episode; runs its batch if nobody has.

        Raises:
            SimevalError: the episode could not be run, with the reason.
        """
        return self._runs[nodeid].result(self.episodes[nodeid])

    def rate(self, folder: Path, policy: str) -> Rate:
        """The pass rate of a policy over the selected items of a suite; runs what has not run."""
        from simeval.testing.rates import Rate

        mine = [e for e in self.episodes.values() if e.path.parent == folder and e.policy == policy]
        outcomes = [self._outcome(e) for e in mine]
        left_out = sum(e.path.parent == folder and e.policy == policy for e in self._left_out)
        return Rate(policy=policy, outcomes=tuple(outcomes), num_left_out=left_out)

    def _outcome(self, episode: Episode) -> str:
        from simeval.errors import SimevalError

        try:
            return self.result(episode.nodeid).verdict.outcome
        except SimevalError:
            return "unscored"


def _apart(episodes: Sequence[Episode]) -> list[list[Episode]]:
    """Splits episodes so that an id means one scenario in each part: suites of one name go apart."""
    parts: list[dict[str, Path]] = []
    members: list[list[Episode]] = []
    for episode in episodes:
        suite, folder = episode.family.suite, episode.path.parent
        for known, part in zip(parts, members, strict=True):
            if known.setdefault(suite, folder) == folder:
                part.append(episode)
                break
        else:
            parts.append({suite: folder})
            members.append([episode])
    return members
