"""Weights from a safetensors file, after a check of its header that trusts nothing in it.

The format: 8 bytes little-endian length of the header, the header as JSON, the bytes of the tensors.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from torch import Tensor

from simeval.errors import InputError
from simeval.policy.file_bytes import read_regular

__all__ = ["check_header", "load_weights"]

BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
LONGEST_HEADER = 100_000_000  # bytes, the format's own limit
MOST_TENSORS = 100_000
FIX = "Write it again with safetensors.torch.save_file."


def load_weights(path: Path) -> dict[str, Tensor]:
    """Every tensor by its name, on the CPU.

    Raises:
        InputError: the file is not what the format says.
    """
    import safetensors.torch
    from safetensors import SafetensorError

    data = read_regular(path)
    check_header(data, str(path))
    try:
        return dict(safetensors.torch.load(data))
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(str(path), f"is no safetensors file: {error}.", FIX) from error


def check_header(data: bytes, where: str) -> None:
    """Whether every tensor is of a known dtype and lies, as large as it says, where it says.

    Raises:
        InputError: it does not.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(LONGEST_HEADER, len(data) - 8):
        what = f"is no safetensors file: a header of {length} bytes in a file of {len(data)}."
        raise InputError(where, what, FIX)
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"the header is no JSON: {error}.", FIX) from error
    if not isinstance(header, dict) or len(header) > MOST_TENSORS:
        raise InputError(where, f"the header must be an object of at most {MOST_TENSORS} tensors.", FIX)
    _check_metadata(header.pop("__metadata__", {}), where)
    spans = sorted(_span(name, entry, where) for name, entry in header.items())
    _check_spans(spans, len(data) - 8 - length, where)


def _check_metadata(metadata: Any, where: str) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise InputError(where, "__metadata__ must hold text by name.", FIX)


def _span(name: str, entry: Any, where: str) -> tuple[int, int, str]:
    """First and last byte of a tensor, which must fit its dtype and shape."""

    def wrong(what: str) -> InputError:
        return InputError(where, f"tensor {name!r:.80}: {what}", FIX)

    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise wrong("must have dtype, shape and data_offsets, and nothing else.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BYTES:
        raise wrong(f"dtype {dtype!r:.40} is not one of {', '.join(BYTES)}.")
    if not _are_counts(shape) or len(shape) > 16:
        raise wrong(f"shape {shape!r:.80} must be up to 16 counts.")
    if not _are_counts(offsets) or len(offsets) != 2:
        raise wrong(f"data_offsets {offsets!r:.80} must be two places.")
    if offsets[1] - offsets[0] != math.prod(shape) * BYTES[dtype]:
        raise wrong(f"{offsets[1] - offsets[0]} bytes do not hold shape {shape} of {dtype}.")
    return offsets[0], offsets[1], name


def _check_spans(spans: list[tuple[int, int, str]], size: int, where: str) -> None:
    end = 0
    for first, last, name in spans:
        if first != end:
            raise InputError(where, f"tensor {name!r:.80} overlaps another or leaves a hole.", FIX)
        end = last
    if end != size:
        raise InputError(where, f"the tensors take {end} bytes, the file has {size} for them.", FIX)


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 2**63 for v in values)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
