"""Memory of a policy: a tree of tensors with one entry a row, repeated, reordered and copied here.

A tree is None, a tensor whose axis 0 is the row, or a tuple, list, dict or dataclass of trees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

__all__ = ["Memory", "find_wrong", "map_tensors", "put", "take"]

Memory: TypeAlias = Any


def map_tensors(memory: Memory, change: Callable[[Tensor], Tensor]) -> Memory:
    """The same tree with every tensor changed.

    Raises:
        TypeError: something in it is neither a tensor nor one of the containers.
    """
    if memory is None:
        return None
    if isinstance(memory, Tensor):
        return change(memory)
    if isinstance(memory, dict):
        return type(memory)((key, map_tensors(value, change)) for key, value in memory.items())
    if isinstance(memory, tuple) and hasattr(memory, "_fields"):
        return type(memory)(*(map_tensors(value, change) for value in memory))
    if isinstance(memory, (tuple, list)):
        return type(memory)(map_tensors(value, change) for value in memory)
    if is_dataclass(memory) and not isinstance(memory, type):
        values = {f.name: map_tensors(getattr(memory, f.name), change) for f in fields(memory)}
        return type(memory)(**values)
    raise TypeError(f"a {type(memory).__name__} is not a tensor, tuple, list, dict or dataclass")


def take(memory: Memory, rows: Tensor) -> Memory:
    """Memory of the given rows, in that order, as a copy; a row may come more than once."""
    return map_tensors(memory, lambda tensor: tensor.index_select(0, rows.to(tensor.device)))


def put(memory: Memory, row: int, one: Memory) -> Memory:
    """A copy of `memory` in which a row holds the only row of `one`."""
    kept = iter(_tensors(one))

    def replace(tensor: Tensor) -> Tensor:
        copy = tensor.clone()
        copy[row] = next(kept)[0]
        return copy

    return map_tensors(memory, replace)


def find_wrong(memory: Memory, num_rows: int) -> str:
    """What is wrong with a memory of so many rows, in words; empty if nothing is."""
    try:
        tensors = _tensors(memory)
    except TypeError as error:
        return f"{error}; a policy that keeps something else offers take(memory, rows)"
    for tensor in tensors:
        if tensor.ndim == 0 or tensor.shape[0] != num_rows:
            return f"a tensor of shape {tuple(tensor.shape)}: axis 0 must be the row, {num_rows} of them"
    return ""


def _tensors(memory: Memory) -> list[Tensor]:
    found: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    with torch.inference_mode():
        map_tensors(memory, keep)
    return found
