"""The parts of an exported program that are read: plain values, of the types given here.

A value of an argument is an object with one key that says its type, such as {"as_int": 3}.
Source: torch/_export/serde/schema.py of PyTorch 2.10 to 2.13, schema version 8.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
import torch

from simeval.errors import InputError
from simeval.policy.pt2_archive import FIX

__all__ = ["DTYPES", "Graph", "Node", "Payloads", "Program", "TensorMeta", "Value", "decode", "only"]

SCHEMA = 8
MOST_NODES = 200_000

DTYPES: dict[int, torch.dtype] = {
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16,
    7: torch.float32, 8: torch.float64, 12: torch.bool, 13: torch.bfloat16,
}  # fmt: skip
"""Number of a dtype in a file; complex and the 8-bit floats are not read."""

Value: TypeAlias = dict[str, Any]


class TensorMeta(msgspec.Struct, frozen=True):
    """Dtype and shape; a size is {"as_int": 3} or {"as_expr": {"expr_str": "s0"}}."""

    dtype: int
    sizes: list[Value]
    strides: list[Value]
    storage_offset: Value
    requires_grad: bool = False


class NamedValue(msgspec.Struct, frozen=True):
    """An argument of an operator."""

    name: str
    arg: Value


class Node(msgspec.Struct, frozen=True):
    """One call of an operator."""

    target: str
    inputs: list[NamedValue]
    outputs: list[Value]


class Graph(msgspec.Struct, frozen=True):
    """Calls in order, with the shapes of all tensors."""

    inputs: list[Value]
    outputs: list[Value]
    nodes: list[Node]
    tensor_values: dict[str, TensorMeta]


class Signature(msgspec.Struct, frozen=True):
    """What each input and output of the graph is for."""

    input_specs: list[Value]
    output_specs: list[Value]


class GraphModule(msgspec.Struct, frozen=True):
    """Graph and signature."""

    graph: Graph
    signature: Signature


class Version(msgspec.Struct, frozen=True):
    """Of the schema."""

    major: int
    minor: int


class Range(msgspec.Struct, frozen=True):
    """Of a symbolic size."""

    min_val: int | None
    max_val: int | None


class Program(msgspec.Struct, frozen=True):
    """An exported program."""

    graph_module: GraphModule
    schema_version: Version
    range_constraints: dict[str, Range]


class Payload(msgspec.Struct, frozen=True):
    """Where a weight lies."""

    path_name: str
    is_param: bool
    use_pickle: bool
    tensor_meta: TensorMeta | None


class Payloads(msgspec.Struct, frozen=True):
    """Every weight by its name in the module."""

    config: dict[str, Payload]


def decode(records: dict[str, bytes], where: str) -> Program:
    """The program of an archive, which must hold one.

    Raises:
        InputError: none, several, or not of this schema.
    """
    names = [name for name in records if name.startswith("models/")]
    if len(names) != 1:
        raise InputError(where, f"holds {len(names)} exported programs, expected one.", FIX)
    try:
        program = msgspec.json.decode(records[names[0]], type=Program)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"{where}: {names[0]}", f"cannot be read: {error}.", FIX) from error
    if program.schema_version.major != SCHEMA:
        what = f"its schema is {program.schema_version.major}.x, {SCHEMA}.x is read."
        raise InputError(where, what, f"Export it with torch {torch.__version__.split('+')[0]}.")
    if len(program.graph_module.graph.nodes) > MOST_NODES:
        raise InputError(where, f"has more than {MOST_NODES} operations.")
    return program


def only(value: Value, where: str) -> tuple[str, Any]:
    """The key and the content of an object that must have one key.

    Raises:
        InputError: it has not.
    """
    if len(value) != 1:
        raise InputError(where, f"a value with {len(value)} types.", FIX)
    return next(iter(value.items()))
