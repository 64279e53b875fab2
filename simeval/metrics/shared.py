"""Intermediate results that several metrics need: computed for an episode when first asked for, then kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from simeval.metrics.episode import Episode

__all__ = ["shared"]

T = TypeVar("T")


def shared(function: Callable[[Episode], T]) -> Callable[[Episode], T]:
    """Makes `function(episode)` run once for each episode; later calls get the same object."""
    key = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def once(episode: Episode) -> T:
        kept: dict[str, T] = episode.__dict__
        if key not in kept:
            kept[key] = function(episode)
        return kept[key]

    return once
