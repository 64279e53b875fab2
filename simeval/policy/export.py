"""Writes a torch module as a file that drives by itself, with its `PolicySpec` inside.

`forward` names the observation tensors that it takes; memory is called `memory` or `memory_…`. It
returns the action, or a tuple of the action and the new memories in the order of the parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from simeval.errors import UsageError
from simeval.policy.file_facts import KEY, Facts, MemoryShape, write_facts
from simeval.policy.graph_policy import is_memory
from simeval.policy.observation import Observation
from simeval.policy.onnx_check import EXTRA
from simeval.policy.quiet import quiet
from simeval.policy.spec import PolicySpec

__all__ = ["save_onnx", "save_pt2", "save_torchscript"]

ROWS = 3  # of the examples; neither 0 nor 1, which the exporter would take for fixed


def save_pt2(
    module: nn.Module, path: str | Path, spec: PolicySpec | None = None, *, memory: Any = None
) -> Path:
    """Writes a `.pt2`.

    Args:
        memory: what `forward` gets as memory, for any number of rows: a tensor, or tensors by name.

    Raises:
        UsageError: a parameter of `forward` is neither an observation tensor nor memory.
    """
    facts, examples = _examples(module, spec, memory, path)
    rows = torch.export.Dim("rows")
    with _evaluating(module):
        program = torch.export.export(
            module, (), kwargs=examples, dynamic_shapes={name: {0: rows} for name in examples}
        )
        torch.export.save(program, str(path), extra_files={KEY: write_facts(facts)})
    return Path(path)


def save_onnx(
    module: nn.Module, path: str | Path, spec: PolicySpec | None = None, *, memory: Any = None
) -> Path:
    """Writes an ONNX file; arguments as for `save_pt2`.

    Raises:
        UsageError: as for `save_pt2`, or the extra `onnx` is not installed.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401  the exporter needs it
    except ImportError as error:
        raise UsageError("save_onnx", "needs the onnx packages.", EXTRA) from error
    facts, examples = _examples(module, spec, memory, path)
    rows = torch.export.Dim("rows")
    kept = [name for name in examples if is_memory(name)]
    with _evaluating(module):
        program = torch.onnx.export(
            module, (), kwargs=examples, dynamic_shapes={name: {0: rows} for name in examples},
            output_names=["action", *(f"next_{name}" for name in kept)], dynamo=True, verbose=False,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    model.metadata_props.add(key=KEY, value=write_facts(facts))
    onnx.save(model, str(path))
    return Path(path)


def save_torchscript(
    module: nn.Module, path: str | Path, spec: PolicySpec | None = None, *, memory: Any = None
) -> Path:
    """Writes TorchScript by scripting the module; arguments as for `save_pt2`.

    Loading it needs `--trust-policy-code`; a `.pt2` does not.

    Raises:
        UsageError: as for `save_pt2`.
    """
    facts, _ = _examples(module, spec, memory, path)
    with _evaluating(module):
        torch.jit.save(torch.jit.script(module), str(path), _extra_files={KEY: write_facts(facts)})
    return Path(path)


def _examples(
    module: nn.Module, spec: PolicySpec | None, memory: Any, path: str | Path
) -> tuple[Facts, dict[str, Tensor]]:
    """An example of every input by its name, in the order of `forward`."""
    spec = spec or getattr(module, "spec", None) or PolicySpec()
    named = _named(memory)
    tensors = Observation.zeros(spec.observation, ROWS).tensors()
    tensors["active"] = torch.ones_like(tensors["active"])
    examples = {}
    for name in inspect.signature(module.forward).parameters:
        if name in named:
            examples[name] = named[name].new_zeros((ROWS, *named[name].shape[1:]))
        elif name in tensors:
            examples[name] = tensors[name]
        else:
            fix = f"Name it after an observation tensor ({', '.join(tensors)}), or give it as memory."
            raise UsageError(str(path), f"forward() takes {name!r}, which is none.", fix)
    if lacking := [name for name in named if name not in examples]:
        raise UsageError(str(path), f"forward() does not take the memory {lacking[0]!r}.")
    shapes = {
        name: MemoryShape(shape=list(tensor.shape[1:]), dtype=str(tensor.dtype).removeprefix("torch."))
        for name, tensor in named.items()
    }
    return Facts(spec=spec, memory=shapes), examples


def _named(memory: Any) -> dict[str, Tensor]:
    if memory is None:
        return {}
    named = (
        {"memory": memory}
        if isinstance(memory, Tensor)
        else dict(memory)
        if isinstance(memory, Mapping)
        else {}
    )
    for name, tensor in named.items():
        if not is_memory(name) or not isinstance(tensor, Tensor) or tensor.ndim < 1:
            raise UsageError(
                "memory", f"{name!r} must be called memory or memory_…, and be a tensor with a row axis."
            )
    if not named:
        raise UsageError("memory", f"a {type(memory).__name__} is neither a tensor nor tensors by name.")
    return named


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """The module in evaluation mode and back, and the exporters quiet."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with quiet(), torch.no_grad():
            yield
    finally:
        for part, mode in modes.items():
            part.training = mode
