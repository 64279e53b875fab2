"""Names that follow from content: the key of an episode, of a batch, of a run.

The key of an episode is a digest of everything that decides what happens in it. Two runs that plan the
same episode give it the same key; a change of the scenario, the policy, a setting of the simulation, the
seed, or the meaning of the simulator gives another one. Metrics and profiles are not part of it: they can
be computed again from the stored trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from simeval.content_hash import digest_of_json
from simeval.sim import SIMULATION_SEMANTICS, SimSettings

__all__ = ["batch_name", "episode_key", "run_id", "short"]

SHOWN = 16  # hex digits of a key that files and links show


def episode_key(content_hash: str, policy: str, settings: SimSettings, seed: int) -> str:
    """Key of one episode: 64 hex digits. `policy` is the identity of all who drive, see `Chosen`."""
    return digest_of_json(
        {
            "scenario": content_hash,
            "policy": policy,
            "simulation": _chosen(settings),
            "seed": seed,
            "semantics": SIMULATION_SEMANTICS,
        }
    )


@lru_cache(maxsize=8)
def _chosen(settings: SimSettings) -> dict[str, Any]:
    """Settings as they enter a key. One that came later is left out while it has its default, so that
    it changes no key of episodes that do not use it."""
    default, first = msgspec.to_builtins(SimSettings()), ("traffic", "end_on", "horizon_s")
    values = msgspec.to_builtins(settings)
    return {name: v for name, v in values.items() if name in first or v != default[name]}


def short(key: str) -> str:
    """The first hex digits, enough for people and file names."""
    return key[:SHOWN]


def batch_name(number: int, keys: Sequence[str]) -> str:
    """Name of a batch: its place in the plan and a digest of its keys in row order."""
    return f"{number:05d}-{digest_of_json(list(keys))[:8]}"


def run_id(sources: Sequence[str], policies: Sequence[str], keys: Iterable[str]) -> str:
    """Name of the folder of a run: readable, and the same for the same set of episodes."""
    words = "+".join(sources) + "." + "+".join(policies)
    readable = re.sub(r"[^A-Za-z0-9_.+-]+", "-", words).strip("-.")[:60]
    return f"{readable}-{digest_of_json(sorted(keys))[:10]}"
