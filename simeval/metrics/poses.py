"""Where every body is at every step of a trace, with its velocity: what gaps and TTC are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.kinematics import difference
from simeval.safety.bodies import body_pose
from simeval.scenario import Trace

__all__ = ["BodyTracks", "body_tracks"]


@dataclass(frozen=True, kw_only=True, eq=False)
class BodyTracks:
    """Bodies b of all agents over the steps t of a trace."""

    pose: Float[Array, "t b 4"]  # x, y [m], cos and sin of the heading
    velocity: Float[Array, "t b 2"]  # of the body's centre [m/s]
    valid: Bool[Array, "t b"]
    half: Float[Array, "b 2"]  # half length, half width [m]
    agent: Int[Array, "b"]
    offsets: Int[Array, "a_plus_1"]  # bodies of agent a: offsets[a]:offsets[a + 1]

    def of(self, agent: int) -> slice:
        """The bodies of one agent."""
        return slice(int(self.offsets[agent]), int(self.offsets[agent + 1]))

    def by_id(self, ids: Sequence[str]) -> Int[Array, "b"]:
        """All bodies in the order of their agents' ids: who looks in this order finds the first of equals."""
        rank = np.zeros(len(ids), dtype=np.int64)
        rank[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        return np.argsort(rank[self.agent], kind="stable")

    def heading(self, body: int) -> Float[Array, "t"]:
        """Heading of one body [rad]."""
        return np.asarray(np.arctan2(self.pose[:, body, 3], self.pose[:, body, 2]))


@kernel
def _fill(
    offsets: Array,
    front: Array,
    rear: Array,
    hitch: Array,
    xy: Array,
    heading: Array,
    valid: Array,
    out: Array,
) -> None:
    for t in range(len(valid)):
        for a in range(valid.shape[1]):
            if valid[t, a]:
                for b in range(offsets[a], offsets[a + 1]):
                    x, y = xy[t, a, 0], xy[t, a, 1]
                    body_pose(offsets, front, rear, hitch[t], a, b, x, y, heading[t, a], out[t])


def body_tracks(trace: Trace) -> BodyTracks:
    """Tracks of all bodies; the velocity of a pulled body is the central difference of its positions.

    No difference crosses a gap in time: where the road user appears or leaves it is one-sided, and one that
    is there for a single step moves as its first body does.
    """
    states, agents = trace.states, trace.agents
    bodies, offsets = agents.bodies, agents.body_offsets
    pose = np.zeros((states.num_steps, len(bodies.agent), 4))
    floats = [np.ascontiguousarray(a, np.float64) for a in (states.hitch, states.xy, states.heading)]
    hitch, xy, heading = floats
    valid = np.ascontiguousarray(states.valid)
    _fill(offsets, bodies.front_hitch, bodies.rear_hitch, hitch, xy, heading, valid, pose)
    velocity = states.velocity[:, bodies.agent].astype(np.float64)
    is_pulled = np.ones(len(bodies.agent), dtype=np.bool_)
    is_pulled[offsets[:-1]] = False
    there = valid[:, bodies.agent]
    for body in np.flatnonzero(is_pulled).tolist():
        rate = difference(np.where(there[:, body, None], pose[:, body, :2], np.nan), trace.dt)
        velocity[:, body] = np.where(np.isnan(rate), velocity[:, body], rate)
    return BodyTracks(
        pose=pose, velocity=np.ascontiguousarray(velocity), valid=there,
        half=0.5 * np.stack([bodies.length, bodies.width], axis=1), agent=bodies.agent, offsets=offsets,
    )  # fmt: skip
