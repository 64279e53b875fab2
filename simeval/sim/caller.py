"""Calls a policy: guarded, timed by a watch, with its memory kept and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from simeval.arrays import Array
from simeval.policy import Observation, Policy
from simeval.policy.actions import Arrival, check_action
from simeval.policy.faults import Fault, FaultKind, PolicyFault, fault_of
from simeval.policy.guard import guarded, random_state, restore_random
from simeval.policy.memory import Memory, find_wrong, map_tensors, put, take
from simeval.policy.runtime import Runtime

__all__ = ["Caller"]


class Caller:
    """A policy with the memory of a batch.

    Raises:
        PolicyFault: `init` failed, or later a call of `act`.
    """

    def __init__(
        self,
        policy: Policy,
        runtime: Runtime,
        num_rows: int,
        *,
        seed: int,
        watch: Callable[[int | None], None] | None,
    ) -> None:
        self.policy, self.runtime, self.num_rows = policy, runtime, num_rows
        self.device, self.dtype = runtime.torch_device, runtime.torch_dtype
        self.unsteady: dict[int, Fault] = {}  # rows that answered differently to the same question
        self._watch = watch or (lambda step: None)
        self._dtypes = {torch.float32, torch.float64, self.dtype}
        self._random = self._seeded(seed) if policy.spec.is_random else None
        self._checked = policy.spec.is_random
        self.memory = self._guarded(lambda: policy.init(num_rows, self.device), "construction", 0)
        self._check_memory(0)

    def act(self, observation: Observation, step: int) -> Array:
        """Actions of all rows, float64.

        Raises:
            PolicyFault: the call raised, or returned what no action or memory is.
        """
        self.ask(observation, step)
        return self.answer()

    def ask(self, observation: Observation, step: int) -> None:
        """The first half of `act`; a GPU may still compute when it returns.

        Raises:
            PolicyFault: as `act`.
        """
        is_ready = self.device.type == "cpu" and self.dtype == torch.float32
        seen = observation if is_ready else observation.to(self.device, self.dtype)
        self.unsteady = {}
        if not self._checked:
            again = self._call(seen.map(torch.clone), map_tensors_or_raise(self.memory), step)[0].wait()
            self._checked = True
            arrival, memory = self._call(seen, self.memory, step)
            self.unsteady = _differing(arrival.wait(), again, step)
        else:
            arrival, memory = self._call(seen, self.memory, step)
        self.memory = memory
        self._check_memory(step)
        self._asked = (arrival, step)

    def answer(self) -> Array:
        """The second half of `act`: the actions that were asked for, when they are there.

        Raises:
            PolicyFault: computing them failed on the GPU.
        """
        arrival, step = self._asked
        return self._guarded(arrival.wait, "exception", step) if arrival.is_late else arrival.wait()

    def _call(self, seen: Observation, memory: Memory, step: int) -> tuple[Arrival, Memory]:
        answer = self._guarded(lambda: self.policy.act(seen, memory), "exception", step)
        if not (isinstance(answer, tuple) and len(answer) == 2):
            what = f"act() returned a {type(answer).__name__}, expected (action, memory)"
            raise PolicyFault(Fault(kind="contract", step=step, message=what))
        check_action(answer[0], self.policy.spec, self.num_rows, self.device, step, self._dtypes)
        return Arrival(answer[0]), answer[1]

    def _guarded(self, call: Callable[[], Any], kind: FaultKind, step: int) -> Any:
        before = random_state() if self._random else None
        if self._random:
            restore_random(self._random)
        self._watch(step)
        try:
            with guarded(one_thread=self.runtime.exact):
                return call()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            named: FaultKind = "out_of_memory" if _is_out_of_memory(error) else kind
            raise PolicyFault(fault_of(error, named, step)) from error
        finally:
            self._watch(None)
            if before is not None:
                self._random = random_state()
                restore_random(before)

    def _seeded(self, seed: int) -> dict[str, Any]:
        before = random_state()
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)
        state = random_state()
        restore_random(before)
        return state

    def _check_memory(self, step: int) -> None:
        if hasattr(self.policy, "take"):
            return
        if wrong := find_wrong(self.memory, self.num_rows):
            raise PolicyFault(Fault(kind="contract", step=step, message=f"memory: {wrong}"))

    def keep(self, rows: torch.Tensor) -> None:
        """Goes on with these rows only, in this order."""
        own = getattr(self.policy, "take", take)
        self.memory, self.num_rows = own(self.memory, rows), len(rows)

    def memory_of(self, row: int) -> Memory:
        """A copy of one row's memory."""
        return getattr(self.policy, "take", take)(self.memory, torch.tensor([row]))

    def put_memory(self, row: int, one: Memory) -> None:
        """Gives a row the memory of another.

        Raises:
            TypeError: the policy keeps something that only it can take apart.
        """
        with torch.inference_mode():
            self.memory = put(self.memory, row, one)


def map_tensors_or_raise(memory: Memory) -> Memory:
    """A copy, where the memory is a tree of tensors; else the memory itself."""
    try:
        with torch.inference_mode():
            return map_tensors(memory, torch.clone)
    except TypeError:
        return memory


def _differing(action: Array, again: Array, step: int) -> dict[int, Fault]:
    different = (action != again) & ~(np.isnan(action) & np.isnan(again))
    message = (
        f"step {step}: two calls with equal inputs gave different actions; a policy that draws random "
        "numbers declares is_random"
    )
    rows = np.flatnonzero(different.reshape(len(action), -1).any(axis=1))
    return {int(row): Fault(kind="random", step=step, message=message) for row in rows}


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
