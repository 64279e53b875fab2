"""The map archive of an Argoverse 2 scenario."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.argoverse2_lanes import neighbour_of, sections_of
from simeval.readers.argoverse2_schema import Archive, Crossing, Point, Segment, decode_archive
from simeval.readers.content import FileContent
from simeval.readers.frame import counted, tidy_line, tidy_ring
from simeval.scenario.kinds import AreaKind, LaneKind, Source
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import Areas, Edges, Lanes, Links, RoadMap

__all__ = ["map_of_archive"]

LANE_KINDS = {"VEHICLE": LaneKind.VEHICLE, "BIKE": LaneKind.BIKE, "BUS": LaneKind.BUS}


@dataclass(kw_only=True)
class _Notes:
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)  # what, and why

    def texts(self) -> list[str]:
        return [f"{counted(n, what)} {why} left out" for (what, why), n in sorted(self.dropped.items()) if n]


def map_of_archive(content: FileContent, origin: Array) -> tuple[RoadMap, list[str]]:
    """The map in the local frame, and notes about what was left out.

    Raises:
        InputError: naming the element and the field that make no sense.
    """
    archive, notes = decode_archive(content), _Notes()
    roads = RoadMap(
        lanes=_lanes(content, list(archive.lane_segments.values()), origin, notes),
        areas=_areas(archive, origin, notes),
        edges=Edges(kind=np.zeros(0, dtype=np.int64), line=Polylines.of([])),
        topology=Source.GIVEN,
        missing=("speed_limits", "signals", "stop_lines"),
    )
    return roads, notes.texts()


def _xy(points: list[Point], origin: Array) -> Array:
    return np.array([(p.x, p.y) for p in points], dtype=float).reshape(-1, 2) - origin


def _lanes(content: FileContent, segments: list[Segment], origin: Array, notes: _Notes) -> Lanes:
    centres = [tidy_line(_xy(s.centerline, origin)) for s in segments]
    notes.dropped["lane", "without centre line"] += sum(c is None for c in centres)
    kept = [(s, c) for s, c in zip(segments, centres, strict=True) if c is not None]
    index = {s.id: i for i, (s, _) in enumerate(kept)}
    if len(index) != len(kept):
        twice = next(i for i, n in Counter(s.id for s, _ in kept).items() if n > 1)
        raise InputError(f"{content.name}: lane_segments", f"the id {twice} comes twice.", "Ids must differ.")
    for s, _ in kept:
        if s.lane_type not in LANE_KINDS:
            where = f"{content.name}: lane_segments[{s.id}].lane_type"
            what = f"{s.lane_type[:60]!r} is not a type of lane."
            raise InputError(where, what, f"Known are {', '.join(LANE_KINDS)}.")
    lanes = [c for _, c in kept]
    kind = np.array([int(LANE_KINDS[s.lane_type]) for s, _ in kept], dtype=np.int64)
    left = neighbour_of([s.left_neighbor_id for s, _ in kept], index, lanes)
    right = neighbour_of([s.right_neighbor_id for s, _ in kept], index, lanes)
    connector = np.array([int(s.is_intersection) for s, _ in kept], dtype=np.int64)
    neighbours = [n for s, _ in kept for n in (s.left_neighbor_id, s.right_neighbor_id) if n is not None]
    notes.dropped["neighbour", "outside the map"] += sum(n not in index for n in neighbours)
    return Lanes(
        ids=tuple(str(s.id) for s, _ in kept),
        kind=kind,
        is_connector=connector,
        speed_limit=np.zeros(len(kept)),
        has_limit=np.zeros(len(kept), dtype=np.int64),
        centre=Polylines.of(lanes),
        left=_bounds([s.left_lane_boundary for s, _ in kept], origin),
        right=_bounds([s.right_lane_boundary for s, _ in kept], origin),
        section=sections_of([s.id for s, _ in kept], left, right, kind * 2 + connector),
        predecessors=_links([s.predecessors for s, _ in kept], index, "predecessor", notes),
        successors=_links([s.successors for s, _ in kept], index, "successor", notes),
        left_neighbour=left,
        right_neighbour=right,
    )


def _bounds(lines: list[list[Point]], origin: Array) -> Polylines:
    tidy = [tidy_line(_xy(line, origin)) for line in lines]
    return Polylines.of([np.zeros((0, 2)) if line is None else line for line in tidy])


def _links(lists: list[list[int]], index: dict[int, int], what: str, notes: _Notes) -> Links:
    dangling = sum(i not in index for ids in lists for i in ids)
    notes.dropped[what, "outside the map"] += dangling
    return Links.of([[index[i] for i in ids if i in index] for ids in lists])


def _areas(archive: Archive, origin: Array, notes: _Notes) -> Areas:
    kinds, rings = [], []
    outlines = [(AreaKind.DRIVABLE, _xy(a.area_boundary, origin)) for a in archive.drivable_areas.values()]
    outlines += [(AreaKind.CROSSWALK, _quad(c, origin)) for c in archive.pedestrian_crossings.values()]
    for kind, outline in outlines:
        ring = tidy_ring(outline)
        if ring is None:
            notes.dropped["area", "with too few points"] += 1
        else:
            kinds.append(int(kind))
            rings.append(ring)
    return Areas(kind=np.array(kinds, dtype=np.int64), outline=Polylines.of(rings))


def _quad(crossing: Crossing, origin: Array) -> Array:
    one, other = _xy(crossing.edge1, origin), _xy(crossing.edge2, origin)
    if len(one) < 2 or len(other) < 2:
        return np.zeros((0, 2))
    same_way = (one[-1] - one[0]) @ (other[-1] - other[0]) > 0
    return np.concatenate([one, other[::-1] if same_way else other])
