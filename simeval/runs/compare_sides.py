"""What is compared with what: two runs and a policy of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simeval.errors import UsageError
from simeval.runs.manifest import shown_path
from simeval.runs.result import Run

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Side", "choose_policies"]


@dataclass(frozen=True, eq=False)
class Side:
    """One policy of one run."""

    run: Run
    policy: str

    @property
    def where(self) -> str:
        """The run's folder as a person would type it."""
        return shown_path(self.run.path)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.path.resolve().name

    @cached_property
    def episodes(self) -> DataFrame:
        """One row an episode of this policy, its verdict beside it."""
        plan = self.run.plan[self.run.plan["policy"] == self.policy]
        verdicts = self.run.scores[["key", "outcome", "mode", "total", "reason"]]
        return plan.merge(verdicts, on="key", how="left", validate="one_to_one")

    @cached_property
    def contents(self) -> dict[str, str]:
        """Content hash of each scenario that this policy drove."""
        hashes = dict(zip(self.run.scenarios["id"], self.run.scenarios["content_hash"], strict=True))
        return {name: hashes[name] for name in self.episodes["scenario_id"]}


def choose_policies(before: Run, after: Run, wanted: str | None) -> tuple[Side, Side]:
    """The policy of either run that is compared.

    `wanted` is `NAME` (the same in both), `A:B`, or None: then there must be only one answer, the one name
    that both runs have, or the one policy of each.

    Raises:
        UsageError: when there is no such policy, or more than one answer.
    """
    first, second = (tuple(run.headline()["policies"]) for run in (before, after))
    if wanted is not None:
        chosen = _named(wanted, first, second)
    else:
        both = [name for name in first if name in second]
        chosen = [(name, name) for name in both]
        if not both and len(first) == len(second) == 1:
            chosen = [(first[0], second[0])]
    if len(chosen) == 1:
        return Side(before, chosen[0][0]), Side(after, chosen[0][1])
    what = f"the first run has {', '.join(first)}; the second one {', '.join(second)}"
    asked = "" if wanted is None else f"{wanted!r} names " + ("none of them. " if not chosen else "several. ")
    raise UsageError("--policy", f"{what}.", f"{asked}Say which: --policy NAME, or --policy A:B.")


def _named(wanted: str, first: Collection[str], second: Collection[str]) -> list[tuple[str, str]]:
    """All readings of the words: names of policies may hold colons themselves."""
    whole = [(wanted, wanted)] if wanted in first and wanted in second else []
    cuts = [i for i, letter in enumerate(wanted) if letter == ":"]
    pairs = [(wanted[:i], wanted[i + 1 :]) for i in cuts]
    return whole or [(a, b) for a, b in pairs if a in first and b in second]
