"""Ids of items in pytest 9: it takes them apart and puts them together as if they ended with a bracket.

Ours do not: `lead_brakes[gap_m-25.0]-s0` would be shown as `lead_brakes[gap_m-25.0]-s0]`, which cannot be
pasted into a command line. Earlier versions of pytest keep ids as they are, and nothing is done.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from simeval.testing.grouping import is_episode

try:
    from _pytest.nodeid import NodeId
except ImportError:  # before pytest 9.2
    NodeId = None  # type: ignore[assignment,misc]

__all__ = ["keep_name"]


def keep_name(config: pytest.Config, report: Any) -> None:
    """Has a report, and the JUnit file, show the id of an episode as it is."""
    if not is_episode(report.nodeid):
        return
    if NodeId is not None and isinstance(getattr(report, "_id", None), NodeId):
        known = report._id
        report._id = _EpisodeId(path=known.path, names=known.names, params=known.params)
    with contextlib.suppress(ImportError, AttributeError):
        from _pytest.junitxml import xml_key

        xml = config.stash.get(xml_key, None)
        if xml is not None:
            xml.node_reporter(report).add_attribute("name", report.nodeid.partition("::")[2])


if NodeId is not None:

    class _EpisodeId(NodeId):
        """Equal to the id that pytest made, but shown as it was given."""

        @property
        def rest(self) -> str | None:
            """What follows the file's path."""
            text = "::".join(self.names)
            if self.params is None:
                return text
            return f"{text}[{self.params}" if "]" in self.params else f"{text}[{self.params}]"

        def __str__(self) -> str:
            return f"{self.path}::{self.rest}"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, NodeId) and _parts(self) == _parts(other)

        def __hash__(self) -> int:
            return hash(_parts(self))


def _parts(node: Any) -> tuple[Any, ...]:
    return node.path, node.names, node.params
