"""The interface of policies, and what is accepted in its place."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from simeval.errors import UsageError
from simeval.policy.memory import Memory
from simeval.policy.observation import Observation
from simeval.policy.spec import PolicySpec

__all__ = ["Memory", "Policy", "as_policy"]


@runtime_checkable
class Policy(Protocol):
    """A function from observation to action, with explicit memory.

    `act` must not keep anything between calls except what it returns as memory: the harness repeats,
    reorders and copies rows. Memory is None or a tree of tensors whose axis 0 is the row; a policy that
    keeps something else also has `take(memory, rows) -> memory`.
    """

    spec: PolicySpec

    def init(self, num_rows: int, device: torch.device) -> Memory:
        """Memory of so many rows before their first step."""
        ...

    def act(self, observation: Observation, memory: Memory) -> tuple[Tensor, Memory]:
        """Action of every row, in the form that `spec` declares, and the memory for the next call."""
        ...


class Plain:
    """A torch module or a function `observation -> action` as a policy that remembers nothing."""

    def __init__(self, function: Any, spec: PolicySpec) -> None:
        self.function, self.spec = function, spec

    def init(self, num_rows: int, device: torch.device) -> Memory:
        """Nothing."""
        return None

    def act(self, observation: Observation, memory: Memory) -> tuple[Tensor, Memory]:
        """What the function says."""
        return self.function(observation), None


def as_policy(thing: Any, where: str = "policy") -> Policy:
    """A policy as it is; a module or function `observation -> action` as one without memory.

    Its `spec` attribute says what it observes and how it acts; without one it is `PolicySpec()`.

    Raises:
        UsageError: it is neither, or its `spec` is not a `PolicySpec`.
    """
    spec = getattr(thing, "spec", None)
    if spec is None:
        spec = PolicySpec()
    if not isinstance(spec, PolicySpec):
        raise UsageError(
            where, f"its spec is a {type(spec).__name__}.", "It must be a simeval.policy.PolicySpec."
        )
    if callable(getattr(thing, "act", None)):
        if isinstance(thing, Policy):
            return thing
        lacking = [name for name in ("init", "spec") if not hasattr(thing, name)]
        raise UsageError(
            where, f"has act() but no {' and no '.join(lacking)}.", "docs/policies.md shows both."
        )
    if not callable(thing):
        raise UsageError(
            where,
            f"an object of type {type(thing).__name__} is not a policy.",
            "A policy is a torch module or function of the observation, or has init() and act().",
        )
    return Plain(thing, spec)
