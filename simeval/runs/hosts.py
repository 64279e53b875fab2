"""The hosts of a run's learned policies: made when they are needed, ended with the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from simeval.runs.chosen import Chosen
from simeval.runs.policy_settings import PolicySettings
from simeval.runs.progress import Progress

if TYPE_CHECKING:
    from simeval.policy.runtime import Runtime
    from simeval.runs.attempts import Facts, Host
    from simeval.runs.isolate import Patience

__all__ = ["Hosts"]


class Hosts:
    """A context: at its end, whatever happened, no process of a policy is left.

    Args:
        threads: of the simulator; of torch too, unless `torch_threads` is set before a policy drives.
        wrap: see `LocalHost`.
    """

    def __init__(
        self,
        chosen: Sequence[Chosen],
        settings: PolicySettings,
        threads: int,
        progress: Progress,
        wrap: Callable[[Any], Any] | None = None,
    ) -> None:
        self.chosen = {one.name: one for one in chosen}
        self.settings, self.threads, self.progress, self.wrap = settings, threads, progress, wrap
        self.torch_threads = threads
        self._hosts: dict[str, Host] = {}
        self._patience: dict[str, Patience] = {}

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._hosts.values():
            host.close()

    def is_learned(self, name: str) -> bool:
        """Whether a driver of this run is a policy."""
        return name in self.chosen and self.chosen[name].is_learned

    def facts(self, name: str) -> Facts:
        """What is known of a policy; makes it.

        Raises:
            UsageError, InputError: it cannot be loaded.
        """
        return self.host(name).facts()

    def needs_host(self, name: str) -> bool:
        """Whether a policy takes part in the episodes of a driver."""
        return name in self.chosen and self.chosen[name].needs_host

    def is_random(self, name: str) -> bool:
        """Whether a driver, or its traffic, draws random numbers; engine drivers do not."""
        return self.needs_host(name) and self.facts(name).is_random

    def runtime(self) -> Runtime:
        """How policies compute."""
        return self.settings.runtime()

    def host(self, name: str) -> Host:
        """Where a policy lives."""
        if name not in self._hosts:
            self._hosts[name] = self._made(self.chosen[name])
        return self._hosts[name]

    def _made(self, chosen: Chosen) -> Host:
        def torch_threads() -> int:
            return self.torch_threads

        if self.settings.isolate and chosen.live is None:
            from simeval.runs.worker_host import WorkerHost

            return WorkerHost(
                chosen, self.settings, self.runtime(), threads=self.threads, torch_threads=torch_threads,
                note=self.progress.note, watch=self.progress.at_step,
            )  # fmt: skip
        from simeval.runs.local_host import LocalHost

        more: dict[str, Any] = {"wrap": self.wrap} if self.wrap else {}
        return LocalHost(
            chosen, self.runtime(), trust=self.settings.trust_policy_code, threads=self.threads,
            torch_threads=torch_threads, **more,
        )  # fmt: skip

    def patience(self, name: str) -> Patience:
        """How much of it is left with a policy, from one batch to the next."""
        from simeval.runs.isolate import Patience

        return self._patience.setdefault(name, Patience())

    def remember(self, name: str, rows: Sequence[Any]) -> None:
        """Episodes of a policy that an earlier session finished, in plan order."""
        from simeval.runs.isolate import Patience

        self._patience[name] = Patience.after(rows)
