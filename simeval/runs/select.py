"""`--only`: chooses episodes by scenario id, by pattern, or by key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["Selection"]

MIN_PREFIX = 6  # hex digits; shorter ones are easily words of an id


class Selection:
    """A set of words, each an exact id, a pattern with `*` and `?`, or the beginning of a key.

    Brackets in ids stand for themselves. A word that is an exact id selects nothing else.
    """

    def __init__(self, words: Sequence[str], ids: Iterable[str] = ()) -> None:
        known_ids = set(ids)
        self.everything = not words
        self.ids = {word for word in words if word in known_ids}
        others = [word for word in words if word not in self.ids]
        self.prefixes = tuple(w for w in others if re.fullmatch(rf"[0-9a-f]{{{MIN_PREFIX},64}}", w))
        self.patterns = [_pattern(w) for w in others if w not in self.prefixes]

    def takes(self, scenario_id: str, key: str) -> bool:
        """Whether an episode is selected."""
        if self.everything or scenario_id in self.ids:
            return True
        if self.prefixes and key.startswith(self.prefixes):
            return True
        return any(pattern.fullmatch(scenario_id) for pattern in self.patterns)


def _pattern(word: str) -> re.Pattern[str]:
    """`*` and `?` as in a shell; every other character stands for itself."""
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in word))
