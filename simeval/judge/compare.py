"""Comparisons of the rules language, and how they are said."""

from __future__ import annotations

from simeval.judge.language import Compare

__all__ = ["holds", "number", "operators_of", "says_operators", "text_matches"]

WORDS = {
    "above": "above", "below": "below", "at_least": "at least", "at_most": "at most",
    "equals": "equal to", "in_": "one of",
}  # fmt: skip


def holds(value: float, compare: Compare) -> bool:
    """Whether a number passes all comparisons given."""
    c = compare
    return (
        (c.above is None or value > c.above)
        and (c.below is None or value < c.below)
        and (c.at_least is None or value >= c.at_least)
        and (c.at_most is None or value <= c.at_most)
        and (c.equals is None or value == c.equals)
        and (c.in_ is None or value in c.in_)
    )


def operators_of(compare: Compare) -> dict[str, float | list[float]]:
    """The comparisons that are given."""
    given = {name: getattr(compare, name) for name in WORDS}
    return {name: limit for name, limit in given.items() if limit is not None}


def says_operators(compare: Compare, unit: str, truth: bool | None) -> str:
    """In words: "above 0.3 m", with "not" in front where it does not hold."""
    said = []
    for name, limit in operators_of(compare).items():
        shown = limit if isinstance(limit, list) else number(limit, unit)
        said.append(f"{WORDS[name]} {shown}")
    return ("" if truth else "not ") + " and ".join(said)


def number(value: float, unit: str) -> str:
    """A number with its unit, four significant digits."""
    return f"{value:.4g}" + ("" if unit in ("", "1") else f" {unit}")


def text_matches(value: object, wanted: object) -> bool:
    """Equal, or one of a list."""
    return value in wanted if isinstance(wanted, list) else value == wanted
