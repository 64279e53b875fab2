"""Paths along the lanes beside those that others follow, for drivers who may change lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simeval.scenario import RoadMap
from simeval.traffic.lane_match import pieces_of
from simeval.traffic.paths import Path, drawn_path

__all__ = ["Beside", "paths_beside"]

LONGEST = 3000.0  # [m] of a path; lanes may run in circles


@dataclass
class Beside:
    """Paths added to those of the agents; `left` and `right` hold for each path, old and new, the one beside
    it in driving direction (-1: none)."""

    added: list[Path] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)


def paths_beside(road: RoadMap, paths: Sequence[Path], wanted: Sequence[int]) -> Beside:
    """Paths along the lanes beside the paths `wanted`, and along those beside them, to the edge of the road.

    A path along a lane goes on over its first successors to the end of the map. Of a road on which lanes end
    and begin only the first stretch that has a lane beside is looked at.
    """
    found = Beside(left=[-1] * len(paths), right=[-1] * len(paths))
    known: dict[tuple[int, ...], int] = {}
    for number in wanted:
        lanes = tuple(dict.fromkeys(p.lane for p in pieces_of(road, paths[number]) if p.lane >= 0))
        _link(road, number, lanes, found, known, len(paths))
    return found


def _link(
    road: RoadMap, number: int, lanes: tuple[int, ...], found: Beside, known: dict[tuple[int, ...], int],
    first: int,
) -> None:  # fmt: skip
    """Finds both neighbours of a path along lanes; new ones are linked in their turn."""
    for side, beside in ((found.left, road.lanes.left_neighbour), (found.right, road.lanes.right_neighbour)):
        chain = _chain(road, [int(beside[lane]) for lane in lanes])
        if not chain:
            continue
        if chain not in known:
            path = _path_along(road, chain)
            if path is None:
                continue
            known[chain] = first + len(found.added)
            found.added.append(path)
            found.left.append(-1)
            found.right.append(-1)
            _link(road, known[chain], chain, found, known, first)
        side[number] = known[chain]


def _chain(road: RoadMap, beside: Sequence[int]) -> tuple[int, ...]:
    """The first stretch of lanes that follow one another, and what follows it to the end of the map."""
    lanes: list[int] = []
    for lane in beside:
        if lanes and (lane < 0 or lane not in road.lanes.successors[lanes[-1]]):
            if lane == lanes[-1]:
                continue
            break
        if lane >= 0:
            lanes.append(lane)
    length = 0.0
    while lanes and length < LONGEST:
        after = [int(k) for k in road.lanes.successors[lanes[-1]] if int(k) not in lanes]
        if not after:
            break
        lanes.append(after[0])
        length += float(np.hypot(*np.diff(road.lanes.centre[after[0]], axis=0).T).sum())
    return tuple(lanes)


def _path_along(road: RoadMap, lanes: Sequence[int]) -> Path | None:
    return drawn_path(np.concatenate([road.lanes.centre[lane] for lane in lanes]))
