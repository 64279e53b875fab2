"""Policies from `.pt2` files, as torch.export.save writes them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from simeval.errors import InputError
from simeval.policy.file_bytes import read_regular
from simeval.policy.file_facts import KEY, read_facts
from simeval.policy.graph_policy import GraphPolicy, Port, check_ports, is_memory
from simeval.policy.protocol import Policy
from simeval.policy.pt2_archive import FIX, read_archive
from simeval.policy.pt2_graph import build
from simeval.policy.pt2_schema import DTYPES, Program, TensorMeta, Value, decode, only
from simeval.policy.pt2_tensors import batch_symbol, tensors_of
from simeval.policy.quiet import quiet
from simeval.policy.runtime import Runtime
from simeval.policy.spec import PolicySpec

__all__ = ["load_pt2"]


def load_pt2(path: Path, runtime: Runtime, *, trust: bool) -> tuple[Policy, tuple[str, ...]]:
    """The policy in a file, built from operators on a list; with `trust`, by torch where that fails.

    Raises:
        InputError: damaged, not for any number of rows, or with code in it and no `trust`.
    """
    where, data = str(path), read_regular(path)
    records = read_archive(data, where)
    _check_records(records, where)
    program = decode(records, where)
    facts, notes = read_facts(records.get(f"extra/{KEY}"), where)
    ports, most_rows = _ports(program, where), _most_rows(program)
    check_ports(ports, facts.spec, where)
    _check_outputs(program, facts.spec, ports, where)
    if runtime.dtype != "float32":
        notes += (f"{where}: --dtype {runtime.dtype} has no effect, a graph computes in its own types",)
    try:
        module: Any = build(program, tensors_of(records, where), runtime.torch_device, where)
    except InputError:
        if not trust:
            raise
        module = _by_torch(data, runtime.torch_device, where)
        notes += (f"{where}: loaded by torch.export.load, which may run what the file holds",)
    if runtime.compile:
        from simeval.policy.modules import compile_module

        compile_module(module)

    def run(given: list[Tensor]) -> Any:
        return module(*given)

    return GraphPolicy(run, facts.spec, ports, most_rows=most_rows, module=module), notes


def _check_records(records: dict[str, bytes], where: str) -> None:
    """Compiled code and pickled objects are named before anything else is looked at."""
    for name in records:
        if name.startswith("data/aotinductor/") or name.endswith((".so", ".cpp", ".dll", ".o", ".cubin")):
            fix = "Export it uncompiled; --compile compiles it here."
            raise InputError(where, f"holds compiled code ({name[:80]}), which is never loaded.", fix)


def _ports(program: Program, where: str) -> tuple[Port, ...]:
    """The user's inputs in the graph's order.

    Raises:
        InputError: one is no tensor, or has a fixed number of rows.
    """
    graph, found = program.graph_module.graph, []
    for given, spec in zip(graph.inputs, program.graph_module.signature.input_specs, strict=False):
        if only(spec, where)[0] != "user_input":
            continue
        kind, about = only(given, where)
        name = str(about.get("name")) if isinstance(about, dict) else ""
        if kind != "as_tensor" or name not in graph.tensor_values:
            raise InputError(where, f"an input is no tensor ({kind[:40]}).", FIX)
        found.append(_port(name, graph.tensor_values[name], where))
    if not found:
        raise InputError(where, "takes no input.", FIX)
    return tuple(found)


def _port(name: str, meta: TensorMeta, where: str) -> Port:
    if not batch_symbol(meta):
        shapes = f"dynamic_shapes={{'{name}': {{0: torch.export.Dim('rows')}}, …}}"
        fix = f"Export it with simeval.policy.export.save_pt2, or torch.export.export(…, {shapes})."
        raise InputError(where, f"its input {name} has a fixed number of rows.", fix)
    sizes = [size.get("as_int") for size in meta.sizes[1:]]
    if not all(type(size) is int and size >= 0 for size in sizes) or meta.dtype not in DTYPES:
        raise InputError(where, f"only the rows of its input {name} may vary.", FIX)
    return Port(name=name, shape=tuple(s for s in sizes if s is not None), dtype=DTYPES[meta.dtype])


def _most_rows(program: Program) -> int | None:
    """The largest number of rows that the file allows."""
    graph = program.graph_module.graph
    symbols = {batch_symbol(meta) for meta in graph.tensor_values.values()}
    limits = [r.max_val for name, r in program.range_constraints.items() if name in symbols]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def _check_outputs(program: Program, spec: PolicySpec, ports: tuple[Port, ...], where: str) -> None:
    """The action first, of the declared form; then the memories, of the shapes that come in."""
    shapes = [_shape(program, output, where) for output in program.graph_module.graph.outputs]
    memories = [port.shape for port in ports if is_memory(port.name)]
    actions = [shape[1:] for shape in spec.action_shapes(1)]
    if not shapes or shapes[0] not in actions:
        got = f"[rows, {', '.join(map(str, shapes[0]))}]" if shapes else "nothing"
        wanted = " or ".join(f"[rows, {', '.join(map(str, shape))}]" for shape in actions)
        what = f"returns {got} first, expected an action of {wanted} for {spec.action}."
        raise InputError(where, what, "Say what it returns: save_pt2(module, path, PolicySpec(action=…)).")
    if shapes[1:] != memories:
        what = f"takes memories of shapes {memories} and returns {shapes[1:]} after the action."
        raise InputError(where, what, "Return each memory, in the order of the inputs.")


def _shape(program: Program, output: Value, where: str) -> tuple[int, ...]:
    kind, about = only(output, where)
    name = str(about.get("name")) if isinstance(about, dict) else ""
    meta = program.graph_module.graph.tensor_values.get(name)
    if kind != "as_tensor" or meta is None:
        raise InputError(where, f"an output is no tensor ({kind[:40]}).", FIX)
    sizes = [size.get("as_int") for size in meta.sizes[1:]]
    return tuple(size if type(size) is int else -1 for size in sizes)


def _by_torch(data: bytes, device: torch.device, where: str) -> Any:
    """The module as torch loads it; this may run what the file holds."""
    try:
        with quiet():
            loaded = torch.export.load(io.BytesIO(data))
            if device.type != "cpu":
                from torch.export.passes import move_to_device_pass

                loaded = move_to_device_pass(loaded, device)
            module, layout = loaded.module(), loaded.call_spec.in_spec
    except Exception as error:
        raise InputError(where, f"torch cannot load it: {error}.", FIX) from error

    def call(*given: Tensor) -> Any:
        from torch.utils._pytree import tree_unflatten

        args, kwargs = tree_unflatten(list(given), layout)
        return module(*args, **kwargs)

    return call
