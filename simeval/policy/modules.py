"""The torch modules of a policy: found, and put into evaluation mode, on the device, in the dtype."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from simeval.policy.importing import construction_fault
from simeval.policy.protocol import Plain
from simeval.policy.quiet import quiet
from simeval.policy.runtime import Runtime

__all__ = ["compile_module", "modules_of", "prepared"]


def modules_of(policy: Any) -> list[nn.Module]:
    """The policy itself if it is a module, else the modules among its attributes; each once."""
    thing = policy.function if isinstance(policy, Plain) else policy
    if isinstance(thing, nn.Module):
        return [thing]
    found = [value for value in getattr(thing, "__dict__", {}).values() if isinstance(value, nn.Module)]
    return list({id(module): module for module in found}.values())


def prepared(policy: Any, runtime: Runtime, name: str) -> tuple[str, ...]:
    """Modules in evaluation mode, on the device, in the dtype, compiled if asked for; what to tell.

    Raises:
        PolicyFault: a module cannot be moved.
    """
    modules = modules_of(policy)
    try:
        for module in modules:
            module.eval()
            module.to(runtime.torch_device, runtime.torch_dtype)
            if runtime.compile:
                compile_module(module)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise construction_fault(error, f"{name} to {runtime.torch_device}") from error
    if runtime.compile and not modules:
        return ("--compile: found no torch module in the policy, so nothing is compiled",)
    return ()


def compile_module(module: Any) -> None:
    """Compiles what is called: `act` of a module that is a policy itself, else its forward pass."""
    with quiet():  # torch warns of itself when it loads its compiler
        if callable(getattr(module, "act", None)):
            module.act = torch.compile(module.act)
        else:
            module.compile()
