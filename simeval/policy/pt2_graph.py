"""Builds a module from the graph of an exported program, call by call, out of operators on a list.

torch's own loader looks functions up by name, evaluates size expressions and guards as Python, and
unpickles; nothing of that happens here. Guards on shapes are not checked again: the shapes of an
observation and of the memory are known, and only the number of rows varies.
"""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor, fx, nn

from simeval.errors import InputError
from simeval.policy.pt2_archive import FIX
from simeval.policy.pt2_ops import FUNCTIONS, Refused, resolve
from simeval.policy.pt2_schema import Graph, Node, Program, Value, only
from simeval.policy.pt2_values import read_value

__all__ = ["build"]

NO_GRAD = "torch.ops.higher_order.wrap_with_set_grad_enabled"
DEEPEST = 16  # graphs inside graphs


def build(program: Program, tensors: dict[str, Tensor], device: torch.device, where: str) -> fx.GraphModule:
    """A module that takes the user's inputs in order and returns a tuple.

    Raises:
        InputError: the program calls something that is not on the list, keeps state, or is damaged.
    """
    return Builder(tensors, device, where).module(program)


class Builder:
    """One graph under construction; names in it are ours, none comes from the file."""

    def __init__(self, tensors: dict[str, Tensor], device: torch.device, where: str) -> None:
        self.tensors, self.device, self.where = tensors, device, where
        self.root, self.graph, self.count = nn.Module(), fx.Graph(), 0
        self.kept: dict[fx.Node, set[fx.Node]] = {}  # weights and inputs that a result may be a view of

    def module(self, program: Program) -> fx.GraphModule:
        """The whole."""
        data, signature = program.graph_module.graph, program.graph_module.signature
        if len(data.inputs) != len(signature.input_specs):
            raise InputError(self.where, "its signature does not fit its graph.", FIX)
        known: dict[str, Any] = {}
        for given, spec in zip(data.inputs, signature.input_specs, strict=True):
            self._input(given, spec, known)
        for spec in signature.output_specs:
            self._check_output(spec)
        self.graph.output(tuple(self._calls(data, known, 0)))
        built = fx.GraphModule(self.root, self.graph)
        return built.eval().to(self.device)

    def _input(self, given: Value, spec: Value, known: dict[str, Any]) -> None:
        """A weight, or a placeholder for one of the user's inputs."""
        (kind, content), (_, about) = only(spec, self.where), only(given, self.where)
        if kind == "constant_input":
            name = content.get("name") if isinstance(content, dict) else None
            known[str(name)] = read_value(content["value"], known, self.device, self.where)
            return
        name = about.get("name") if isinstance(about, dict) else None
        if not isinstance(name, str) or name in known:
            raise InputError(self.where, "an input of its graph has no name of its own.", FIX)
        if kind == "user_input":
            known[name] = self._kept(self.graph.placeholder(self._name()))
        elif kind in ("parameter", "buffer", "tensor_constant"):
            of = content.get(f"{kind}_name") if isinstance(content, dict) else None
            if not isinstance(of, str) or of not in self.tensors:
                raise InputError(self.where, f"has no tensor for {of!r:.80}.", FIX)
            attribute = self._name()
            tensor = self.tensors[of]
            if isinstance(tensor, nn.Parameter):
                self.root.register_parameter(attribute, tensor)
            else:
                self.root.register_buffer(attribute, tensor)
            known[name] = self._kept(self.graph.get_attr(attribute))
        else:
            raise Refused(self.where, f"takes a {kind[:40]!r}, which may run code when loaded.", FIX)

    def _check_output(self, spec: Value) -> None:
        kind, _ = only(spec, self.where)
        if kind != "user_output":
            fix = "Pass what it remembers in as `memory` and return it after the action."
            raise InputError(self.where, f"keeps state in itself ({kind[:40]}).", fix)

    def _calls(self, data: Graph, known: dict[str, Any], depth: int) -> list[Any]:
        if depth > DEEPEST:
            raise InputError(self.where, "has graphs too deep inside one another.", FIX)
        for node in data.nodes:
            self._call(node, known, depth)
        return [read_value(output, known, self.device, self.where) for output in data.outputs]

    def _call(self, node: Node, known: dict[str, Any], depth: int) -> None:
        if node.target == NO_GRAD:
            return self._inline(node, known, depth)
        function = resolve(node.target, self.where)
        if function is None:
            return None
        given = [(a.name, read_value(a.arg, known, self.device, self.where)) for a in node.inputs]
        if node.target in FUNCTIONS:
            result = self.graph.create_node(
                "call_function", function, tuple(v for _, v in given), name=self._name()
            )
        else:
            args, kwargs = _placed(function, dict(given), self.where)
            result = self.graph.create_node("call_function", function, args, kwargs, name=self._name())
            self._check_in_place(function, dict(given), result)
        return self._results(node, result, known)

    def _inline(self, node: Node, known: dict[str, Any], depth: int) -> None:
        """A part under `torch.no_grad()`: its calls, as everything runs without gradients here."""
        values = [only(a.arg, self.where) for a in node.inputs]
        if len(values) < 2 or values[0][0] != "as_bool" or values[1][0] != "as_graph":
            raise InputError(self.where, f"{node.target} has unknown arguments.", FIX)
        inner = _graph_of(values[1][1], self.where)
        outer = [read_value(a.arg, known, self.device, self.where) for a in node.inputs[2:]]
        names = [_name_of(only(value, self.where)[1], self.where) for value in inner.inputs]
        if len(names) != len(outer):
            raise InputError(self.where, f"{node.target} has unknown arguments.", FIX)
        results = self._calls(inner, dict(zip(names, outer, strict=True)), depth + 1)
        if len(results) != len(node.outputs):
            raise InputError(self.where, f"{node.target} has unknown results.", FIX)
        for output, result in zip(node.outputs, results, strict=True):
            known[_name_of(only(output, self.where)[1], self.where)] = result

    def _results(self, node: Node, result: fx.Node, known: dict[str, Any]) -> None:
        """Names of one result, of the parts of a tuple, or of the items of a list."""
        outputs = [only(output, self.where) for output in node.outputs]
        if len(outputs) == 1 and outputs[0][0] not in ("as_tensors", "as_none"):
            known[_name_of(outputs[0][1], self.where)] = result
            return
        names: list[Any] = []
        for kind, content in outputs:
            parts = content if kind == "as_tensors" and isinstance(content, list) else [content]
            names += [None if kind == "as_none" else _name_of(part, self.where) for part in parts]
        for place, name in enumerate(names):
            if name is not None:
                part = self.graph.create_node(
                    "call_function", operator.getitem, (result, place), name=self._name()
                )
                self.kept[part] = self.kept.get(result, set())
                known[name] = part

    def _check_in_place(self, function: Any, given: dict[str, Any], result: fx.Node) -> None:
        """Refuses to write into a weight or an input, which would be memory that nobody can see."""
        roots: set[fx.Node] = set()
        for argument in function._schema.arguments:
            about = argument.alias_info
            if about is None:
                continue
            of = set().union(*(self.kept.get(n, set()) for n in _nodes(given.get(argument.name))))
            if about.is_write and of:
                fix = "Pass what it remembers in as `memory` and return it after the action."
                raise InputError(self.where, f"{function} changes a weight or an input in place.", fix)
            roots |= of
        self.kept[result] = roots

    def _kept(self, node: fx.Node) -> fx.Node:
        self.kept[node] = {node}
        return node

    def _name(self) -> str:
        self.count += 1
        return f"v{self.count}"


def _placed(function: Any, given: dict[str, Any], where: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments by place as long as none is left out, the others by name."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    gap = False
    for argument in function._schema.arguments:
        if argument.name not in given:
            gap = True
        elif argument.kwarg_only or gap:
            kwargs[argument.name] = given[argument.name]
        else:
            args.append(given[argument.name])
    if len(args) + len(kwargs) != len(given):
        raise Refused(where, f"{function} is given arguments that it does not have.", FIX)
    return tuple(args), kwargs


def _graph_of(content: Any, where: str) -> Graph:
    import msgspec

    try:
        return msgspec.convert(content["graph"], Graph)
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise InputError(where, f"a graph inside its graph cannot be read: {error}.", FIX) from error


def _name_of(content: Any, where: str) -> str:
    name = content.get("name", content.get("as_name")) if isinstance(content, dict) else None
    if not isinstance(name, str):
        raise InputError(where, "a result has no name.", FIX)
    return name


def _nodes(value: Any) -> list[fx.Node]:
    if isinstance(value, fx.Node):
        return [value]
    return [n for n in value if isinstance(n, fx.Node)] if isinstance(value, list) else []
