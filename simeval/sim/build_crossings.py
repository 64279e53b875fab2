"""Where pedestrians and cyclists cross the ways of vehicles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.scenario import Scenario
from simeval.traffic.paths import Path

__all__ = ["Crossing", "crossings_of"]

LEAST_TRACK = 2.0  # [m] whoever moves less is not on the way to anywhere
LEAST_ANGLE = 30.0  # [deg] between two ways: flatter ones run along each other
ISLAND = 2.0  # [m] of room between two lanes in which one can stand
SIMPLE = 0.05  # [m] tracks are thinned to that
SIDE = 0.3  # [m] of room that vehicles are left to either side


class Crossing(NamedTuple):
    """One lane on the way across, by arc lengths of the own path [m]."""

    lane0: float
    lane1: float
    road0: float  # of the road that the lane belongs to: kerb to kerb
    road1: float


def crossings_of(scenario: Scenario, path: Path) -> list[Crossing]:
    """The lanes that a path crosses, in order: the ways that vehicles of the scenario take, as wide as they
    are.

    Ways that meet at less than 30 degrees are not crossed. Lanes with less than 2 m between them are one
    road, which is crossed in one go.
    """
    line = shapely.LineString(np.stack([path.x, path.y], axis=1))
    lanes = sorted(span for way, width in _ways(scenario) for span in _spans(line, way, 0.5 * width + SIDE))
    merged: list[list[float]] = []
    for low, high in lanes:
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return [Crossing(lane[0], lane[1], *road) for road, members in _roads(merged) for lane in members]


def _ways(scenario: Scenario) -> Iterator[tuple[Array, float]]:
    """Lines that vehicles drive along, and their width."""
    agents, states = scenario.agents, scenario.states
    for a in range(len(agents)):
        track = states.xy[states.valid[:, a], a] if len(scenario.paths[a]) < 2 else scenario.paths[a]
        if agents.kind_of(a).is_vehicle and len(track) > 1:
            yield track, float(agents.width[a])
    if scenario.route is not None and scenario.ego is not None:
        yield scenario.route.xy, float(agents.width[scenario.ego])


def _spans(line: shapely.LineString, way: Array, half: float) -> Iterator[tuple[float, float]]:
    """Stretches of a line inside the corridor around a way that it crosses."""
    track = shapely.LineString(way).simplify(SIMPLE)
    if track.length < LEAST_TRACK or not track.intersects(line):
        return
    inside = line.intersection(track.buffer(half, cap_style="flat"))
    for part in shapely.get_parts(inside):
        ends = (
            [line.project(shapely.Point(p)) for p in (part.coords[0], part.coords[-1])] if part.length else []
        )
        if ends and _angle(line, track, 0.5 * sum(ends)) >= LEAST_ANGLE:
            yield min(ends), max(ends)


def _angle(line: shapely.LineString, track: shapely.LineString, at: float) -> float:
    """Between the directions of both where the line is at an arc length [deg], 0 to 90."""
    one = _direction(line, at)
    other = _direction(track, track.project(line.interpolate(at)))
    return float(np.degrees(np.arccos(min(1.0, abs(float(one @ other))))))


def _direction(line: shapely.LineString, at: float) -> Array:
    ends = [np.asarray(line.interpolate(min(max(at + d, 0.0), line.length)).coords[0]) for d in (-0.5, 0.5)]
    step = ends[1] - ends[0]
    return np.asarray(step / max(float(np.hypot(*step)), 1e-9))


def _roads(lanes: list[list[float]]) -> Iterator[tuple[tuple[float, float], list[list[float]]]]:
    """Lanes that are crossed in one go, with the kerbs on both sides."""
    group: list[list[float]] = []
    for lane in lanes:
        if group and lane[0] - group[-1][1] >= ISLAND:
            yield (group[0][0], group[-1][1]), group
            group = []
        group.append(lane)
    if group:
        yield (group[0][0], group[-1][1]), group
