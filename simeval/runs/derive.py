"""From traces to measurements to scores: what can be made again whenever metrics or a profile change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simeval.judge import Profile, judge_episode
from simeval.metrics import Measured, measure_episode
from simeval.runs.measured import MeasuredStore
from simeval.runs.parts import Episode
from simeval.runs.progress import Progress
from simeval.runs.score_rows import score_row, unscored_row
from simeval.runs.scores import METRICS, ScoreStore
from simeval.runs.store import Store
from simeval.scenario import Scenario

__all__ = ["Deriver", "reason_without_trace"]


class Deriver:
    """Measures and judges the episodes of a run under one profile, batch by batch."""

    def __init__(self, store: Store, profile: Profile, progress: Progress, stop: Callable[[], None]) -> None:
        self.profile, self.progress, self.stop = profile, progress, stop
        self.scores = ScoreStore(store.scores, profile)
        self.measured = MeasuredStore(store.measured, self.scores.stamp[METRICS])

    def judge(
        self, episodes: Sequence[Episode], scenarios: Sequence[Scenario], known: Mapping[str, Measured]
    ) -> tuple[dict[str, Measured], list[dict[str, Any]]]:
        """Measurements by key, and one row of scores an episode. What is `known` is not measured again."""
        measured, rows = dict(known), []
        with self.progress.timed("measure"):
            for episode, scenario in zip(episodes, scenarios, strict=True):
                self.stop()
                rows.append(self._row(episode, scenario, measured))
        return measured, rows

    def _row(self, episode: Episode, scenario: Scenario, measured: dict[str, Measured]) -> dict[str, Any]:
        key, trace = episode.key, episode.trace
        if trace is None:
            return unscored_row(key, reason_without_trace(episode.ending, episode.detail))
        try:
            if key not in measured:
                measured[key] = measure_episode(scenario, trace, wanted=self.profile.measures)
            return score_row(key, judge_episode(self.profile, scenario, trace, measured[key]))
        except Exception as error:
            reason = f"simeval failed to judge it: {type(error).__name__}: {error}"
            self.progress.note(f"{scenario.id}: {reason}")
            return unscored_row(key, reason)

    def write(self, batch: str, measured: Mapping[str, Measured], rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes both; measurements first."""
        with self.progress.timed("write"):
            self.measured.write(batch, measured)
            self.scores.write_part(batch, rows)


def reason_without_trace(ending: str, detail: str) -> str:
    """Why an episode without a trace has no score."""
    if ending in ("not_run", "harness_error"):
        return detail
    return (
        "its trace was not kept, so it cannot be judged again; run it with `--traces all` into another folder"
    )
