"""Road users of several bodies on their marks: hitch angles along a line, and the outlines of all bodies."""

from __future__ import annotations

import math

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.scenario import Bodies

__all__ = ["hitches_along", "outlines"]


def _at(line: shapely.LineString, s: float) -> Array:
    """The point at an arc length; before its start a line goes on straight."""
    if s >= 0.0:
        return np.asarray(line.interpolate(s).coords[0])
    first, second = (np.asarray(p) for p in line.coords[:2])
    back = (second - first) / np.hypot(*(second - first))
    return np.asarray(first + s * back)


def hitches_along(
    line: Float[Array, "n 2"], xy: Float[Array, "2"], heading: float, bodies: Bodies
) -> Float[Array, "h"]:
    """Hitch angles [rad] with which every trailer's axle is on the line that the first body has come along.

    Args:
        line: in driving direction [m]; with fewer than two points all bodies stand in line.
        xy, heading: of the first body's centre [m, rad].
        bodies: of this road user alone.
    """
    angles = np.zeros(len(bodies.agent) - 1)
    if len(line) < 2:
        return angles
    track, before = shapely.LineString(line), heading
    coupling = xy + bodies.rear_hitch[0] * np.array([math.cos(heading), math.sin(heading)])
    for k in range(1, len(bodies.agent)):
        lever = bodies.front_hitch[k] - bodies.axle[k]
        axle = _at(track, float(track.project(shapely.Point(coupling))) - lever)
        own = math.atan2(coupling[1] - axle[1], coupling[0] - axle[0])
        angles[k - 1] = math.remainder(before - own, math.tau)
        way = np.array([math.cos(own), math.sin(own)])
        coupling = coupling + (bodies.rear_hitch[k] - bodies.front_hitch[k]) * way
        before = own
    return angles


def outlines(
    xy: Float[Array, "2"], heading: float, hitches: Float[Array, "h"], bodies: Bodies
) -> list[shapely.Polygon]:
    """The boxes of all bodies of one road user."""
    boxes, centre, corners = [], np.asarray(xy), np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    for k in range(len(bodies.agent)):
        if k:
            coupling = centre + bodies.rear_hitch[k - 1] * _direction(heading)
            heading -= hitches[k - 1]
            centre = coupling - bodies.front_hitch[k] * _direction(heading)
        c, s = _direction(heading)
        half = 0.5 * np.array([bodies.length[k], bodies.width[k]])
        boxes.append(shapely.Polygon(centre + (corners * half) @ np.array([[c, s], [-s, c]])))
    return boxes


def _direction(heading: float) -> Array:
    return np.array([math.cos(heading), math.sin(heading)])
