"""Cards: for each metric what it means, how it is computed, and when not to believe it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from simeval import content
from simeval.errors import InputError
from simeval.metrics.examples import BUILDERS, build
from simeval.metrics.worlds import World

__all__ = ["Card", "Example", "load_card", "load_cards"]

FOLDER = "metrics/cards"


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A small world and the value the metric has there. One key names the builder of the world, and holds its
    arguments; `reference` replaces some of them for the drive that a metric compares with."""

    says: str
    straight_road: dict[str, Any] | None = None
    junction: dict[str, Any] | None = None
    semitrailer: dict[str, Any] | None = None
    reference: dict[str, Any] | None = None
    value: float

    def world(self) -> World:
        """The world of the example."""
        for kind in BUILDERS:
            if (arguments := getattr(self, kind)) is not None:
                return build(kind, arguments, self.reference)
        raise ValueError(f"an example names one of {', '.join(BUILDERS)}")


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a reader must know before quoting the number."""

    metric: str
    unit: str
    better: str
    meaning: str
    formula: str
    range: str
    source: str
    undefined: str
    limits: str
    example: Example


def load_card(name: str) -> Card:
    """The card of one metric.

    Raises:
        UsageError: when there is none; the message names the nearest.
        InputError: when the file is not a card.
    """
    return _read(content.find(FOLDER, name, kind="metric"))


def load_cards() -> dict[str, Card]:
    """All cards by metric, the user's own before ours."""
    return {name: _read(path) for name, path in content.names(FOLDER, "*.toml").items()}


def _read(path: Path) -> Card:
    file = f"{FOLDER}/{path.name}"
    try:
        card = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Card)
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or another form
        raise InputError(file, f"{error}.", "docs/metrics.md shows the form of a card.") from None
    if card.metric != path.stem:
        raise InputError(file, f"metric: the file is called {path.stem!r} and says {card.metric!r}.")
    return card
