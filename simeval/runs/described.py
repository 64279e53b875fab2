"""What the manifest says of the drivers of a run, and of how far their results repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from simeval.runs.chosen import Chosen
from simeval.runs.hosts import Hosts

__all__ = ["LEARNED", "described", "determinism"]

LEARNED = "learned policy"
ENGINE = (
    "exact: engine drivers give the same bits for any batch size, order, number of threads and resume history"
)
PLAN = "repeats bit for bit for one plan, torch build, device and number of torch threads"
EXACT = "repeats bit for bit for any batch of one torch build and device (--exact)"
COMPACT = "last bits depend on when other episodes end (--compact)"
RANDOM = "draws random numbers, seeded for each batch: repeats for one plan, torch build and device"


def described(hosts: Hosts) -> list[dict[str, Any]]:
    """One entry a driver.

    Raises:
        UsageError, InputError: a policy cannot be loaded.
    """
    return [_learned(one, hosts) if one.is_learned else _engine(one, hosts) for one in hosts.chosen.values()]


def _engine(chosen: Chosen, hosts: Hosts) -> dict[str, Any]:
    entry = {"name": chosen.name, "identity": chosen.identity, "kind": "engine driver"}
    return entry | (_computed(chosen, hosts) if chosen.traffic else {})


def _learned(chosen: Chosen, hosts: Hosts) -> dict[str, Any]:
    return {
        "name": chosen.name,
        "identity": chosen.identity,
        "kind": LEARNED,
        "spec": hosts.facts(chosen.name).spec,
        **_computed(chosen, hosts),
    }


def _computed(chosen: Chosen, hosts: Hosts) -> dict[str, Any]:
    """What concerns every episode in which a policy takes part."""
    facts = hosts.facts(chosen.name)
    others = [
        {"name": one.name, "identity": one.identity, "spec": facts.traffic.get(one.name)}
        for one in chosen.traffic
    ]
    return ({"traffic": others} if others else {}) | {
        "notes": list(facts.notes),
        "device": facts.device,
        "dtype": hosts.settings.dtype,
        "torch": facts.torch_version or version("torch"),
        "torch_threads": hosts.torch_threads,
        "determinism": _class(hosts, is_random=facts.is_random),
    }


def _class(hosts: Hosts, *, is_random: bool) -> str:
    if is_random:
        return RANDOM
    return EXACT if hosts.settings.exact else COMPACT if hosts.settings.compact else PLAN


def determinism(policies: Sequence[Mapping[str, Any]]) -> str:
    """The classes that the drivers of a run belong to."""
    return "; ".join(dict.fromkeys(policy.get("determinism", ENGINE) for policy in policies))
