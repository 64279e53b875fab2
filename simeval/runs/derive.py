"""From traces to measurements to scores: what can be made again whenever metrics or a profile change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simeval.errors import UsageError
from simeval.judge import Profile, current_taxonomy, judge_by_each
from simeval.metrics import Measured, measure_episode
from simeval.runs.companions import Companions
from simeval.runs.measured import MeasuredStore, holder_of
from simeval.runs.parts import Episode
from simeval.runs.progress import Progress
from simeval.runs.score_rows import score_row, unscored_row
from simeval.runs.scores import ScoreStore
from simeval.runs.store import Store
from simeval.scenario import Scenario

__all__ = ["Deriver", "reason_without_trace"]

Rows = list[list[dict[str, Any]]]  # of scores: a list for each profile


class Deriver:
    """Measures the episodes of a run once, batch by batch, and judges them under one or more profiles.

    Args:
        store: the run folder.
        profiles: each gets its own file of scores; all rest on the same measurements.
        reuse: whether measurements that are stored already may serve, if they hold all that is asked for.

    Raises:
        UsageError: when profiles compare with different policies in the same role.
    """

    def __init__(
        self, store: Store, profiles: Sequence[Profile], progress: Progress, stop: Callable[[], None],
        companions: Companions, *, reuse: bool = False,
    ) -> None:  # fmt: skip
        self.profiles, self.progress, self.stop, self.companions = profiles, progress, stop, companions
        self.wanted = frozenset().union(*(p.measures for p in profiles))
        self.roles = _roles(profiles)
        version = holder_of(store.measured, self.wanted, self.roles, search=reuse)
        self.scores = [ScoreStore(store.scores, profile, version) for profile in profiles]
        self.measured = MeasuredStore(store.measured, version)
        self.taxonomy = current_taxonomy()

    def judge(
        self, episodes: Sequence[Episode], scenarios: Sequence[Scenario], known: Mapping[str, Measured]
    ) -> tuple[dict[str, Measured], Rows]:
        """Measurements by key, and for each profile a row of scores an episode. What is `known` is not
        measured again."""
        measured: dict[str, Measured] = dict(known)
        rows: Rows = [[] for _ in self.profiles]
        with self.progress.timed("measure"):
            for episode, scenario in zip(episodes, scenarios, strict=True):
                self.stop()
                for own, row in zip(rows, self._rows(episode, scenario, measured), strict=True):
                    own.append(row)
        return measured, rows

    def _rows(
        self, episode: Episode, scenario: Scenario, measured: dict[str, Measured]
    ) -> list[dict[str, Any]]:
        key, trace = episode.key, episode.trace
        if trace is None:
            reason = reason_without_trace(episode.ending, episode.detail)
            return [unscored_row(key, reason) for _ in self.profiles]
        try:
            if key not in measured:
                others = self.companions.of(self.roles, episode, scenario)
                measured[key] = measure_episode(scenario, trace, wanted=self.wanted, companions=others)
            verdicts = judge_by_each(self.profiles, scenario, trace, measured[key], self.taxonomy)
            return [score_row(key, verdict) for verdict in verdicts]
        except Exception as error:
            reason = f"simeval failed to judge it: {type(error).__name__}: {error}"
            self.progress.note(f"{scenario.id}: {reason}")
            return [unscored_row(key, reason) for _ in self.profiles]

    def write(self, batch: str, measured: Mapping[str, Measured], rows: Rows) -> None:
        """Writes both; measurements first."""
        with self.progress.timed("write"):
            self.measured.write(batch, measured)
            self.write_scores(batch, rows)

    def write_scores(self, batch: str, rows: Rows) -> None:
        """Writes the scores of a batch under each profile."""
        for store, own in zip(self.scores, rows, strict=True):
            store.write_part(batch, own)


def reason_without_trace(ending: str, detail: str) -> str:
    """Why an episode without a trace has no score."""
    if ending in ("not_run", "harness_error"):
        return detail
    return (
        "its trace was not kept, so it cannot be judged again; run it with `--traces all` into another folder"
    )


def _roles(profiles: Sequence[Profile]) -> dict[str, str]:
    """The companions of all profiles together."""
    roles: dict[str, str] = {}
    for profile in profiles:
        for role, policy in profile.companions.items():
            if roles.setdefault(role, policy) != policy:
                raise UsageError(
                    f"profile {profile.name}",
                    f"compares with {policy!r} as its {role}, another one with {roles[role]!r}.",
                    "Score them one after the other.",
                )
    return roles
