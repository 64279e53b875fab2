"""Which settings a sweep varies, and over which values."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simeval.errors import UsageError, nearest
from simeval.runs.settings import RunSettings, kinds_of_fields, settings_from

__all__ = ["MOST_RUNS", "Axis", "combinations", "read_axes", "read_value", "settings_of"]

MOST_RUNS = 1000
HOW = "Write --vary latency_s=0,0.2,0.4; values that hold commas are separated by semicolons."


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A setting and the values it takes, the first of which the others are compared with."""

    name: str
    values: tuple[Any, ...]


def read_axes(words: Sequence[str]) -> list[Axis]:
    """The axes that words like `friction=1,0.5` name.

    Raises:
        UsageError: no setting of that name, none that changes an episode, a value twice, no value.
    """
    axes: list[Axis] = []
    for word in words:
        name, equals, listed = word.partition("=")
        name = name.strip().replace("-", "_")
        _check_name(name, word, bool(equals and listed.strip()), [axis.name for axis in axes])
        texts = [text.strip() for text in listed.split(";" if ";" in listed else ",")]
        values = tuple(read_value(text) for text in texts)
        if len(set(map(repr, values))) < len(values) or "" in texts:
            raise UsageError(f"--vary {word}", "a value comes twice, or is empty.", HOW)
        axes.append(Axis(name=name, values=values))
    if not axes:
        raise UsageError("--vary", "nothing to vary.", HOW)
    return axes


def _check_name(name: str, word: str, is_whole: bool, before: Sequence[str]) -> None:
    where = f"--vary {word}"
    if not is_whole:
        raise UsageError(where, "is not NAME=VALUE,VALUE,...", HOW)
    kinds = {full.rpartition(".")[2]: kind for full, kind in kinds_of_fields().items()}
    able = sorted(n for n, kind in kinds.items() if kind in ("identity", "policy"))
    if name in before:
        raise UsageError(where, f"{name} is varied already.", "Give all its values at once.")
    if name not in able:
        what = f"{name!r} changes nothing in an episode." if name in kinds else f"{name!r} is not a setting."
        raise UsageError(where, what, f"{nearest(name, able)}There are: {', '.join(able)}.")


def read_value(text: str) -> Any:
    """Numbers, `true`, `false` and `null` (or `none`) as such, everything else as text."""
    if text.lower() in ("none", "null"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) else text


def combinations(axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """Every combination of values, the last axis fastest.

    Raises:
        UsageError: more than `MOST_RUNS`.
    """
    found = [
        dict(zip([axis.name for axis in axes], values, strict=True))
        for values in itertools.product(*(axis.values for axis in axes))
    ]
    if len(found) > MOST_RUNS:
        raise UsageError("--vary", f"{len(found)} combinations, at most {MOST_RUNS} are run.", "Vary less.")
    return found


def settings_of(given: Mapping[str, Any], values: Mapping[str, Any]) -> RunSettings:
    """The settings of one combination.

    Raises:
        UsageError: they do not fit together.
    """
    for name in values:
        if name in given:
            what = f"{name} is varied, and set to {given[name]!r}."
            raise UsageError(name, what, "Leave one of the two out.")
    # None means the default where a setting knows no "none": both are what is left out.
    return settings_from({**given, **{n: v for n, v in values.items() if v is not None}})
