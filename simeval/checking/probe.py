"""Calls a policy as the simulation does, with copies of everything, and turns what goes wrong into faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from simeval.arrays import Array
from simeval.policy import Memory, Observation, Policy
from simeval.policy.actions import DTYPES, checked_action
from simeval.policy.faults import Fault, FaultKind, PolicyFault, fault_of
from simeval.policy.guard import guarded
from simeval.policy.memory import find_wrong, map_tensors, take
from simeval.policy.runtime import Runtime

__all__ = ["Probe", "rows_of"]

SEED = 7


class Probe:
    """A policy under examination. If it draws random numbers, `seed` is set before every call.

    watch: called before each call of the policy's code with True, after it with False.
    """

    def __init__(
        self, policy: Policy, runtime: Runtime, watch: Callable[[bool], None] = lambda begins: None
    ) -> None:
        self.policy, self.runtime, self.spec = policy, runtime, policy.spec
        self.device, self.dtype = runtime.torch_device, runtime.torch_dtype
        self.watch, self.seed = watch, SEED

    def seen(self, observation: Observation) -> Observation:
        """A copy on the policy's device."""
        return observation.map(torch.clone).to(self.device, self.dtype)

    def init(self, num_rows: int) -> Memory:
        """Memory of so many rows.

        Raises:
            PolicyFault: init() raised, or gave no memory.
        """
        memory = self._call(lambda: self.policy.init(num_rows, self.device), "construction")
        self._check(memory, num_rows)
        return memory

    def raw(
        self, seen: Observation, memory: Memory, around: AbstractContextManager[Any] | None = None
    ) -> Any:
        """What `act` returns, unchecked, called within `around`.

        Raises:
            PolicyFault: act() raised.
        """

        def call() -> Any:
            with around or nullcontext():
                return self.policy.act(seen, memory)

        return self._call(call, "exception")

    def act(self, observation: Observation, memory: Memory) -> tuple[Array, Memory]:
        """Action (float64) and memory; observation and memory are copied before.

        Raises:
            PolicyFault: act() raised, or returned what no action or memory is.
        """
        answer = self.raw(self.seen(observation), self.copy(memory))
        if not (isinstance(answer, tuple) and len(answer) == 2):
            what = f"act() returned a {type(answer).__name__}, expected (action, memory)"
            raise PolicyFault(Fault(kind="contract", step=0, message=what))
        rows, dtypes = observation.num_rows, {*DTYPES, self.dtype}
        action = checked_action(answer[0], self.spec, rows, self.device, 0, dtypes)
        self._check(answer[1], rows)
        return action, answer[1]

    def take(self, memory: Memory, rows: Tensor) -> Memory:
        """Memory of some rows, by the policy's own `take` if it has one.

        Raises:
            PolicyFault: its `take` raised.
        """
        own = getattr(self.policy, "take", take)
        return self._call(lambda: own(memory, rows), "exception")

    def copy(self, memory: Memory) -> Memory:
        """A copy, if it is a tree of tensors."""
        try:
            with torch.inference_mode():
                return map_tensors(memory, torch.clone)
        except TypeError:
            return memory

    def _check(self, memory: Memory, num_rows: int) -> None:
        wrong = "" if hasattr(self.policy, "take") else find_wrong(memory, num_rows)
        if wrong:
            raise PolicyFault(Fault(kind="contract", step=0, message=f"memory: {wrong}"))

    def _call(self, work: Callable[[], Any], kind: FaultKind) -> Any:
        if self.spec.is_random:
            _seed_all(self.seed)
        self.watch(True)
        try:
            with guarded(one_thread=self.runtime.exact):
                return work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PolicyFault(fault_of(error, kind, 0)) from error
        finally:
            self.watch(False)


def _seed_all(seed: int) -> None:
    """Seeds the generators that `is_random` allows, and Python's."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def rows_of(observation: Observation, rows: list[int]) -> Observation:
    """Some rows, in that order."""
    index = torch.tensor(rows)
    return observation.map(lambda tensor: tensor.index_select(0, index))
