"""Parameters of a family: grids, ranges, `$name` references and the ids that follow from them."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from simeval.authoring.decode import decode
from simeval.authoring.schema import ParameterTable
from simeval.authoring.where import Where

__all__ = ["Parameter", "Value", "draw", "grid", "read_parameters", "scenario_id", "substitute"]

Value = float | str
ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/")
MOST_SCENARIOS = 10_000
DRAWN_DECIMALS = 4  # a drawn value can be read, and written into a file again, without loss


@dataclass(frozen=True)
class Parameter:
    """One named number or word of a family. `values` holds the default alone if there is no grid."""

    name: str
    default: Value
    values: tuple[Value, ...]
    range: tuple[float, float] | None


def read_parameters(tables: Mapping[str, object], where: Where) -> tuple[Parameter, ...]:
    """Reads `[parameters]`: a plain number or word, or a table of `default` and `values` or `range`.

    Raises:
        InputError: both values and range, a default outside of them, an unusable name.
    """
    found = tuple(_parameter(name, value, where / name) for name, value in tables.items())
    if (count := math.prod(len(p.values) for p in found)) > MOST_SCENARIOS:
        raise where.error(f"make {count} scenarios.", f"Keep to {MOST_SCENARIOS} in a family.")
    return found


def _parameter(name: str, value: object, where: Where) -> Parameter:
    if not name.isidentifier():
        raise where.error("a parameter's name is letters, digits and '_'.", "Rename it.")
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        only = _plain(value, where)
        return Parameter(name, only, (only,), None)
    table = decode(value, ParameterTable, where)
    if table.values is not None and table.range is not None:
        raise where.error("has both 'values' and 'range'.", "Keep 'values' for a grid, 'range' for draws.")
    if table.values is not None:
        return _gridded(name, table, where)
    if table.default is None:
        raise where.error("key 'default' is missing.", "Add default = ... .")
    default = _plain(table.default, where / "default")
    if table.range is not None:
        _check_range(default, table.range, where)
    return Parameter(name, default, (default,), table.range)


def _gridded(name: str, table: ParameterTable, where: Where) -> Parameter:
    values = tuple(_plain(v, where / "values" / i) for i, v in enumerate(table.values or ()))
    if not values or len(set(values)) < len(values):
        raise where.error(f"'values' {list(values)} are empty or repeated.", "List each value once.")
    default = values[0] if table.default is None else _plain(table.default, where / "default")
    if default not in values:
        raise where.error(f"the default {default!r} is not among the values.", "Add it to 'values'.")
    return Parameter(name, default, values, None)


def _check_range(default: Value, limits: tuple[float, float], where: Where) -> None:
    low, high = limits
    if isinstance(default, str) or not low <= default <= high or low == high:
        raise where.error(
            f"the default {default!r} is not inside the range [{low}, {high}].",
            "Write [low, high] around it.",
        )


def _plain(value: float | str, where: Where) -> Value:
    if isinstance(value, str):
        if not value or set(value) - ID_CHARACTERS:
            raise where.error(
                f"{value!r} cannot stand in a scenario's id.", "Use letters, digits, '_', '.', '-'."
            )
        return value
    return float(value) + 0.0  # -0.0 becomes 0.0


def substitute(tree: object, values: Mapping[str, Value], where: Where, used: set[str]) -> object:
    """A copy of plain TOML data with every `"$name"` replaced; `used` collects the names.

    Raises:
        InputError: a reference to a parameter that does not exist.
    """
    if isinstance(tree, dict):
        return {k: substitute(v, values, where / k, used) for k, v in tree.items()}
    if isinstance(tree, list):
        return [substitute(v, values, where / i, used) for i, v in enumerate(tree)]
    if isinstance(tree, str) and tree.startswith("$"):
        name = tree[1:]
        if name not in values:
            raise where.unknown("parameter", name, values)
        used.add(name)
        return values[name]
    return tree


def grid(parameters: Sequence[Parameter]) -> Iterator[dict[str, Value]]:
    """Every combination of the parameters' values, in file order; ranges stand at their default."""
    names = [p.name for p in parameters]
    for combination in itertools.product(*(p.values for p in parameters)):
        yield dict(zip(names, combination, strict=True))


def draw(limits: tuple[float, float], seed: int, base_id: str, name: str) -> float:
    """A uniform draw that depends on its key alone: seed, id of the scenario, name of the parameter.

    The key of a Philox generator is the first half of the SHA-256 of the three; the result is rounded.
    """
    text = msgspec.json.encode([seed, base_id, name])
    key = np.frombuffer(hashlib.sha256(text).digest()[:16], dtype="<u8").astype(np.uint64)
    unit = (int(np.random.Philox(key=key).random_raw()) >> 11) * 2.0**-53
    low, high = limits
    return min(max(round(low + unit * (high - low), DRAWN_DECIMALS), low), high)


def scenario_id(family: str, parameters: Sequence[Parameter], values: Mapping[str, Value]) -> str:
    """`<family>[<parameter>-<value>,...]` in file order; what stands at its default is left out."""
    told = [f"{p.name}-{values[p.name]}" for p in parameters if values[p.name] != p.default]
    return f"{family}[{','.join(told)}]" if told else family
