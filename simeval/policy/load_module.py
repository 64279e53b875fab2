"""Policies from Python code: `package.module:factory[@weights.safetensors][?key=value]`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from simeval.errors import UsageError
from simeval.policy.importing import construction_fault, find, where_from
from simeval.policy.modules import prepared
from simeval.policy.protocol import Policy, as_policy
from simeval.policy.reference import Option, Reference
from simeval.policy.runtime import Runtime
from simeval.policy.safetensors_file import load_weights

__all__ = ["load_module"]


def load_module(reference: Reference, runtime: Runtime) -> tuple[Policy, tuple[str, ...]]:
    """The policy that a factory makes, in evaluation mode on the device, and what to tell the user.

    A class or function is called with the options, and with the weights before them if there are any;
    a torch module without a parameter for them has them loaded as its state. A function of the
    observation, and an object that is a policy or module already, is taken as it is.

    Raises:
        UsageError: nothing of that name, arguments that do not fit, or no policy came out.
        InputError: the weights cannot be read.
        PolicyFault: the code raised.
    """
    found, module = find(reference.target, reference.text)
    weights = load_weights(reference.weights) if reference.weights else None
    try:
        thing = _made(found, weights, reference)
    except (UsageError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise construction_fault(error, reference.target) from error
    policy = as_policy(thing, f"--policy {reference.text}")
    notes = prepared(policy, runtime, reference.target)
    return policy, (where_from(module), *notes)


def _made(found: Any, weights: dict[str, Tensor] | None, reference: Reference) -> Any:
    where, options = f"--policy {reference.text}", reference.options
    if isinstance(found, type):
        return _with_state(found, weights, options, where) if issubclass(found, nn.Module) else _called(
            found, weights, options, where
        )  # fmt: skip
    if isinstance(found, nn.Module) or callable(getattr(found, "act", None)):
        if options:
            raise UsageError(where, f"{reference.target} is an object already; it takes no options.")
        return _loaded(found, weights, where) if weights is not None else found
    if not callable(found):
        fix = "Name a class, a function that makes a policy, or a policy."
        raise UsageError(where, f"{reference.target} is a {type(found).__name__}.", fix)
    if weights is None and _is_plain(found, options):
        return _bound(found, options)
    return _called(found, weights, options, where)


def _is_plain(function: Callable[..., Any], options: dict[str, Option]) -> bool:
    """Whether a function is itself the policy: its first parameter is called observation."""
    try:
        names = list(inspect.signature(function).parameters)
    except (ValueError, TypeError):
        return False
    return bool(names) and names[0] in ("observation", "obs") and names[0] not in options


def _bound(function: Any, options: dict[str, Option]) -> Any:
    if not options:
        return function
    bound: Any = functools.partial(function, **options)
    if hasattr(function, "spec"):
        bound.spec = function.spec
    return bound


def _called(
    factory: Callable[..., Any], weights: dict[str, Tensor] | None, options: dict[str, Option], where: str
) -> Any:
    given = () if weights is None else (weights,)
    try:
        inspect.signature(factory).bind(*given, **options)
    except TypeError as error:
        takes = f"It takes {inspect.signature(factory)}"
        fix = f"{takes}; give them as ?key=value, weights as @weights.safetensors, or give them defaults."
        raise UsageError(where, f"{error} of {getattr(factory, '__name__', 'the factory')}.", fix) from None
    except ValueError:  # no signature to be had
        pass
    return factory(*given, **options)


def _with_state(
    kind: type[nn.Module], weights: dict[str, Tensor] | None, options: dict[str, Option], where: str
) -> Any:
    """A module made with the options; it takes the weights itself, or has them loaded."""
    if weights is None or "weights" in inspect.signature(kind).parameters:
        return _called(kind, weights, options, where)
    return _loaded(_called(kind, None, options, where), weights, where)


def _loaded(module: Any, weights: dict[str, Tensor], where: str) -> Any:
    if not isinstance(module, nn.Module):
        raise UsageError(where, f"a {type(module).__name__} takes no weights.", "Name its class or factory.")
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise UsageError(where, f"the weights do not fit: {error}") from None
    return module
