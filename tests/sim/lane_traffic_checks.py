"""What an independent reader finds in a trace: contacts, how hard they were to avoid, who stands.

Plain NumPy and shapely; nothing of the simulator's own geometry.
"""

import math

import numpy as np
import shapely
from shapely.ops import substring

HARD = 8.0  # [m/s^2]
STANDING = 0.3  # [m/s]
SIGHT = 150.0  # [m]


def outline(trace, t, a):
    """The box of an agent's first body."""
    x, y, h = *trace.states.xy[t, a], trace.states.heading[t, a]
    half = 0.5 * np.array([trace.agents.length[a], trace.agents.width[a]])
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * half
    turn = np.array([[math.cos(h), math.sin(h)], [-math.sin(h), math.cos(h)]])
    return shapely.Polygon(corners @ turn + (x, y))


def contacts(trace):
    """(step, a, b) of the first step at which each pair of boxes overlaps."""
    found = {}
    for t in range(trace.num_steps):
        there = np.flatnonzero(trace.states.valid[t])
        boxes = np.array([outline(trace, t, a) for a in there])
        for i, k in shapely.STRtree(boxes).query(boxes, predicate="intersects").T:
            if i < k:
                found.setdefault((int(there[i]), int(there[k])), t)
    return [(t, a, b) for (a, b), t in found.items()]


def corridor(path, s, length, width):
    """What a vehicle whose centre is at arc length s will sweep, ahead of its centre."""
    return substring(path, s, min(s + SIGHT, path.length)).buffer(0.5 * width, cap_style="flat")


def required_braking(trace, path, a, b, contact):
    """Braking of `a` [m/s^2] that would have avoided `b`, at the step at which b's box entered its corridor.

    inf where it was in it from the first step on at no distance.
    """
    line, first = shapely.LineString(path), contact
    for t in range(contact, -1, -1):
        if not (trace.states.valid[t, a] and trace.states.valid[t, b]):
            break
        s = line.project(shapely.Point(trace.states.xy[t, a]))
        if not corridor(line, s, trace.agents.length[a], trace.agents.width[a]).intersects(
            outline(trace, t, b)
        ):
            break
        first = t
    s = line.project(shapely.Point(trace.states.xy[first, a]))
    box = outline(trace, first, b)
    gap = min(line.project(shapely.Point(p)) for p in box.exterior.coords) - s - 0.5 * trace.agents.length[a]
    along = np.array(line.interpolate(s + 1.0).coords[0]) - np.array(line.interpolate(s).coords[0])
    closing = float((trace.states.velocity[first, a] - trace.states.velocity[first, b]) @ along)
    return (
        closing * closing / (2.0 * gap) if gap > 0.0 and closing > 0.0 else (math.inf if closing > 0 else 0.0)
    )


def longest_stands(trace):
    """The longest time for which each agent stood without a break [s]."""
    speed = np.hypot(trace.states.velocity[..., 0], trace.states.velocity[..., 1])
    stands = trace.states.valid & (speed < STANDING)
    longest, run = np.zeros(stands.shape[1]), np.zeros(stands.shape[1])
    for row in stands:
        run = np.where(row, run + trace.dt, 0.0)
        longest = np.maximum(longest, run)
    return longest
