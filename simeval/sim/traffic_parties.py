"""All policies that drive traffic in a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simeval.content_hash import digest_of_json
from simeval.errors import UsageError
from simeval.policy.protocol import Policy
from simeval.policy.runtime import Runtime
from simeval.sim.rollout import Worlds
from simeval.sim.seats import traffic_seats
from simeval.sim.settings import SimSettings
from simeval.sim.traffic_party import TrafficParty

__all__ = ["parties_of"]


def parties_of(
    worlds: Worlds, settings: SimSettings, policies: Mapping[str, Policy], runtime: Runtime, *, seed: int,
    watch: Callable[[int], Callable[[int | None], None]] | None,
) -> list[TrafficParty]:  # fmt: skip
    """One party for each policy that drives anyone, in the order of their references. Each draws random
    numbers of its own.

    Raises:
        UsageError: the settings name a policy that is not given.
        PolicyFault: one cannot begin.
    """
    found = traffic_seats(worlds.scenarios, worlds.tables, settings)
    if missing := sorted(found.keys() - policies.keys()):
        what = f"the policy {missing[0]!r} is named and not given."
        raise UsageError("traffic", what, "Rollout(..., traffic={name: policy}) takes it.")
    number = {name: k for k, name in enumerate(sorted(policies))}
    return [
        TrafficParty(
            name, policies[name], worlds, found[name], runtime,
            seed=int(digest_of_json([seed, "traffic", name])[:12], 16),
            watch=watch(number[name]) if watch is not None else None,
        )
        for name in sorted(found)
    ]  # fmt: skip
