"""The ego's contacts: the first with each other agent, with its type, fault and severity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simeval.arrays import Array
from simeval.geometry import corners, touches, wrap_angle
from simeval.metrics.lane_keeping import leaves_lane
from simeval.metrics.poses import BodyTracks
from simeval.safety.collision_type import CollisionType, Fault, collision_types, delta_v, fault_of
from simeval.safety.contacts import Contacts, contacts_in
from simeval.scenario import AgentKind, RoadMap, Trace

__all__ = ["EgoContact", "ego_contacts", "first_touch"]


PIECES, ROUNDS = 64, 2  # the moment of first touch is found to 1/4096 of a step, under a millimetre's way
_Touch: TypeAlias = tuple[int, int, int, int]  # step, body of the ego, body of the other, row of the contact


@dataclass(frozen=True, kw_only=True)
class EgoContact:
    """First contact of the ego with one other agent; later ones with the same agent do not count again."""

    step: int
    agent: int
    body: int  # of the other agent, 0 the first
    ego_body: int
    x: float  # [m]
    y: float
    closing_speed: float  # along the line of the centres [m/s]
    type: CollisionType
    fault: Fault
    delta_v: float  # change of the ego's speed if both had the same mass [m/s]


def ego_contacts(road_map: RoadMap, trace: Trace, tracks: BodyTracks) -> list[EgoContact]:
    """Sorted by step, then by the other's id."""
    contacts = contacts_in(trace.agents, trace.states)
    first: dict[int, _Touch] = {}
    for row in np.flatnonzero((contacts.agent_a == trace.ego) | (contacts.agent_b == trace.ego)).tolist():
        sides = (int(contacts.agent_a[row]), int(contacts.body_a[row]))
        others = (int(contacts.agent_b[row]), int(contacts.body_b[row]))
        if sides[0] != trace.ego:
            sides, others = others, sides
        touch = (int(contacts.step[row]), sides[1], others[1], row)
        first[others[0]] = min(touch, first.get(others[0], touch))
    found = [_contact(road_map, trace, tracks, contacts, a, first[a]) for a in first]
    return sorted(found, key=lambda c: (c.step, trace.agents.ids[c.agent]))


def _contact(
    road_map: RoadMap, trace: Trace, tracks: BodyTracks, contacts: Contacts, other: int, touch: _Touch
) -> EgoContact:
    step, ego_body, body, row = touch
    own, its = first_touch(tracks, step, (trace.ego, ego_body), (other, body))
    axles = trace.agents.bodies.axle[tracks.of(trace.ego)]
    speed = _rear_axle_speed(trace, step, float(axles[0]))
    its_speed = float(np.hypot(*tracks.velocity[step, tracks.offsets[other] + body]))
    moves = trace.agents.kind_of(other) != AgentKind.STATIC
    kind = CollisionType(
        int(
            collision_types(np.array([[*own, axles[ego_body], speed]]), np.array([[*its, its_speed, moves]]))[
                0
            ]
        )
    )
    leaves = None
    if kind is CollisionType.ACTIVE_LATERAL:
        box = _box(tracks, step, trace.ego, 0)
        leaves = leaves_lane(road_map, corners(box[:2], box[2], box[3], box[4]))
    return EgoContact(
        step=step, agent=other, body=body, ego_body=ego_body,
        x=float(contacts.x[row]), y=float(contacts.y[row]),
        closing_speed=float(contacts.closing_speed[row]), type=kind, fault=fault_of(kind, leaves),
        delta_v=delta_v(speed, float(own[2]), its_speed if moves else 0.0, float(its[2])),
    )  # fmt: skip


def first_touch(
    tracks: BodyTracks, step: int, ego: tuple[int, int], other: tuple[int, int]
) -> tuple[Array, Array]:
    """Both boxes at the moment within the step at which they first touch, moved and turned evenly in between.

    Rows x, y, heading, length, width. At the step itself a small object can be inside the ego's box already,
    and no longer on its front edge.
    """
    after = (_box(tracks, step, *ego), _box(tracks, step, *other))
    if step == 0 or not tracks.valid[step - 1, tracks.offsets[other[0]] + other[1]]:
        return after
    before = (_box(tracks, step - 1, *ego), _box(tracks, step - 1, *other))
    low, high = 0.0, 1.0
    for _ in range(ROUNDS):
        shares = np.linspace(low, high, PIECES + 1)
        own, its = (_between(b, a, shares) for b, a in zip(before, after, strict=True))
        touching = touches(np.concatenate([own, its], axis=1))
        if not touching.any():  # they touch at the step itself, but for rounding
            return after
        first = int(np.argmax(touching))
        low, high = shares[max(first - 1, 0)], shares[first]
    return own[first], its[first]


def _between(before: Array, after: Array, shares: Array) -> Array:
    change = np.asarray(after - before)
    change[2] = wrap_angle(float(change[2]))
    return np.asarray(before + shares[:, None] * change)


def _box(tracks: BodyTracks, step: int, agent: int, body: int) -> Array:
    at = int(tracks.offsets[agent]) + body
    x, y, cos, sin = tracks.pose[step, at]
    return np.array([x, y, np.arctan2(sin, cos), *(2.0 * tracks.half[at])])


def _rear_axle_speed(trace: Trace, step: int, axle: float) -> float:
    """Speed of the point `axle` ahead of the centre [m/s]: that of the centre and the turning of the body."""
    heading = float(trace.states.heading[step, trace.ego])
    turn = float(trace.yaw_rate[step, trace.ego]) * axle
    vx, vy = trace.states.velocity[step, trace.ego]
    return float(np.hypot(vx - turn * np.sin(heading), vy + turn * np.cos(heading)))
