"""Reads plain TOML values into msgspec Structs and says exactly which key is wrong."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from simeval.authoring.where import Where, listed
from simeval.errors import nearest

__all__ = ["decode", "refuse_nonfinite"]

T = TypeVar("T")


def decode(value: object, wanted: type[T], where: Where) -> T:
    """`value` as `wanted` (a Struct, a tuple of Structs, or anything msgspec converts).

    Raises:
        InputError: an unknown or missing key, a value of the wrong type or out of bounds.
    """
    return typing.cast("T", _decode(value, wanted, where))


def refuse_nonfinite(value: object, where: Where) -> None:
    """TOML knows `nan` and `inf`; a scenario has no use for them.

    Raises:
        InputError: naming the first key that holds one.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            refuse_nonfinite(item, where / key)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            refuse_nonfinite(item, where / i)
    elif isinstance(value, float) and not math.isfinite(value):
        raise where.error(f"expected a finite number, got {value}.", "Write a number.")


def _decode(value: object, wanted: Any, where: Where) -> object:
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        inner = [t for t in typing.get_args(wanted) if t is not type(None)]
        if len(inner) == 1:  # TOML has no null: an optional key is there or not
            return _decode(value, inner[0], where)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _struct(value, wanted, where)
    item = _item_type(wanted)
    if item is not None and isinstance(value, list):
        return tuple(_decode(v, item, where / i) for i, v in enumerate(value))
    return _leaf(value, wanted, where)


def _item_type(wanted: Any) -> Any:
    """The T of `tuple[T, ...]`; None for anything else."""
    args = typing.get_args(wanted)
    return args[0] if typing.get_origin(wanted) is tuple and args[-1] is Ellipsis else None


def _struct(value: object, wanted: type[msgspec.Struct], where: Where) -> msgspec.Struct:
    if not isinstance(value, dict):
        names = [f.encode_name for f in msgspec.structs.fields(wanted)]
        raise where.error(f"expected a table, got {_said(value)}.", f"Write a table with {', '.join(names)}.")
    fields = {f.encode_name: f for f in msgspec.structs.fields(wanted)}
    for key in value:
        if key not in fields:
            raise (where / key).error("unknown key.", nearest(key, fields) + listed(fields))
    for key, field in fields.items():
        if field.required and key not in value:
            raise where.error(f"key {key!r} is missing.", f"Add {key} = ... .")
    given = {fields[k].name: _decode(v, fields[k].type, where / k) for k, v in value.items()}
    return wanted(**given)


def _leaf(value: object, wanted: Any, where: Where) -> object:
    plain = typing.get_args(wanted)[0] if typing.get_origin(wanted) is typing.Annotated else wanted
    if plain is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # a parameter is a float also where a count is meant
    if typing.get_origin(plain) is typing.Literal and value not in typing.get_args(plain):
        raise where.error(f"expected one of {_choices(plain)}, got {_said(value)}.", "Write one of these.")
    try:
        return msgspec.convert(value, wanted, strict=True)
    except msgspec.ValidationError as error:
        said = str(error).split(" - at ")[0].replace("`", "").split(", got ")[0]
        words = said.replace("Expected", "expected").replace("array", "list")
        raise where.error(f"{words}, got {_said(value)}.", "Write a value of this kind.") from None


def _choices(literal: Any) -> str:
    return ", ".join(repr(x) for x in typing.get_args(literal))


def _said(value: object) -> str:
    text = repr(value) if not isinstance(value, Sequence) or isinstance(value, str) else repr(list(value))
    return text if len(text) <= 60 else text[:57] + "..."
