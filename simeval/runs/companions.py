"""Drives that a profile compares with: another policy's episode of the same scenario, planned and stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from simeval.errors import StoreError
from simeval.judge import Profile
from simeval.runs.chosen import Chosen, choose
from simeval.runs.parts import Episode, trace_from
from simeval.runs.policy_settings import PolicySettings
from simeval.runs.store import Store
from simeval.scenario import Scenario, Trace

__all__ = ["Companions", "with_companions"]


def with_companions(
    chosen: Sequence[Chosen], profile: Profile, settings: PolicySettings
) -> tuple[list[Chosen], list[str]]:
    """The policies of a run and those that the profile compares with, which come first; and what to say."""
    names = {c.name for c in chosen}
    missing = [name for name in dict.fromkeys(profile.companions.values()) if name not in names]
    if not missing:
        return list(chosen), []
    note = f"{', '.join(missing)} drives as well: profile {profile.name} compares with it."
    return [*choose(missing, settings), *chosen], [note]


class Companions:
    """Finds the companion drives of an episode in a run folder."""

    def __init__(self, store: Store, batches: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for rows in batches.values():
            for row in rows:
                self._rows.setdefault((row["scenario_id"], row["policy"]), []).append(row)
        self._traces = lru_cache(maxsize=2)(store.traces)

    def of(self, roles: Mapping[str, str], episode: Episode, scenario: Scenario) -> dict[str, Trace]:
        """Traces by role; a role is left out where the run has no such drive, or did not keep its trace."""
        found = {}
        for role, policy in roles.items():
            trace = episode.trace if policy == episode.row["policy"] else self._of(policy, episode, scenario)
            if trace is not None:
                found[role] = trace
        return found

    def _of(self, policy: str, episode: Episode, scenario: Scenario) -> Trace | None:
        """The drive of the same seed, else of the first."""
        rows = self._rows.get((scenario.id, policy), [])
        row = next((r for r in rows if r["seed"] == episode.row["seed"]), rows[0] if rows else None)
        if row is None:
            return None
        try:
            stored = self._traces(row["batch"]).get(row["key"])
        except StoreError:  # not committed yet, or damaged: that run will say so itself
            return None
        return None if stored is None else trace_from(stored, scenario)
