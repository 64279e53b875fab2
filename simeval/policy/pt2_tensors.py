"""Weights and constants of an exported program, from the raw bytes beside it."""

from __future__ import annotations

import math
import re

import msgspec
import torch
from torch import Tensor

from simeval.errors import InputError
from simeval.policy.pt2_archive import FIX
from simeval.policy.pt2_schema import DTYPES, Payload, Payloads, TensorMeta, Value

__all__ = ["batch_symbol", "tensors_of"]

NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
GROUPS = {"weights": "weight", "constants": "tensor"}


def tensors_of(records: dict[str, bytes], where: str) -> dict[str, Tensor]:
    """Every weight, buffer and constant by its name in the module.

    Raises:
        InputError: one is pickled, is no tensor, or does not lie in its bytes.
    """
    found: dict[str, Tensor] = {}
    raw: dict[str, Tensor] = {}  # weights that share memory in the module go on sharing it
    for group in GROUPS:
        for name, payload in _payloads(records, group, where).items():
            found[name] = _tensor(records, raw, f"data/{group}/{payload.path_name}", payload, where)
    return found


def _payloads(records: dict[str, bytes], group: str, where: str) -> dict[str, Payload]:
    names = [n for n in records if n.startswith(f"data/{group}/") and n.endswith("_config.json")]
    if len(names) != 1:
        what = f"its {group} are of an older format, which torch unpickles."
        raise InputError(where, what, FIX)
    try:
        return msgspec.json.decode(records[names[0]], type=Payloads).config
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"{where}: {names[0]}", f"cannot be read: {error}.", FIX) from error


def _tensor(
    records: dict[str, bytes], raw: dict[str, Tensor], record: str, payload: Payload, where: str
) -> Tensor:
    meta = payload.tensor_meta
    if payload.use_pickle or meta is None or not NAME.fullmatch(payload.path_name):
        raise InputError(where, f"{payload.path_name[:80]!r} is a pickled object, not a plain tensor.", FIX)
    if record not in records:
        raise InputError(where, f"has no {record}.", FIX)
    if meta.dtype not in DTYPES:
        raise InputError(where, f"{record} is of a dtype (number {meta.dtype}) that is not read.", FIX)
    dtype, data = DTYPES[meta.dtype], records[record]
    sizes, strides, offset = (
        _ints(meta.sizes, where),
        _ints(meta.strides, where),
        _ints([meta.storage_offset], where)[0],
    )
    if len(sizes) != len(strides):
        raise InputError(where, f"{record} has {len(sizes)} sizes and {len(strides)} strides.", FIX)
    if math.prod(sizes) == 0:
        return torch.zeros(sizes, dtype=dtype)
    last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    if len(data) % dtype.itemsize or last >= len(data) // dtype.itemsize:
        raise InputError(where, f"{record} holds {len(data)} bytes, too few for shape {sizes}.", FIX)
    if record not in raw:
        raw[record] = torch.frombuffer(bytearray(data), dtype=dtype).clone()  # aligned as torch does
    if raw[record].dtype != dtype:
        raise InputError(where, f"{record} is used with two dtypes.", FIX)
    tensor = raw[record].as_strided(sizes, strides, offset)
    if not payload.is_param:
        return tensor
    # torch picks a kernel for a product also by whether a weight could have a gradient
    return torch.nn.Parameter(tensor, meta.requires_grad and dtype.is_floating_point)


def _ints(values: list[Value], where: str) -> list[int]:
    numbers = [value.get("as_int") for value in values]
    if not all(type(n) is int and 0 <= n < 2**40 for n in numbers) or len(numbers) > 16:
        raise InputError(where, "a weight has no plain shape.", FIX)
    return [int(n) for n in numbers if n is not None]


def batch_symbol(meta: TensorMeta) -> str:
    """Name of the symbol that axis 0 is; empty if its size is fixed or it has no axis."""
    expression = meta.sizes[0].get("as_expr") if meta.sizes else None
    text = expression.get("expr_str", "") if isinstance(expression, dict) else ""
    found = re.search(r"\b[su]\d+\b", text) if isinstance(text, str) else None
    return found[0] if found else ""
