"""Arguments of operators, as a file writes them: numbers, dtypes, lists and names of earlier results."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from simeval.policy.pt2_archive import FIX
from simeval.policy.pt2_ops import Refused
from simeval.policy.pt2_schema import DTYPES, Value, only

__all__ = ["read_value"]

LAYOUT_STRIDED = 7
FORMATS = {
    1: torch.contiguous_format, 2: torch.channels_last, 3: torch.channels_last_3d, 4: torch.preserve_format,
}  # fmt: skip
FLOATS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def read_value(value: Value, known: dict[str, Any], device: torch.device, where: str) -> Any:
    """A plain value, or the earlier result that it names.

    Raises:
        InputError: a type that is not read (a graph, a custom object, an operator), or an unknown name.
    """
    kind, content = only(value, where)
    if kind == "as_none":
        return None
    if kind == "as_device":
        return device  # of this run, not of the export
    if kind in PLAIN:
        return _plain(kind, content, where)
    if kind in NAMED:
        return _named(content, known, where)
    item = LISTS.get(kind)
    if item is None or not isinstance(content, list):
        raise Refused(where, f"an argument of type {kind[:40]!r} is not read.", FIX)
    return [item(one, known, where) for one in content]


def _plain(kind: str, content: Any, where: str) -> Any:
    wanted, convert = PLAIN[kind]
    if type(content) not in wanted:
        raise Refused(where, f"{kind} holds a {type(content).__name__}.", FIX)
    try:
        return convert(content)
    except (KeyError, ValueError) as error:
        raise Refused(where, f"{kind} {content!r:.40} is not read.", FIX) from error


def _named(content: Any, known: dict[str, Any], where: str) -> Any:
    """The result of that name; sizes may also be written as numbers."""
    if isinstance(content, dict):
        name = content.get("name", content.get("as_name"))
        if isinstance(name, str) and name in known:
            return known[name]
        number = content.get("as_int", content.get("as_float", content.get("as_bool")))
        if type(number) in (int, float, bool):
            return number
    raise Refused(where, f"{content!r:.60} names nothing that was computed before.", FIX)


def _optional(content: Any, known: dict[str, Any], where: str) -> Any:
    kind, inner = only(content, where) if isinstance(content, dict) else ("", None)
    return None if kind == "as_none" else _named(inner, known, where)


def _number(*types: type) -> Callable[[Any, dict[str, Any], str], Any]:
    def read(content: Any, known: dict[str, Any], where: str) -> Any:
        if type(content) not in types:
            raise Refused(where, f"a list holds {content!r:.40}.", FIX)
        return content

    return read


def _float_item(content: Any, known: dict[str, Any], where: str) -> float:
    return float(_plain("as_float", content, where))


def _float(content: Any) -> float:
    return FLOATS[content] if isinstance(content, str) else float(content)


def _strided(content: int) -> torch.layout:
    if content != LAYOUT_STRIDED:
        raise ValueError(content)
    return torch.strided


PLAIN: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "as_int": ((int,), int),
    "as_bool": ((bool,), bool),
    "as_float": ((float, int, str), _float),
    "as_string": ((str,), str),
    "as_scalar_type": ((int,), DTYPES.__getitem__),
    "as_memory_format": ((int,), FORMATS.__getitem__),
    "as_layout": ((int,), _strided),
}
NAMED = {"as_tensor", "as_sym_int", "as_sym_float", "as_sym_bool"}
LISTS: dict[str, Callable[[Any, dict[str, Any], str], Any]] = {
    "as_ints": _number(int),
    "as_bools": _number(bool),
    "as_floats": _float_item,
    "as_tensors": _named,
    "as_sym_ints": _named,
    "as_sym_floats": _named,
    "as_sym_bools": _named,
    "as_optional_tensors": _optional,
}
