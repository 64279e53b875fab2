"""A run folder, opened: tables as pandas DataFrames, and single episodes with everything known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simeval.arrays import Array
from simeval.errors import StoreError
from simeval.runs import tables
from simeval.runs.find import find_key
from simeval.runs.headline import episode_table, headline_of
from simeval.runs.latency import Latency, latency_of
from simeval.runs.manifest import read_manifest, shown_path
from simeval.runs.measured import MeasuredStore
from simeval.runs.metric_errors import MetricError, metric_errors_of
from simeval.runs.parts import trace_from
from simeval.runs.reproduce import reproducing_command
from simeval.runs.score_rows import unscored_row, verdict_from
from simeval.runs.scores import METRICS, RULES, digest_of_profile, latest_scores
from simeval.runs.store import Store, own_pack
from simeval.runs.summary import summary_table
from simeval.runs.traffic_card import card_of
from simeval.runs.traffic_store import TrafficStore
from simeval.scenario import Scenario, Trace
from simeval.scenario.pack import Pack, open_pack

if TYPE_CHECKING:
    from pandas import DataFrame

    from simeval.judge import Profile, Verdict
    from simeval.metrics import Measured

__all__ = ["Run"]


class Run:
    """A run on disk, read only. `profile` is the label (`name@version`) its scores are read under.

    Raises:
        StoreError: when the folder is damaged or was written by a newer version; it names the file.
    """

    def __init__(self, path: Path, profile: str | None = None) -> None:
        self.path, self._store = path, Store(path)
        self.manifest: dict[str, Any] = read_manifest(self._store.manifest)
        self.profile: str = profile or self.manifest.get("profile", "")
        self._rows = tables.decode(self._store.plan, "plan").to_pylist()
        self._by_key = {row["key"]: row for row in self._rows}
        self._batch: dict[str, str] = {row["key"]: row["batch"] for row in self._rows}
        self._finished, damage = self._store.finished(dict.fromkeys(self._batch.values()))
        if damage:
            raise damage[0]
        self._scores, self._stamp = latest_scores(self._store.scores, self.profile)
        self._last_traces: tuple[str, dict[str, dict[str, Any]]] = ("", {})
        self._last_measured: tuple[str, dict[str, Measured]] = ("", {})
        assert sum(self.headline()[name] for name in OUTCOMES) == len(self._rows), (
            "outcomes add up to the plan"
        )

    @cached_property
    def plan(self) -> DataFrame:
        """One row a planned episode."""
        return _frame("plan", self._rows)

    @cached_property
    def episodes(self) -> DataFrame:
        """One row a finished episode: facts of the simulation."""
        return _frame("episodes", [row for table in self._finished.values() for row in table.to_pylist()])

    @cached_property
    def contacts(self) -> DataFrame:
        """One row a pair of bodies and step in contact."""
        read = [tables.decode(self._store.part(b, "contacts"), "contacts") for b in self._finished]
        return _frame("contacts", [row for table in read for row in table.to_pylist()])

    @cached_property
    def measurements(self) -> DataFrame:
        """One row an episode and metric."""
        return self._measured_frame("measurements")

    @cached_property
    def events(self) -> DataFrame:
        """One row an event; `detail` is a JSON text."""
        return self._measured_frame("events")

    @cached_property
    def traffic_events(self) -> DataFrame:
        """One row a contact, hard braking, ... of agents other than the ego; see docs/report.md."""
        return self._traffic_frame("traffic_events")

    @cached_property
    def traffic_models(self) -> DataFrame:
        """One row an episode and traffic model: how many agents it drove, and for how long together."""
        return self._traffic_frame("traffic_models")

    def _traffic_frame(self, table: str) -> DataFrame:
        store = TrafficStore(self._store.traffic)
        batches = [b for b in self._finished if store.has(b)]
        return _frame(table, [row for batch in batches for row in store.read(batch, table).to_pylist()])

    def traffic_card(self) -> dict[str, Any] | None:
        """What the traffic did, by model, with warnings where it decided scores; None without traffic."""
        return card_of(self.traffic_events, self.traffic_models, self.scores)

    @cached_property
    def scores(self) -> DataFrame:
        """One row a planned episode; one that is not finished, or not judged yet, is `unscored`."""
        return _frame("scores", list(self._score_rows.values()))

    @cached_property
    def _score_rows(self) -> dict[str, dict[str, Any]]:
        known = {row["key"]: row for row in self._scores.to_pylist()}
        for key, batch in self._batch.items():
            if batch not in self._finished:
                known[key] = unscored_row(
                    key, "not run yet: the run was interrupted; the same command goes on"
                )
        return {key: known.get(key) or unscored_row(key, self._why_not()) for key in self._batch}

    def _why_not(self) -> str:
        return f"not judged under {self.profile or 'any profile'} yet: `simeval score` does that"

    @property
    def judged_with(self) -> dict[str, str]:
        """Digests of the metrics and of the rules that the scores rest on; empty where there are none."""
        return dict(self._stamp)

    @property
    def _measured(self) -> MeasuredStore:
        return MeasuredStore(self._store.measured, self._stamp.get(METRICS, ""))

    def _measured_frame(self, table: str) -> DataFrame:
        batches = [b for b in self._finished if self._measured.has(b)]
        rows = [row for batch in batches for row in self._measured.read(batch, table).to_pylist()]
        return _frame(table, rows)

    def find(self, prefix: str, policy: str | None = None) -> str:
        """The key that begins so, or that of the episode of a scenario id (under a policy).

        Raises:
            UsageError: when none or several do; the message names the nearest.
        """
        return find_key(prefix, self._rows, policy)

    def _full(self, key: str) -> str:
        """A whole key from what `table()` and people show of it."""
        return key if key in self._batch else self.find(key)

    def row(self, key: str) -> dict[str, Any]:
        """The plan's row of an episode. Here and below the beginning of a key will do."""
        row: dict[str, Any] = self._by_key[self._full(key)]
        return row

    @cached_property
    def _pack(self) -> Pack:
        with own_pack():
            return open_pack(self._store.pack)

    @cached_property
    def scenarios(self) -> DataFrame:
        """One row a scenario: content hash, tags and other facts, without states and maps."""
        with own_pack():
            return self._pack.table()

    def scenario(self, key: str) -> Scenario:
        """The scenario of an episode, from the run folder itself.

        Raises:
            StoreError: when it is damaged.
        """
        with own_pack():
            return self._pack.scenario(self.row(key)["scenario_id"])

    def trace(self, key: str) -> Trace:
        """What happened in an episode.

        Raises:
            StoreError: when there is no trace: it did not run, or its trace was not kept.
        """
        key = self._full(key)
        batch = self._batch[key]
        if batch not in self._finished:
            raise StoreError(str(self.path), f"{key[:16]} has not run yet.", tables.REMEDY)
        if self._last_traces[0] != batch:
            self._last_traces = (batch, self._store.traces(batch))
        row = self._last_traces[1].get(key)
        if row is None:
            raise StoreError(str(self.path), f"{key[:16]} has no trace.", self._no_trace(batch, key))
        return trace_from(row, self.scenario(key))

    def _no_trace(self, batch: str, key: str) -> str:
        facts = next(r for r in self._finished[batch].to_pylist() if r["key"] == key)
        if facts["ending"] in ("not_run", "harness_error"):
            return str(facts["ending_detail"])
        return "The run was made without --traces all; the reproducing command records it."

    def series(self, key: str) -> dict[str, Array]:
        """Curves over the recorded steps of an episode by name; NaN where undefined."""
        measured = self.measured(key)
        return dict(measured.series) if measured else {}

    def measured(self, key: str) -> Measured | None:
        """Everything measured on an episode; None when it has no measurements."""
        key = self._full(key)
        batch = self._batch[key]
        if self._last_measured[0] != batch:
            known = self._measured.by_key(batch) if self._measured.has(batch) else {}
            self._last_measured = (batch, known)
        return self._last_measured[1].get(key)

    def verdict(self, key: str) -> Verdict:
        """What the profile said of an episode."""
        return verdict_from(self._score_rows[self._full(key)])

    def is_judged_by(self, profile: Profile) -> bool:
        """Whether the verdicts are those of this very profile, not of another one of its name."""
        known = self._stamp.get(RULES, digest_of_profile(profile))
        return profile.label == self.profile and known == digest_of_profile(profile)

    def headline(self) -> dict[str, Any]:
        """Counts by outcome, coverage, failure modes, and the same for each policy."""
        return headline_of(self._rows, self._score_rows)

    def metric_errors(self) -> dict[str, MetricError]:
        """Metrics whose code failed, with the number of episodes and the first reason."""
        batches = [b for b in self._finished if self._measured.has(b)]
        return metric_errors_of(self._measured.read(b, "measurements") for b in batches)

    def latency(self) -> Mapping[str, Latency]:
        """How long each policy took to answer, by the wall clock; no part of any score."""
        return latency_of(self.plan, self.episodes)

    def table(self) -> DataFrame:
        """One row an episode for people: id, policy, seed, outcome, mode, ending, duration, metrics."""
        return episode_table(self.plan, self.episodes, self.scores, self.measurements)

    def summary_table(self, by: Sequence[str] | str = (), metrics: Sequence[str] = ()) -> DataFrame:
        """Outcomes, rates, scores and metrics with intervals, a row a group and a last one of all.

        `by` names columns to group by: see `simeval.runs.summary.GROUPS`; `metrics` those to show instead of
        the main ones.

        Raises:
            UsageError: when one of them is not known.
        """
        return summary_table(self, by, metrics)

    def reproduce(self, key: str) -> str:
        """The command that runs one episode again, quoted for a shell."""
        return reproducing_command(self.manifest, self.row(key), self._store.pack)

    def __repr__(self) -> str:
        counts = self.headline()
        told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        return f"Run({shown_path(self.path)!r}: {counts['planned']} episodes: {told})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.table().to_html(index=False, escape=True)}"


OUTCOMES = ("pass", "fail", "policy_fault", "unscored")


def _frame(name: str, rows: list[dict[str, Any]]) -> DataFrame:
    frame: DataFrame = tables.table_of(name, rows).to_pandas()
    return frame
