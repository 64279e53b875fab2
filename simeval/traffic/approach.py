"""How a contact came about: who drove into whom, and how hard the follower would have had to brake.

The corridor of a vehicle is what its width sweeps along the way it really went, and straight on from there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.geometry.polyline import segment_at
from simeval.kernel import allocating_kernel, kernel
from simeval.safety.bodies import body_pose
from simeval.scenario import Agents, States
from simeval.traffic.leads import first_in_corridor

__all__ = ["Approach", "approach_of", "required_deceleration"]

SIGHT = 150.0  # [m] how far ahead somebody counts as being in the corridor
BEYOND = 200.0  # [m] the corridor goes on straight for that long after the last recorded pose
SPACING = 0.05  # [m] poses closer together are one point of the way


class Approach(NamedTuple):
    """The time before a contact, as the one who drove into the other had it."""

    step: int  # at which the other's body came into the corridor, to stay there up to the contact
    gap: float  # bumper to body then, along the way [m]
    closing_speed: float  # then, along the way [m/s]

    @property
    def deceleration(self) -> float:
        """What would have been needed from that step on [m/s^2]; infinite where there was no room left."""
        return required_deceleration(self.gap, self.closing_speed)


def required_deceleration(gap: float, closing_speed: float) -> float:
    """The least constant deceleration that avoids a body of constant speed [m/s^2]: v^2 / 2 s."""
    if closing_speed <= 0.0:
        return 0.0
    return closing_speed * closing_speed / (2.0 * gap) if gap > 0.0 else math.inf


def approach_of(agents: Agents, states: States, follower: int, lead: int, contact: int) -> Approach | None:
    """How `follower` came to touch `lead` at the step `contact`; None: it did not have it ahead before.

    Ahead is in front of the bumper: whoever came into the corridor beside the vehicle was never ahead.
    """
    bodies, out = agents.bodies, np.zeros(2)
    step = _entered(
        agents.body_offsets, bodies.length, bodies.width, bodies.front_hitch, bodies.rear_hitch,
        np.ascontiguousarray(states.xy), np.ascontiguousarray(states.heading),
        np.ascontiguousarray(states.velocity), np.ascontiguousarray(states.valid),
        np.ascontiguousarray(states.hitch), follower, lead, contact, out,
    )  # fmt: skip
    found = Approach(int(step), float(out[0]), float(out[1]))
    return found if 0 <= step < contact and found.gap > 0.0 else None


@kernel
def _way(xy: Array, heading: Array, valid: Array, a: int, step: int, way: Array, at: Array) -> int:
    """Writes the points of an agent's way around a step into `way` (s, x, y, ux, uy) and its arc length at
    each step into `at`; returns how many points there are."""
    first, last = step, step
    while first > 0 and valid[first - 1, a]:
        first -= 1
    while last + 1 < len(valid) and valid[last + 1, a]:
        last += 1
    way[0, 0], way[1, 0], way[2, 0], n, s = 0.0, xy[first, a, 0], xy[first, a, 1], 1, 0.0
    at[first] = 0.0
    for t in range(first + 1, last + 1):
        dx, dy = xy[t, a, 0] - way[1, n - 1], xy[t, a, 1] - way[2, n - 1]
        far = math.sqrt(dx * dx + dy * dy)
        at[t] = s + far
        if far >= SPACING:
            s += far
            way[0, n], way[1, n], way[2, n] = s, xy[t, a, 0], xy[t, a, 1]
            n += 1
    way[0, n] = s + BEYOND
    way[1, n] = way[1, n - 1] + BEYOND * math.cos(heading[last, a])
    way[2, n] = way[2, n - 1] + BEYOND * math.sin(heading[last, a])
    for i in range(n):
        length = way[0, i + 1] - way[0, i]
        way[3, i], way[4, i] = (way[1, i + 1] - way[1, i]) / length, (way[2, i + 1] - way[2, i]) / length
    way[3, n], way[4, n] = way[3, n - 1], way[4, n - 1]
    return n + 1


@allocating_kernel
def _entered(
    offsets: Array, length: Array, width: Array, front: Array, rear: Array, xy: Array, heading: Array,
    velocity: Array, valid: Array, hitch: Array, follower: int, lead: int, contact: int, out: Array,
) -> int:  # fmt: skip
    """The step at which `lead` came into the corridor of `follower` to stay, -1: it is not in it; gap and
    closing speed then go to `out`."""
    way, at = np.zeros((5, len(valid) + 2)), np.zeros(len(valid))
    points = _way(xy, heading, valid, follower, contact, way, at)
    b0, b1, own = offsets[lead], offsets[lead + 1], offsets[follower]
    pose, size = np.zeros((len(length), 4)), np.zeros((len(length), 3))
    for b in range(b0, b1):
        size[b, 0], size[b, 1] = 0.5 * length[b], 0.5 * width[b]
        size[b, 2] = math.sqrt(size[b, 0] * size[b, 0] + size[b, 1] * size[b, 1])
    half, order, sorted_x, entered = 0.5 * length[own], np.arange(b0, b1), np.zeros(b1 - b0), -1
    for t in range(contact, -1, -1):
        if not (valid[t, follower] and valid[t, lead]):
            break
        for b in range(b0, b1):
            body_pose(
                offsets,
                front,
                rear,
                hitch[t],
                lead,
                b,
                xy[t, lead, 0],
                xy[t, lead, 1],
                heading[t, lead],
                pose,
            )
        for k in range(b1 - b0):  # a handful: sorted by insertion
            body, j = b0 + k, k
            while j > 0 and sorted_x[j - 1] > pose[body, 0]:
                order[j], sorted_x[j] = order[j - 1], sorted_x[j - 1]
                j -= 1
            order[j], sorted_x[j] = body, pose[body, 0]
        segment = segment_at(way[0], 0, points, 0, at[t])
        entry, body = first_in_corridor(
            way[0], way[1], way[2], way[3], way[4], 0, points, segment, at[t], 0.0, 0.5 * width[own],
            at[t] + half + SIGHT, -1, -1, 0, b1 - b0, order, sorted_x, 1e3, pose, size,
        )  # fmt: skip
        if body < 0:
            if t == contact:  # the last step before the contact may still tell
                continue
            break
        i = segment_at(way[0], 0, points, segment, entry)
        entered = t
        out[0] = entry - at[t] - half
        out[1] = (velocity[t, follower, 0] - velocity[t, lead, 0]) * way[3, i] + (
            velocity[t, follower, 1] - velocity[t, lead, 1]
        ) * way[4, i]
    return entered
