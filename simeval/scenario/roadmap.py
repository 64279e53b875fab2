"""The map of a scenario: lanes with topology, areas, edges. Built once, shared, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.content_hash import digest_of
from simeval.scenario.kinds import AreaKind, EdgeKind, Source
from simeval.scenario.polylines import Polylines

__all__ = ["Areas", "Edges", "Lanes", "Links", "RoadMap"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Links:
    """For each lane a list of lanes: those of lane i are `lane[offsets[i]:offsets[i + 1]]`."""

    offsets: Int[Array, "l_plus_1"]
    lane: Int[Array, "n"]

    @staticmethod
    def of(lists: list[list[int]]) -> Links:
        """Packs one list of lane indices for each lane."""
        offsets = np.zeros(len(lists) + 1, dtype=np.int64)
        np.cumsum([len(x) for x in lists], out=offsets[1:])
        return Links(offsets=offsets, lane=np.asarray([i for x in lists for i in x], dtype=np.int64))

    def __getitem__(self, index: int) -> Int[Array, "k"]:
        return self.lane[self.offsets[index] : self.offsets[index + 1]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lanes:
    """Lanes in travel direction. Empty `left` and `right` bounds mean that only a centre line is known."""

    ids: tuple[str, ...]
    kind: Int[Array, "l"]  # LaneKind
    is_connector: Int[Array, "l"]  # 1: inside an intersection
    speed_limit: Float[Array, "l"]  # [m/s]; defined where has_limit
    has_limit: Int[Array, "l"]
    centre: Polylines
    left: Polylines
    right: Polylines
    section: tuple[str, ...]  # lanes side by side in one direction share it (nuPlan: roadblock); "" unknown
    predecessors: Links
    successors: Links
    left_neighbour: Int[Array, "l"]  # -1: none
    right_neighbour: Int[Array, "l"]

    @staticmethod
    def none() -> Lanes:
        """No lanes."""
        ints, empty = np.zeros(0, dtype=np.int64), Polylines.of([])
        return Lanes(
            ids=(), kind=ints, is_connector=ints, speed_limit=np.zeros(0), has_limit=ints,
            centre=empty, left=empty, right=empty, section=(), predecessors=Links.of([]),
            successors=Links.of([]), left_neighbour=ints, right_neighbour=ints,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Lane id to lane index."""
        return {name: i for i, name in enumerate(self.ids)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Areas:
    """Polygons without a closing point. Holes are not represented: their area is an own polygon."""

    kind: Int[Array, "n"]  # AreaKind
    outline: Polylines


@dataclass(frozen=True, kw_only=True, eq=False)
class Edges:
    """Lines of the map; the road lies to the left of a BOUNDARY or MEDIAN."""

    kind: Int[Array, "n"]  # EdgeKind
    line: Polylines


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadMap:
    """Everything known about the road, in the scenario's local frame."""

    lanes: Lanes
    areas: Areas
    edges: Edges
    topology: Source  # whether lanes know their successors
    missing: tuple[str, ...] = field(default=())  # e.g. "speed_limits", "signals"

    @staticmethod
    def empty() -> RoadMap:
        """A map without any element: a bare plane."""
        ints = np.zeros(0, dtype=np.int64)
        return RoadMap(
            lanes=Lanes.none(),
            areas=Areas(kind=ints, outline=Polylines.of([])),
            edges=Edges(kind=ints, line=Polylines.of([])),
            topology=Source.ABSENT,
        )

    @cached_property
    def id(self) -> str:
        """Digest of the content: two maps with the same id are the same map."""
        return digest_of({f.name: getattr(self, f.name) for f in fields(self)})[:16]

    def areas_of(self, kind: AreaKind) -> list[Float[Array, "k 2"]]:
        """Outlines of all areas of one kind."""
        return [self.areas.outline[int(i)] for i in np.flatnonzero(self.areas.kind == kind)]

    def edges_of(self, *kinds: EdgeKind) -> list[Float[Array, "k 2"]]:
        """Lines of the given kinds."""
        return [self.edges.line[i] for i, kind in enumerate(self.edges.kind.tolist()) if kind in kinds]
