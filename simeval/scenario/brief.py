"""What a plan needs to know of a scenario: who is in it and how long it is, without states and map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jaxtyping import Bool, Int

from simeval.arrays import Array
from simeval.scenario.pack_maps import lines_of
from simeval.scenario.scenario import Scenario

__all__ = ["BRIEF_COLUMNS", "Brief", "brief_of_row"]

BRIEF_COLUMNS = [
    "id", "suite", "family", "format", "files", "content_hash", "num_steps", "start_step", "ego_index",
    "agents", "paths",
]  # fmt: skip
"""The columns of a pack that say it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Brief:
    """A scenario in short; `read` gives the whole of it."""

    id: str
    suite: str
    family: str
    format: str
    files: tuple[str, ...]
    content_hash: str
    num_steps: int
    start_step: int
    ego: int | None
    agent_ids: tuple[str, ...]
    kind: Int[Array, "a"]  # AgentKind
    controller: Int[Array, "a"]  # Controller
    has_path: Bool[Array, "a"]
    read: Callable[[], Scenario]

    @staticmethod
    def of(scenario: Scenario) -> Brief:
        """Of a scenario that is there already."""
        agents = scenario.agents
        return Brief(
            id=scenario.id, suite=scenario.suite, family=scenario.family,
            format=scenario.provenance.format, files=scenario.provenance.files,
            content_hash=scenario.content_hash, num_steps=scenario.num_steps,
            start_step=scenario.start_step, ego=scenario.ego, agent_ids=agents.ids, kind=agents.kind,
            controller=agents.controller, has_path=scenario.paths.counts > 0, read=lambda: scenario,
        )  # fmt: skip


def brief_of_row(row: dict[str, Any], read: Callable[[str], Scenario]) -> Brief:
    """Of the `BRIEF_COLUMNS` of a row of a pack."""
    agents, name = row["agents"], row["id"]
    return Brief(
        id=name, suite=row["suite"], family=row["family"], format=row["format"], files=tuple(row["files"]),
        content_hash=row["content_hash"], num_steps=row["num_steps"], start_step=row["start_step"],
        ego=row["ego_index"], agent_ids=tuple(agents["id"]), kind=agents["kind"],
        controller=agents["controller"], has_path=lines_of(row["paths"]).counts > 0,
        read=cache(lambda: read(name)),
    )  # fmt: skip
