"""Building blocks of validation: each reports the first offender of a rule and how many more there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from simeval.arrays import Array
from simeval.scenario.polylines import Polylines

__all__ = ["LIMIT_M", "array_problems", "first_of", "id_problems", "line_problems"]

LIMIT_M = 100_000.0  # farther from the local origin a coordinate is nonsense
ALLOWED_ID = re.compile(r"[A-Za-z0-9_.\-/\[\],]{1,200}")


def array_problems(where: str, array: object, dtype: str, shape: tuple[int | None, ...]) -> Iterator[str]:
    """Type and shape of one array; None stands for any length. Numbers must be finite."""
    if not isinstance(array, np.ndarray):
        yield f"{where}: expected an array, got {type(array).__name__}"
    elif array.dtype != np.dtype(dtype):
        yield f"{where}: expected {dtype} numbers, got {array.dtype}"
    elif len(array.shape) != len(shape) or any(
        n is not None and n != m for n, m in zip(shape, array.shape, strict=True)
    ):
        wanted = "[" + ", ".join("n" if n is None else str(n) for n in shape) + "]"
        yield f"{where}: expected the shape {wanted}, got {list(array.shape)}"
    elif dtype == "float64" and not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))[0].tolist()
        yield f"{where}{at}: {array[tuple(at)]} is not a finite number"


def first_of(bad: Array) -> tuple[tuple[int, ...], str]:
    """Index of the first True and a note about the others."""
    at = np.argwhere(bad)
    more = f" (and {len(at) - 1} more)" if len(at) > 1 else ""
    return tuple(int(i) for i in at[0]), more


def id_problems(where: str, ids: Sequence[str]) -> Iterator[str]:
    """Characters, length and uniqueness of ids."""
    seen: dict[str, int] = {}
    for i, name in enumerate(ids):
        if not isinstance(name, str) or not ALLOWED_ID.fullmatch(name):
            shown = str(name)[:60]
            yield f"{where}[{i}]: the id {shown!r} may hold only A-Z a-z 0-9 _ . - / [ ] , (1 to 200)"
            return
        if name in seen:
            yield f"{where}[{i}]: the id {name!r} is already that of {where}[{seen[name]}]"
            return
        seen[name] = i


def line_problems(
    where: str, lines: Polylines, count: int, least: int | Array, *, may_be_empty: bool = False
) -> Iterator[str]:
    """Offsets, number of lines, points of each line, and that coordinates are within the limit."""
    yield from array_problems(f"{where}.offsets", lines.offsets, "int64", (count + 1,))
    yield from array_problems(f"{where}.xy", lines.xy, "float64", (None, 2))
    if not isinstance(lines.offsets, np.ndarray) or lines.offsets.shape != (count + 1,):
        return
    steps = np.diff(lines.offsets)
    if lines.offsets[0] != 0 or lines.offsets[-1] != len(lines.xy) or (steps < 0).any():
        yield f"{where}.offsets: must rise from 0 to the number of points"
        return
    short = steps < least
    if may_be_empty:
        short &= steps > 0
    if short.any():
        (i,), more = first_of(short)
        wanted = int(np.broadcast_to(least, steps.shape)[i])
        yield f"{where}[{i}]: needs at least {wanted} points, has {steps[i]}{more}"
    far = np.abs(lines.xy) > LIMIT_M
    if far.any():
        (k, _), more = first_of(far)
        i = int(np.searchsorted(lines.offsets, k, side="right")) - 1
        yield f"{where}[{i}]: a point lies more than {LIMIT_M / 1000:g} km from the origin{more}"
