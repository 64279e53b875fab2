"""Parts of a run that can be worked on apart: in several processes, or on several machines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from simeval.errors import UsageError

__all__ = ["Shard", "groups_of"]

Batches = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `of` parts, counted from 1."""

    number: int
    of: int

    @staticmethod
    def parse(text: str) -> Shard:
        """Reads "2/4".

        Raises:
            UsageError: it is none.
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
        shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
        if not 1 <= shard.number <= shard.of:
            raise UsageError("--shard", f"{text!r} is no part of a run.", "The second of four is 2/4.")
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def takes(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """Its batches: every so-manieth group, so that the parts are about equal."""
        return [name for group in groups[self.number - 1 :: self.of] for name in group]


def groups_of(batches: Batches, *, together: bool) -> list[list[str]]:
    """Names of batches that one process has to work on, one after the other, in the order of the plan.

    Each batch is a group of its own, unless drives are compared with those of a companion (`together`):
    then batches belong together that have a scenario in common, directly or through others.
    """
    names = list(batches)
    if not together or not names:
        return [[name] for name in names]
    scenarios = {row["scenario_id"]: 0 for rows in batches.values() for row in rows}
    column = {scenario: i for i, scenario in enumerate(scenarios)}
    pairs = [(b, column[row["scenario_id"]]) for b, name in enumerate(names) for row in batches[name]]
    ends = ([b for b, _ in pairs], [len(names) + s for _, s in pairs])
    size = len(names) + len(column)
    _, label = connected_components(coo_array(([1] * len(pairs), ends), shape=(size, size)), directed=False)
    found: dict[int, list[str]] = {}
    for name, group in zip(names, label, strict=False):
        found.setdefault(int(group), []).append(name)
    return list(found.values())
