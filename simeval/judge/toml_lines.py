"""In which line of a TOML file a rule stands: what a reader is shown beside each threshold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["lines_of"]

HEADER = re.compile(r"^\s*\[\[\s*([A-Za-z_]+)\s*\]\]")
LEAVES = ("measure", "event", "tag")


def lines_of(text: str, data: dict[str, Any]) -> dict[str, int]:
    """Line numbers from 1 by path, such as `fail[0]` and `fail[0].any[1]`.

    Tables in arrays are found by their headers, conditions inside by their `measure`, `event` or `tag`, in
    the order of the file. What is written in another way is given the line of its table.
    """
    lines = [_without_comment(line) for line in text.splitlines()]
    starts: dict[str, list[int]] = {}
    headers = []
    for number, line in enumerate(lines, start=1):
        if found := HEADER.match(line):
            starts.setdefault(found[1], []).append(number)
            headers.append(number)
    result = {}
    for table, numbers in starts.items():
        for index, first in enumerate(numbers):
            last = min((h for h in headers if h > first), default=len(lines) + 1)
            path = f"{table}[{index}]"
            result[path] = first
            result |= _inside(lines, first, last, path, data[table][index])
    return result


def _inside(lines: list[str], first: int, last: int, path: str, table: dict[str, Any]) -> dict[str, int]:
    at, found = first, {}
    used: dict[tuple[int, str], int] = {}
    for place, key, name in _leaves(path, table):
        pattern = re.compile(rf"\b{key}\s*=\s*[\"']{re.escape(str(name))}[\"']")
        for number in range(at, last):
            hits = len(pattern.findall(lines[number - 1]))
            if hits > used.get((number, pattern.pattern), 0):
                used[number, pattern.pattern] = used.get((number, pattern.pattern), 0) + 1
                at = number
                found[place] = number
                break
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """Every dict that names a measure, event or tag, in file order."""
    if isinstance(value, dict):
        for key in LEAVES:
            if key in value:
                yield path, key, value[key]
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _leaves(f"{path}[{i}]", inner)


def _without_comment(line: str) -> str:
    """The line up to a # that is not inside a string."""
    quote = ""
    for i, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#":
            return line[:i]
    return line
