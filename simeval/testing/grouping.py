"""Which items are run together. A function of node ids alone, so that every process cuts alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["RATE", "cut", "is_episode", "is_rate", "item_name", "policy_labels"]

RATE = "pass_rate"
_EPISODE = re.compile(r"\.toml::.*-s\d+(?:-(?P<policy>[^\[\]:]+))?$")
_RATE = re.compile(rf"\bsuite\.toml::{RATE}(?:-[^\[\]:]+)?$")


def item_name(scenario_id: str, seed: int, label: str) -> str:
    """Name of an item: the scenario without its suite, the seed, and the policy's label if it has one."""
    name = f"{scenario_id.partition('/')[2]}-s{seed}"
    return f"{name}-{label}" if label else name


def policy_labels(policies: Iterable[str]) -> dict[str, str]:
    """What stands for each policy in node ids: nothing for a single one, else a short name."""
    policies = list(policies)
    if len(policies) == 1:
        return {policies[0]: ""}
    labels: dict[str, str] = {}
    for policy in policies:
        label = base = re.sub(r"[^A-Za-z0-9_.]+", "-", re.split(r"[/\\]", policy)[-1]).strip("-") or "policy"
        number = 1
        while label in labels.values():
            number += 1
            label = f"{base}-{number}"
        labels[policy] = label
    return labels


def is_episode(nodeid: str) -> bool:
    """Whether an item drives an episode."""
    return _EPISODE.search(nodeid) is not None


def is_rate(nodeid: str) -> bool:
    """Whether an item is the pass rate of a suite."""
    return _RATE.search(nodeid) is not None


def cut(nodeids: Iterable[str], size: int, workers: int) -> dict[str, int]:
    """Numbers the batch of every episode: at most `size` of one policy, and work for every worker.

    Batches of a policy differ by at most one in length and hold neighbours in the order of node ids.
    """
    by_policy: dict[str, list[str]] = {}
    for nodeid in sorted(nodeids):
        if found := _EPISODE.search(nodeid):
            by_policy.setdefault(found["policy"] or "", []).append(nodeid)
    batches: dict[str, int] = {}
    first = 0
    for members in by_policy.values():
        count = max(-(-len(members) // size), min(workers, len(members)))
        for i, nodeid in enumerate(members):
            batches[nodeid] = first + i * count // len(members)
        first += count
    return batches
