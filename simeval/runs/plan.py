"""The plan: every episode that must exist, with its batch and row, before anything is simulated."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from simeval.errors import NothingSelected, UsageError
from simeval.runs.chosen import Chosen
from simeval.runs.keys import batch_name, episode_key
from simeval.runs.select import Selection
from simeval.runs.settings import RunSettings
from simeval.runs.sources import Source
from simeval.runs.traffic_choice import TrafficUse
from simeval.scenario.brief import Brief
from simeval.sim.traffic_rules import draws_drivers

__all__ = ["Plan", "Planned", "balance", "make_plan"]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the plan needs to know of a scenario, without its states."""

    id: str
    family: str
    cluster: str  # scenarios that share their origin count as one in statistics
    content_hash: str
    seed: int
    source: int  # index into the run's sources
    cost: int  # agents x steps
    is_drawn: bool  # its family draws parameters, so that another seed gives another scenario

    @staticmethod
    def of(brief: Brief, seed: int, source: int, *, is_drawn: bool = False) -> Planned:
        """The summary of one scenario."""
        file = brief.files[0] if brief.files else brief.id
        return Planned(
            id=brief.id,
            family=brief.family,
            cluster=f"{brief.suite}/{brief.family if brief.format == 'authored' else file}",
            content_hash=brief.content_hash,
            seed=seed,
            source=source,
            cost=max(1, len(brief.agent_ids)) * max(1, brief.num_steps - brief.start_step),
            is_drawn=is_drawn,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Rows of `plan.parquet`, and what to say about how they came to be."""

    rows: list[dict[str, Any]]
    scenarios: dict[str, Planned]  # by id
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """Keys of all planned episodes."""
        return [row["key"] for row in self.rows]


def make_plan(
    sources: Sequence[Source],
    policies: Sequence[Chosen],
    settings: RunSettings,
    is_random: Callable[[str], bool] = lambda name: False,
) -> Plan:
    """Plans one episode for each selected scenario, policy and (where something is random) seed.

    `is_random` says of a policy, by name, whether it draws random numbers itself.

    Raises:
        NothingSelected: when no scenario is left.
        UsageError: when two different scenarios have the same id, or a traffic rule cannot be followed.
    """
    found, traffic = [], TrafficUse(settings.sim.traffic)
    for index, source in enumerate(sources):
        for brief, seed in source.briefs(settings.seeds):
            traffic.see(brief)
            is_drawn = brief.family in source.drawn_families
            found.append(Planned.of(brief, seed, index, is_drawn=is_drawn))
    chosen = _distinct(found, sources)
    random = {p.name for p in policies if settings.seeds > 1 and _draws(p, settings, is_random)}
    rows = [row for p in policies for row in _rows_of(p, chosen, settings, repeats=p.name in random)]
    selection = Selection(settings.only, [p.id for p in chosen])
    rows = [row for row in rows if selection.takes(row["scenario_id"], row["key"])]
    if not rows:
        raise _nothing(sources, settings, len(chosen))
    used = {row["scenario_id"] for row in rows}
    kept = {p.id: p for p in chosen if p.id in used}
    rows = [r for policy in policies for r in _in_batches(policy, rows, kept, settings.batch_size)]
    notes = _notes(sources, settings, len(found) - len(chosen)) if len(random) < len(policies) else ()
    told = (note for p in policies for note in p.notes)
    return Plan(rows=rows, scenarios=kept, notes=(*notes, *traffic.notes(), *told))


def _draws(policy: Chosen, settings: RunSettings, is_random: Callable[[str], bool]) -> bool:
    """Whether two seeds of one scenario may differ: engine drivers see the truth and draw nothing."""
    drawn = draws_drivers(settings.sim.traffic) or (settings.sim.draws and policy.is_learned)
    return drawn or is_random(policy.name)


def _distinct(found: Iterable[Planned], sources: Sequence[Source]) -> list[Planned]:
    """One of each id; a seed that draws what another seed drew adds nothing."""
    by_id: dict[str, Planned] = {}
    for item in found:
        first = by_id.setdefault(item.id, item)
        if first.content_hash != item.content_hash:
            raise UsageError(
                item.id,
                f"{sources[first.source].given} and {sources[item.source].given} hold different scenarios "
                "of this id.",
                "Run them one after the other, or import one of them under another pack name.",
            )
    return list(by_id.values())


def _rows_of(
    policy: Chosen, chosen: Sequence[Planned], settings: RunSettings, *, repeats: bool
) -> list[dict[str, Any]]:
    """One row a scenario; with `repeats` one a seed, where the scenario itself stays the same."""
    return [
        {
            "key": episode_key(p.content_hash, policy.cast_identity, settings.sim, seed),
            "scenario_id": p.id, "family": p.family, "cluster": p.cluster,
            "policy": policy.name, "seed": seed, "source": p.source,
        }
        for p in chosen
        for seed in (range(settings.seeds) if repeats and not p.is_drawn else (p.seed,))
    ]  # fmt: skip


def _in_batches(
    policy: Chosen, rows: list[dict[str, Any]], scenarios: dict[str, Planned], size: int
) -> list[dict[str, Any]]:
    mine = [row for row in rows if row["policy"] == policy.name]
    costs = [scenarios[row["scenario_id"]].cost for row in mine]
    placed: list[dict[str, Any]] = []
    for number, members in enumerate(balance(costs, size)):
        name = f"{policy.slug}-{batch_name(number, [mine[i]['key'] for i in members])}"
        placed += [mine[i] | {"batch": name, "row": row} for row, i in enumerate(members)]
    return placed


def balance(costs: Sequence[int], size: int) -> list[list[int]]:
    """Cuts items into the fewest batches of at most `size`, of about equal cost: the dearest first, each
    to the cheapest batch with room. Within a batch, items stay in order."""
    batches: list[list[int]] = [[] for _ in range(-(-len(costs) // size))]
    load = [0] * len(batches)
    for item in sorted(range(len(costs)), key=lambda i: (-costs[i], i)):
        target = min((b for b in range(len(batches)) if len(batches[b]) < size), key=lambda b: (load[b], b))
        batches[target].append(item)
        load[target] += costs[item]
    return sorted((sorted(batch) for batch in batches), key=lambda batch: batch[0])


def _notes(sources: Sequence[Source], settings: RunSettings, repeated: int) -> tuple[str, ...]:
    notes = []
    if settings.seeds > 1 and (fixed := sum(source.num_fixed() for source in sources)):
        notes.append(
            f"{settings.seeds} seeds asked for: {fixed} families or packs have nothing random, "
            "their scenarios run once."
        )
    if repeated:
        notes.append(
            f"{repeated} scenarios came up twice (given twice, or drawn alike) and are planned once."
        )
    return tuple(notes)


def _nothing(sources: Sequence[Source], settings: RunSettings, available: int) -> NothingSelected:
    where = ", ".join(source.given for source in sources)
    if settings.only:
        asked = shlex.join(word for only in settings.only for word in ("--only", only))
        what = f"none of {available} scenarios matches {asked}."
        fix = f"`simeval inspect {shlex.quote(sources[0].given)}` shows the ids; * and ? match anything."
        return NothingSelected(where, what, fix)
    return NothingSelected(where, "there is no scenario in it.", "Check the path, or import again.")
