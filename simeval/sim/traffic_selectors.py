"""The left side of a traffic rule: kinds of road users, classes of them, single agents."""

from __future__ import annotations

from collections.abc import Mapping

from simeval.errors import unknown_name
from simeval.scenario import AgentKind

__all__ = ["BY_ID", "SELECTORS", "kinds_of_selector", "shortest"]

BY_ID = "id:"

CLASSES: dict[str, frozenset[AgentKind]] = {
    "all": frozenset(AgentKind),
    "vehicle": frozenset(k for k in AgentKind if k.is_vehicle),
    "vulnerable": frozenset(k for k in AgentKind if k.is_vulnerable),
}
SELECTORS: dict[str, frozenset[AgentKind]] = CLASSES | {k.name.lower(): frozenset([k]) for k in AgentKind}


def kinds_of_selector(name: str) -> frozenset[AgentKind]:
    """The kinds that a selector names.

    Raises:
        UsageError: an unknown one, with the nearest.
    """
    if name not in SELECTORS:
        raise unknown_name("selector", name, [*SELECTORS, f"{BY_ID}PATTERN"], where="traffic")
    return SELECTORS[name]


def shortest(models: Mapping[AgentKind, str]) -> list[str]:
    """Rules that give each of these kinds its model and leave the others alone; classes where they fit."""
    left, words = dict(models), []
    for name, kinds in SELECTORS.items():
        if kinds <= left.keys() and len({left[k] for k in kinds}) == 1:
            words.append(f"{name}={left[min(kinds)]}")
            for kind in kinds:
                del left[kind]
    return words
