"""Who drives in a run: engine drivers by name, learned policies by reference or as live objects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simeval.content_hash import digest_of_json
from simeval.errors import UsageError, nearest
from simeval.policy.builtin import BUILTIN
from simeval.policy.reference import FORMS, parse_reference
from simeval.runs.policy_settings import RUNTIME, PolicySettings
from simeval.sim import DRIVERS

if TYPE_CHECKING:
    from simeval.policy.reference import Reference

__all__ = ["Chosen", "choose"]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One driver of a run.

    identity: tells it from every other, and is part of the keys of its episodes.
    reference, live: what a learned policy is made from; neither for an engine driver.
    can_resume: whether the same command finds its episodes again.
    """

    name: str
    identity: str
    reference: Reference | None = None
    live: Any = None
    can_resume: bool = True

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
        if self.can_resume:
            return ()
        what = "its code cannot be digested, so it is taken for another policy each time"
        return (f"{self.name}: {what}: this run will not resume.",)


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
