"""Who drives in a run: engine drivers by name, learned policies by reference or as live objects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simeval.content_hash import digest_of_json
from simeval.errors import UsageError, nearest
from simeval.policy.builtin import BUILTIN
from simeval.policy.reference import FORMS, parse_reference
from simeval.runs.policy_settings import RUNTIME, PolicySettings
from simeval.sim import DRIVERS
from simeval.sim.traffic_rules import MODELS, policies_in

if TYPE_CHECKING:
    from simeval.policy.reference import Reference
    from simeval.runs.settings import RunSettings

__all__ = ["Chosen", "choose", "with_traffic"]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One driver of a run.

    identity: tells it from every other, and is part of the keys of its episodes.
    traffic: policies that drive others beside it, by the rules of the run.
    reference, live: what a learned policy is made from; neither for an engine driver.
    can_resume: whether the same command finds its episodes again.
    """

    name: str
    identity: str
    reference: Reference | None = None
    live: Any = None
    can_resume: bool = True
    traffic: tuple[Chosen, ...] = ()

    @property
    def cast_identity(self) -> str:
        """The identity of all who drive in its episodes, as it enters their keys."""
        if not self.traffic:
            return self.identity
        return f"cast:{digest_of_json([self.identity, {one.name: one.identity for one in self.traffic}])}"

    @property
    def needs_host(self) -> bool:
        """Whether a policy takes part in its episodes."""
        return self.is_learned or bool(self.traffic)

    @property
    def is_learned(self) -> bool:
        """Whether it is a policy; engine drivers are part of the simulator."""
        return self.reference is not None or self.live is not None

    @property
    def slug(self) -> str:
        """Its name as a part of a file name."""
        return re.sub(r"[^A-Za-z0-9_+-]+", "-", self.name).strip("-")[:40] or "policy"

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said about it."""
        what = "its code cannot be digested, so it is taken for another policy each time"
        unknown = [one.name for one in (self, *self.traffic) if not one.can_resume]
        return tuple(f"{name}: {what}: this run will not resume." for name in unknown)


def choose(policies: Sequence[Any], settings: PolicySettings) -> list[Chosen]:
    """The drivers that names, references and live objects stand for, each once.

    Raises:
        UsageError: an unknown name (with the nearest), a reference that is none, nothing at all.
    """
    if not policies:
        raise UsageError("--policy", "no policy given.", _known())
    chosen: dict[str, Chosen] = {}
    for policy in policies:
        one = _named(policy, settings) if isinstance(policy, str) else _live(policy, settings, chosen)
        chosen.setdefault(one.name, one)
    return list(chosen.values())


def with_traffic(drivers: Sequence[Chosen], settings: RunSettings) -> list[Chosen]:
    """The drivers with the policies that the traffic rules of a run name.

    Raises:
        UsageError: one of them is not known, or an engine driver.
    """
    names = policies_in(settings.sim.traffic)
    for name in names:
        if name in DRIVERS:
            fix = f"Write {name} alone: it is a model of traffic." if name in MODELS else _known()
            raise UsageError("traffic", f"policy:{name} is an engine driver of the ego.", fix)
    traffic = tuple(_named(name, settings.policy) for name in sorted(names))
    return [replace(one, traffic=traffic) for one in drivers]


def _known() -> str:
    return f"There are: {', '.join([*DRIVERS, *BUILTIN])}. {FORMS}"


def _named(text: str, settings: PolicySettings) -> Chosen:
    if text in DRIVERS:  # what it means is covered by the number of the simulator's semantics
        return Chosen(name=text, identity=f"engine:{text}")
    if re.fullmatch(r"[A-Za-z0-9_-]+", text) and text not in BUILTIN:
        fix = nearest(text, [*DRIVERS, *BUILTIN]) + _known()
        raise UsageError("--policy", f"policy {text!r} is not known.", fix)
    from simeval.policy.identity import identity_of

    reference = parse_reference(text)
    digest = identity_of(reference)
    identity = _identity(digest, settings)
    return Chosen(name=text, identity=identity, reference=reference, can_resume=digest is not None)


def _live(policy: Any, settings: PolicySettings, taken: dict[str, Chosen]) -> Chosen:
    from simeval.policy.identity import identity_of_object

    digest = identity_of_object(policy)
    name = first = (getattr(policy, "__name__", "") or type(policy).__name__).strip("<>")
    number = 1
    while name in taken and taken[name].live is not policy:
        number += 1
        name = f"{first}-{number}"
    return Chosen(name=name, identity=_identity(digest, settings), live=policy, can_resume=digest is not None)


def _identity(digest: str | None, settings: PolicySettings) -> str:
    """Digest of everything that its actions follow from; a fresh one where that cannot be told."""
    runtime = {name: getattr(settings, name) for name in RUNTIME}
    parts = {
        "policy": digest or uuid.uuid4().hex,
        "runtime": runtime | {"device": _device(settings)},
        "torch": version("torch"),
    }
    return f"policy:{digest_of_json(parts)}"


def _device(settings: PolicySettings) -> str:
    """The device that is taken; a build of torch for processors only is not loaded to say so."""
    if settings.device == "cpu" or (settings.device == "auto" and version("torch").endswith("+cpu")):
        return "cpu"
    return settings.runtime().torch_device.type
