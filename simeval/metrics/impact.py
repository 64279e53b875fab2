"""How hard contacts are, and where they hit."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import corners
from simeval.metrics.contact_list import EgoContact, first_touch
from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric

__all__ = ["hit_areas", "max_delta_v", "max_impact_speed", "relative_speed", "sides_hit"]

NONE = "the ego touches nobody"
SIDES = ("front", "left", "rear", "right")
SAME = 1e-3  # [m] corners that are equally near to the other box, but for rounding
CORNER = 0.02  # of half a side: as near to a corner as this a place is on both of its sides


def hit_areas(episode: Episode, contact: EgoContact) -> tuple[str, str]:
    """The sides of the ego's and of the other's body that touch first."""
    ego, other = (episode.ego, contact.ego_body), (contact.agent, contact.body)
    return sides_hit(*first_touch(episode.bodies, contact.step, ego, other))


def sides_hit(one: Float[Array, "5"], two: Float[Array, "5"]) -> tuple[str, str]:
    """Sides of two touching boxes (x, y, heading, length, width) that touch: front, left, rear or right.

    The touching place is the middle of the corners of either box that are nearest to the other box; the
    side is the one that it lies on. A corner belongs to two sides: there the one counts that faces the
    touched side of the other box, and front or rear where two corners meet.
    """
    points = [*_nearest(one, two), *_nearest(two, one)]
    least = min(distance for distance, _ in points)
    place = np.mean([p for distance, p in points if distance <= least + SAME], axis=0)
    touched = [_shares(box, place) for box in (one, two)]
    normals = [_normals(box) for box in (one, two)]
    chosen = [int(np.argmax(shares)) for shares in touched]
    for k in range(2):
        both = np.flatnonzero(touched[k] >= touched[k].max() - CORNER)
        if len(both) > 1 and (touched[1 - k] >= touched[1 - k].max() - CORNER).sum() == 1:
            facing = normals[k][both] @ normals[1 - k][chosen[1 - k]]
            chosen[k] = int(both[np.argmin(facing)])
        elif len(both) > 1:
            chosen[k] = int(next(side for side in both if side % 2 == 0))
    return SIDES[chosen[0]], SIDES[chosen[1]]


def _normals(box: Array) -> Array:
    angle = box[2] + 0.5 * np.pi * np.arange(4)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _shares(box: Array, place: Array) -> Array:
    """How far out a place is to each side, 1 on it."""
    along, across = _in_frame(box, place[None])[0] / (0.5 * box[3:])
    return np.array([along, across, -along, -across])


def _in_frame(box: Array, points: Array) -> Array:
    c, s = np.cos(box[2]), np.sin(box[2])
    return np.asarray((points - box[:2]) @ np.array([[c, -s], [s, c]]))


def _nearest(box: Array, other: Array) -> list[tuple[float, Array]]:
    """Corners of the other box with their distance from this one."""
    points = corners(other[:2], float(other[2]), other[3], other[4])
    beyond = np.maximum(np.abs(_in_frame(box, points)) - 0.5 * box[3:], 0.0)
    return list(zip(np.sqrt((beyond**2).sum(axis=1)).tolist(), points, strict=True))


def relative_speed(episode: Episode, contact: EgoContact) -> float:
    """Amount of the relative velocity of the touching bodies' centres at the step of a contact [m/s]."""
    tracks = episode.bodies
    own = tracks.of(episode.ego).start + contact.ego_body
    other = tracks.of(contact.agent).start + contact.body
    between = tracks.velocity[contact.step, own] - tracks.velocity[contact.step, other]
    return float(np.sqrt((between**2).sum()))


def _hardest(episode: Episode, values: list[float]) -> Reading:
    if not values:
        return undefined(NONE)
    worst = int(np.argmax(values))
    contact = episode.contacts[worst]
    return Reading(values[worst], step=contact.step, agent=episode.name(contact.agent))


@metric("max_impact_speed_mps", unit="m/s", better="lower", version=2)
def max_impact_speed(episode: Episode) -> Reading:
    """Largest relative speed of the touching bodies at a first contact."""
    return _hardest(episode, [relative_speed(episode, c) for c in episode.contacts])


@metric("max_delta_v_mps", unit="m/s", better="lower", version=2)
def max_delta_v(episode: Episode) -> Reading:
    """Largest change of the ego's speed by a contact, if both had the same mass and stayed together."""
    return _hardest(episode, [c.delta_v for c in episode.contacts])
