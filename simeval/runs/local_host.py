"""Policies in this process: for live objects, for `isolate=False`, for stepping through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import torch

from simeval.errors import SimevalError
from simeval.policy.faults import PolicyFault, fault_of
from simeval.policy.guard import untouched
from simeval.policy.modules import modules_of
from simeval.policy.protocol import Policy, as_policy
from simeval.policy.runtime import Runtime
from simeval.runs.attempts import Answer, Attempt, Facts, Failure, Task
from simeval.runs.chosen import Chosen
from simeval.runs.driving import Watch, clean, drive

__all__ = ["LocalHost"]


class LocalHost:
    """Leaves the process as it was: threads, random generators, modes of torch and of the modules.

    Nothing can be stopped here: a policy that hangs hangs the run.

    Args:
        threads: of the simulator; torch gets `torch_threads`.
        wrap: puts something between the harness and the policy, to look at it.
        watch: told of every call, as `Watch` tells it.
    """

    def __init__(
        self,
        chosen: Chosen,
        runtime: Runtime,
        *,
        trust: bool = False,
        threads: int = 1,
        torch_threads: Callable[[], int] = torch.get_num_threads,
        wrap: Callable[[Policy], Policy] = lambda policy: policy,
        tell: Callable[[int | None, int], None] | None = None,
    ) -> None:
        self.chosen, self.runtime, self.trust = chosen, runtime, trust
        self.threads, self.torch_threads, self.wrap, self.tell = threads, torch_threads, wrap, tell
        self._policy: Policy | str | None = None
        self._traffic: dict[str, Policy] = {}
        self._facts: Facts | None = None

    def facts(self) -> Facts:
        """Makes the policy, if that has not happened yet."""
        if self._facts is None:
            with untouched():
                self._facts = self._made()
        return self._facts

    def _made(self) -> Facts:
        name, notes, policy = "", list[str](), None
        try:
            if self.chosen.is_learned:
                policy = self._load(notes)
            for one in self.chosen.traffic:
                name = one.name
                self._traffic[name] = self._named(one, notes)
        except (SimevalError, KeyboardInterrupt):
            raise
        except PolicyFault as error:
            fault = clean(replace(error.fault, traffic=name))
            return Facts(failure=Failure(fault=fault, everywhere=True))
        except BaseException as error:
            fault = clean(replace(fault_of(error, "construction", 0), traffic=name))
            return Facts(failure=Failure(fault=fault, everywhere=True))
        self._policy = self.wrap(policy) if policy is not None else self.chosen.name
        return Facts(
            spec=msgspec.to_builtins(policy.spec) if policy is not None else None, notes=tuple(notes),
            traffic={name: msgspec.to_builtins(other.spec) for name, other in self._traffic.items()},
            device=str(self.runtime.torch_device), torch_version=str(torch.__version__),
        )  # fmt: skip

    def _load(self, notes: list[str]) -> Policy:
        if self.chosen.reference is not None:
            return self._named(self.chosen, notes)
        policy = as_policy(self.chosen.live, self.chosen.name)
        self.runtime = _fitting(self.runtime, policy)
        return policy

    def _named(self, chosen: Chosen, notes: list[str]) -> Policy:
        """A policy by its reference; what there is to say about it is added to the notes."""
        from simeval.policy.loading import load_policy

        assert chosen.reference is not None
        loaded = load_policy(chosen.reference, self.runtime, trust=self.trust)
        notes += loaded.notes
        return loaded.policy

    def attempt(self, task: Task, attempt: Attempt) -> Answer:
        """Drives the rows that are present."""
        failure = self.facts().failure
        if failure is not None or self._policy is None:
            assert failure is not None
            return failure
        with untouched(), _evaluating([self._policy, *self._traffic.values()]):
            torch.set_num_threads(self.torch_threads())
            return drive(
                task, attempt, self._policy, self.runtime, threads=self.threads, watch=Watch(self.tell),
                traffic=self._traffic,
            )  # fmt: skip

    def close(self) -> None:
        """Nothing is to be ended."""


def _fitting(runtime: Runtime, policy: Any) -> Runtime:
    """With `auto`, a live policy stays on the device that its weights are on."""
    if runtime.device != "auto":
        return runtime
    for module in modules_of(policy):
        for weights in module.parameters():
            kind = "cuda" if weights.device.type == "cuda" else "cpu"
            return msgspec.structs.replace(runtime, device=kind)
    return runtime


@contextmanager
def _evaluating(policies: Sequence[Any]) -> Iterator[None]:
    """Modules are in evaluation mode inside, and each as it was afterwards."""
    modules = [module for policy in policies for module in modules_of(policy)]
    modes = [(inner, inner.training) for module in modules for inner in module.modules()]
    with ExitStack() as after:
        for module, mode in modes:
            after.callback(setattr, module, "training", mode)
        for module in modules:
            module.eval()
        yield
