"""Three-valued logic after Kleene: True, False, and None for "nobody can tell"."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Truth", "all_of", "any_of", "negation", "none_of"]

Truth = bool | None


def all_of(parts: Iterable[Truth]) -> Truth:
    """False as soon as one part is false; else unknown if one is unknown; else true."""
    values = list(parts)
    if False in values:
        return False
    return None if None in values else True


def any_of(parts: Iterable[Truth]) -> Truth:
    """True as soon as one part is true; else unknown if one is unknown; else false."""
    values = list(parts)
    if True in values:
        return True
    return None if None in values else False


def negation(part: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return None if part is None else not part


def none_of(parts: Iterable[Truth]) -> Truth:
    """False as soon as one part is true; else unknown if one is unknown; else true."""
    return negation(any_of(parts))
