"""Who touches whom, when and where, in a trace; the same box test that runs inside the simulator."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry.boxes import touch_between
from simeval.kernel import allocating_kernel
from simeval.safety.bodies import body_pose
from simeval.scenario.agents import Agents, States

__all__ = ["Contacts", "contacts_in"]

EXPECTED = 512  # rows that nearly every trace has room in, so that it is scanned once


@dataclass(frozen=True, kw_only=True, eq=False)
class Contacts:
    """One row for each pair of bodies of two agents and each step at which they touch; sorted."""

    step: Int[Array, "n"]
    agent_a: Int[Array, "n"]
    body_a: Int[Array, "n"]  # 0: the first body of the agent
    agent_b: Int[Array, "n"]  # > agent_a
    body_b: Int[Array, "n"]
    x: Float[Array, "n"]  # middle between the two centres [m]
    y: Float[Array, "n"]
    closing_speed: Float[Array, "n"]  # along the line of the centres, positive when approaching [m/s]

    def __len__(self) -> int:
        return len(self.step)


_KNOWN: weakref.WeakKeyDictionary[States, tuple[Agents, Contacts]] = weakref.WeakKeyDictionary()


def contacts_in(agents: Agents, states: States) -> Contacts:
    """All contacts between bodies of different agents in recorded states; kept as long as the states are,
    because the run's facts, the metrics and the traffic card all ask for them."""
    known = _KNOWN.get(states)
    if known is None or known[0] is not agents:
        known = _KNOWN[states] = agents, _contacts_in(agents, states)
    return known[1]


def _contacts_in(agents: Agents, states: States) -> Contacts:
    bodies = agents.bodies
    arrays = (
        agents.body_offsets,
        bodies.length,
        bodies.width,
        bodies.front_hitch,
        bodies.rear_hitch,
        np.ascontiguousarray(states.xy),
        np.ascontiguousarray(states.heading),
        np.ascontiguousarray(states.velocity),
        np.ascontiguousarray(states.valid),
        np.ascontiguousarray(states.hitch),
    )
    who, where = np.zeros((EXPECTED, 5), dtype=np.int64), np.zeros((EXPECTED, 3))
    count = _scan(*arrays, who, where)
    if count > EXPECTED:
        who, where = np.zeros((count, 5), dtype=np.int64), np.zeros((count, 3))
        _scan(*arrays, who, where)
    who, where = who[:count], where[:count]
    return Contacts(
        step=who[:, 0], agent_a=who[:, 1], body_a=who[:, 2], agent_b=who[:, 3], body_b=who[:, 4],
        x=where[:, 0], y=where[:, 1], closing_speed=where[:, 2],
    )  # fmt: skip


@allocating_kernel
def _scan(
    offsets: Array, length: Array, width: Array, front: Array, rear: Array,
    xy: Array, heading: Array, velocity: Array, valid: Array, hitch: Array, who: Array, where: Array,
) -> int:  # fmt: skip
    """Counts the contacts; fills `who` and `where` when they have room."""
    steps, num_agents = valid.shape
    num_bodies = len(length)
    pose = np.zeros((num_bodies, 4))
    radius = np.zeros(num_bodies)
    for b in range(num_bodies):
        radius[b] = 0.5 * math.sqrt(length[b] * length[b] + width[b] * width[b])
    found = 0
    for t in range(steps):
        for a in range(num_agents):
            if valid[t, a]:
                for k in range(offsets[a], offsets[a + 1]):
                    body_pose(
                        offsets, front, rear, hitch[t], a, k, xy[t, a, 0], xy[t, a, 1], heading[t, a], pose
                    )
        for a in range(num_agents):
            if not valid[t, a]:
                continue
            for b in range(a + 1, num_agents):
                if not valid[t, b]:
                    continue
                for i in range(offsets[a], offsets[a + 1]):
                    for j in range(offsets[b], offsets[b + 1]):
                        dx, dy = pose[j, 0] - pose[i, 0], pose[j, 1] - pose[i, 1]
                        reach = radius[i] + radius[j] + 1e-9
                        if dx * dx + dy * dy > reach * reach:
                            continue
                        if not touch_between(
                            dx, dy, pose[i, 2], pose[i, 3], 0.5 * length[i], 0.5 * width[i],
                            pose[j, 2], pose[j, 3], 0.5 * length[j], 0.5 * width[j],
                        ):  # fmt: skip
                            continue
                        if found < len(who):
                            who[found, 0], who[found, 1], who[found, 2] = t, a, i - offsets[a]
                            who[found, 3], who[found, 4] = b, j - offsets[b]
                            where[found, 0] = 0.5 * (pose[i, 0] + pose[j, 0])
                            where[found, 1] = 0.5 * (pose[i, 1] + pose[j, 1])
                            vx = velocity[t, a, 0] - velocity[t, b, 0]
                            vy = velocity[t, a, 1] - velocity[t, b, 1]
                            apart = math.sqrt(dx * dx + dy * dy)
                            where[found, 2] = (vx * dx + vy * dy) / apart if apart > 0.0 else 0.0
                        found += 1
    return found
