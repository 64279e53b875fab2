"""Reads an ONNX model as data and refuses what would reach beyond its own bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simeval.errors import InputError, UsageError

__all__ = ["EXTRA", "LARGEST", "parse_model"]

LARGEST = 2 * 2**30  # bytes, the limit of the format
DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}  # built into onnxruntime
OUTSIDE = {"EPContext"}  # names a file
MOST_NODES = 200_000
EXTRA = "Install it: pip install 'simeval[onnx]'."
FIX = "Export it again: simeval.policy.export.save_onnx(module, path, spec)."


def parse_model(data: bytes, where: str) -> Any:
    """The model; every tensor of it lies in the file, every operator is built into onnxruntime.

    Raises:
        InputError: it is no model, or names files or operators from elsewhere.
        UsageError: the onnx package is not installed.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise UsageError(where, "needs the onnx package.", EXTRA) from error
    try:
        model = onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise InputError(where, f"is no ONNX model: {error}.", FIX) from error
    if not model.graph.node or not model.opset_import:
        raise InputError(where, "is no ONNX model, or an empty one.", FIX)
    own = {function.domain for function in model.functions}
    for entry in model.opset_import:
        _check_domain(entry.domain, own, where)
    graphs = [model.graph, *model.functions, *(t.initialization for t in model.training_info)]
    count = 0
    for graph in graphs:
        for node in _nodes(graph):
            count += 1
            _check_domain(node.domain, own, where)
            if node.op_type in OUTSIDE or count > MOST_NODES:
                raise InputError(where, f"operator {node.op_type[:60]!r} is not run.", FIX)
        for tensor in _tensors(graph):
            if tensor.data_location != tensor.DEFAULT or tensor.external_data:
                what = f"tensor {tensor.name[:60]!r} lies in another file, which is never opened."
                raise InputError(where, what, "Save it as one file: onnx.save(model, path).")
    return model


def _check_domain(domain: str, own: set[str], where: str) -> None:
    if domain not in DOMAINS and domain not in own:
        what = f"uses operators of {domain[:60]!r}, which are not built into onnxruntime."
        raise InputError(where, what, "Export it with operators of ai.onnx only.")


def _nodes(graph: Any) -> Iterator[Any]:
    """Every node, also of graphs inside attributes."""
    todo = [graph]
    while todo:
        for node in todo.pop().node:
            yield node
            for attribute in node.attribute:
                todo += [attribute.g, *attribute.graphs] if attribute.HasField("g") else attribute.graphs


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor: initializers and attributes, dense and sparse, of all graphs inside."""
    todo = [graph]
    while todo:
        one = todo.pop()
        yield from getattr(one, "initializer", ())
        yield from _dense(getattr(one, "sparse_initializer", ()))
        for attribute in (a for node in one.node for a in node.attribute):
            yield from (attribute.t, *attribute.tensors)
            yield from _dense((attribute.sparse_tensor, *attribute.sparse_tensors))
            todo += [attribute.g, *attribute.graphs] if attribute.HasField("g") else attribute.graphs
        for default in getattr(one, "attribute_proto", ()):
            yield from (default.t, *default.tensors)


def _dense(sparse: Any) -> Iterator[Any]:
    for tensor in sparse:
        yield from (tensor.values, tensor.indices)
