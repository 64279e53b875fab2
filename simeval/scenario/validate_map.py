"""Strict validation of a map."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from simeval.arrays import Array
from simeval.scenario.kinds import AreaKind, EdgeKind, LaneKind, Source
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import Lanes, Links, RoadMap
from simeval.scenario.validate_arrays import array_problems, first_of, id_problems, line_problems

__all__ = ["kind_problems", "map_problems"]

MAX_LIMIT_MPS = 100.0


def map_problems(roads: RoadMap) -> Iterator[str]:
    """Everything wrong with a map, each with the field and the element."""
    yield from _lane_problems(roads.lanes)
    yield from _shape_problems("map.areas", roads.areas.kind, AreaKind, roads.areas.outline)
    yield from _shape_problems("map.edges", roads.edges.kind, EdgeKind, roads.edges.line)
    if roads.topology not in set(Source):
        yield f"map.topology: expected a Source, got {roads.topology!r}"


def kind_problems(where: str, values: Array, kinds: type) -> Iterator[str]:
    """Whether all numbers belong to a closed list."""
    known = _numbers(kinds)
    if not known.issuperset(values.ravel().tolist()):
        at, more = first_of(~np.isin(values, list(known)))
        yield f"{where}{list(at)}: {values[at]} is no {kinds.__name__}{more}"


@cache
def _numbers(kinds: type) -> frozenset[int]:
    return frozenset(int(k) for k in kinds)  # type: ignore[attr-defined]


def _lane_problems(lanes: Lanes) -> Iterator[str]:
    count, whole = len(lanes), ("kind", "is_connector", "has_limit", "left_neighbour", "right_neighbour")
    problems = [
        p for f in whole for p in array_problems(f"map.lanes.{f}", getattr(lanes, f), "int64", (count,))
    ]
    problems += array_problems("map.lanes.speed_limit", lanes.speed_limit, "float64", (count,))
    if len(lanes.section) != count:
        problems.append(f"map.lanes.section: expected {count} entries, got {len(lanes.section)}")
    problems += id_problems("map.lanes.ids", lanes.ids)
    problems += line_problems("map.lanes.centre", lanes.centre, count, 2)
    problems += line_problems("map.lanes.left", lanes.left, count, 2, may_be_empty=True)
    problems += line_problems("map.lanes.right", lanes.right, count, 2, may_be_empty=True)
    problems += _link_problems("map.lanes.predecessors", lanes.predecessors, count)
    problems += _link_problems("map.lanes.successors", lanes.successors, count)
    yield from problems
    if not problems:
        yield from _lane_value_problems(lanes)


def _lane_value_problems(lanes: Lanes) -> Iterator[str]:
    yield from kind_problems("map.lanes.kind", lanes.kind, LaneKind)
    for name in ("left_neighbour", "right_neighbour"):
        yield from _index_problems(f"map.lanes.{name}", getattr(lanes, name), -1, len(lanes))
    for name in ("is_connector", "has_limit"):
        yield from _index_problems(f"map.lanes.{name}", getattr(lanes, name), 0, 2)
    known = lanes.has_limit == 1
    odd = known & ~((lanes.speed_limit > 0) & (lanes.speed_limit < MAX_LIMIT_MPS))
    if odd.any():
        (i,), more = first_of(odd)
        yield (
            f"map.lanes.speed_limit[{i}] of lane {lanes.ids[i]!r}: {lanes.speed_limit[i]:g} m/s is not "
            f"between 0 and {MAX_LIMIT_MPS:g}{more}"
        )
    if _holds_something(lanes.speed_limit[~known]):
        yield "map.lanes.speed_limit: must be 0.0 where has_limit is 0"
    flat = np.array([len(c) > 1 and bool(np.ptp(c, axis=0).max() < 1e-6) for c in lanes.centre], dtype=bool)
    if flat.any():
        (i,), more = first_of(flat)
        yield f"map.lanes.centre[{i}] of lane {lanes.ids[i]!r}: has no length{more}"


def _holds_something(values: Array) -> bool:
    return bool(np.any(values != 0) or np.any(np.signbit(values)))


def _index_problems(where: str, values: Array, low: int, stop: int) -> Iterator[str]:
    bad = (values < low) | (values >= stop)
    if bad.any():
        (i,), more = first_of(bad)
        yield f"{where}[{i}]: {values[i]} is not between {low} and {stop - 1}{more}"


def _link_problems(where: str, links: Links, count: int) -> Iterator[str]:
    problems = list(array_problems(f"{where}.offsets", links.offsets, "int64", (count + 1,)))
    problems += array_problems(f"{where}.lane", links.lane, "int64", (None,))
    if not problems:
        steps = np.diff(links.offsets)
        if links.offsets[0] != 0 or links.offsets[-1] != len(links.lane) or (steps < 0).any():
            problems.append(f"{where}.offsets: must rise from 0 to the number of links")
        problems += _index_problems(f"{where}.lane", links.lane, 0, count)
    yield from problems


def _shape_problems(where: str, kind: Array, kinds: type, lines: Polylines) -> Iterator[str]:
    problems = list(array_problems(f"{where}.kind", kind, "int64", (None,)))
    yield from problems
    if not problems:
        least: int | Array = 2
        if kinds is AreaKind:  # a stop sign may be known as a point only
            least = np.where(kind == AreaKind.STOP, 1, 3)
        yield from kind_problems(f"{where}.kind", kind, kinds)
        yield from line_problems(where, lines, len(kind), least)
