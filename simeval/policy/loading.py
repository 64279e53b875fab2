"""Loads the policy that a reference names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simeval.policy.builtin import make
from simeval.policy.load_module import load_module
from simeval.policy.load_onnx import load_onnx
from simeval.policy.load_pt2 import load_pt2
from simeval.policy.load_torchscript import load_torchscript
from simeval.policy.modules import prepared
from simeval.policy.protocol import Policy, as_policy
from simeval.policy.reference import Reference
from simeval.policy.runtime import Runtime

__all__ = ["Loaded", "load_policy"]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A policy that is ready to drive, and what the user should be told about it."""

    policy: Policy
    notes: tuple[str, ...] = ()


def load_policy(reference: Reference, runtime: Runtime, *, trust: bool = False) -> Loaded:
    """The policy, in evaluation mode on the runtime's device.

    Without `trust` nothing that a file holds is run as code; modules named by the user are imported.

    Raises:
        UsageError: the module, the name in it or its arguments are wrong.
        InputError: the file is damaged, holds code, or is of no use as a policy.
        PolicyFault: the user's own code raised (kind "construction").
    """
    if reference.kind == "module":
        policy, notes = load_module(reference, runtime)
        return Loaded(policy=policy, notes=notes)
    if reference.kind == "builtin":
        policy = as_policy(make(reference.target), reference.target)
        return Loaded(policy=policy, notes=prepared(policy, runtime, reference.target))
    assert reference.path is not None
    policy, notes = FILES[reference.kind](reference.path, runtime, trust=trust)
    return Loaded(policy=policy, notes=notes)


FILES: dict[str, Callable[..., tuple[Policy, tuple[str, ...]]]] = {
    "pt2": load_pt2,
    "torchscript": load_torchscript,
    "onnx": load_onnx,
}
