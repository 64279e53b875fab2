"""The scenario: everything the simulator needs to know, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property

from jaxtyping import Float

from simeval.arrays import Array
from simeval.content_hash import digest_of
from simeval.scenario.agents import Agents, States
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.script import Do
from simeval.scenario.signals import Signals

__all__ = ["Expect", "Provenance", "Route", "Scenario"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Route:
    """Where the ego is meant to drive."""

    lane_ids: tuple[str, ...]  # empty: no lanes known
    xy: Float[Array, "n 2"]  # reference line [m]
    inferred: bool  # True: made from the logged path of the ego


@dataclass(frozen=True, kw_only=True)
class Expect:
    """What the author promises: drivers that pass and drivers that fail. Tests hold it."""

    solvable_by: tuple[str, ...] = ()
    failed_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a scenario came from."""

    format: str  # "authored", "argoverse2", "waymo-json"
    licence: str
    source_id: str = ""
    files: tuple[str, ...] = ()  # names, never absolute paths


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """One situation on the road. T steps; `start_step` is where simulation begins, before it is history.

    An agent whose states are valid at the start only (authored traffic) is moved along its `paths`
    entry by its controller; an agent with logged states and no path follows its logged track.
    """

    id: str  # "<suite>/<family>[...]" or "<pack>/<source id>"
    suite: str
    family: str
    dt: float  # [s]
    start_step: int
    origin: tuple[float, float]  # file coordinates of the local (0, 0) [m]
    agents: Agents
    states: States
    ego: int | None  # index of the agent under test; needed to run, not to import
    route: Route | None
    goal: tuple[float, float] | None  # [m]
    paths: Polylines  # one entry an agent, empty where it has none
    map: RoadMap
    signals: Signals
    provenance: Provenance
    script: tuple[Do, ...] = ()
    tags: tuple[str, ...] = ()
    parameters: tuple[tuple[str, float | str], ...] = ()
    expect: Expect = field(default=Expect())
    missing: tuple[str, ...] = ()  # what the source does not say, e.g. "sizes"
    repaired: tuple[str, ...] = ()  # what the reader mended, in words

    @property
    def num_steps(self) -> int:
        """Number of steps T; the last one is `num_steps - 1`."""
        return self.states.num_steps

    @property
    def duration(self) -> float:
        """Simulated time from the start step to the last one [s]."""
        return (self.num_steps - 1 - self.start_step) * self.dt

    @cached_property
    def content_hash(self) -> str:
        """Digest of everything that can change what happens; not of names of files or of `expect`."""
        aside = {"provenance", "expect", "tags", "missing", "repaired", "suite", "family", "map"}
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in aside}
        return digest_of(values | {"map": self.map.id})
