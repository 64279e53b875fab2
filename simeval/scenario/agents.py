"""Who is there (agents and their bodies) and where they are (states over time)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.scenario.kinds import AgentKind, Controller

__all__ = ["Agents", "Bodies", "States"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bodies:
    """Rigid boxes; an agent has one or more, a tractor with semitrailer two. All offsets are along the
    body's heading, from its centre, positive forward [m]."""

    agent: Int[Array, "n"]  # whose body, ascending; the first of an agent is its pose
    length: Float[Array, "n"]
    width: Float[Array, "n"]
    axle: Float[Array, "n"]  # rear axle (of a trailer: its axle group), usually negative
    wheelbase: Float[Array, "n"]  # front to rear axle; of a trailer: kingpin to axle; 0: cannot steer
    front_hitch: Float[Array, "n"]  # coupling to the body before; 0 for a first body
    rear_hitch: Float[Array, "n"]  # coupling to the body behind; 0 if there is none

    @staticmethod
    def single(length: Array, width: Array, wheelbase: Array | None = None) -> Bodies:
        """One body for each agent. Without a wheelbase it is 0.6 of the length; the axles are
        placed symmetrically about the centre."""
        length = np.asarray(length, dtype=np.float64)
        base = 0.6 * length if wheelbase is None else np.asarray(wheelbase, dtype=np.float64)
        zero = np.zeros_like(length)
        return Bodies(
            agent=np.arange(len(length), dtype=np.int64),
            length=length,
            width=np.asarray(width, dtype=np.float64),
            axle=-0.5 * base,
            wheelbase=base,
            front_hitch=zero,
            rear_hitch=zero,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Agents:
    """The road users of a scenario; index a everywhere else refers to this order."""

    ids: tuple[str, ...]
    kind: Int[Array, "a"]  # AgentKind
    controller: Int[Array, "a"]  # Controller
    desired_speed: Float[Array, "a"]  # [m/s]; 0: unknown, take the lane's limit or the first speed
    bodies: Bodies

    @staticmethod
    def simple(ids: Sequence[str], kind: Sequence[int], length: Array, width: Array) -> Agents:
        """Agents of one body each that leave controller and desired speed to the run."""
        return Agents(
            ids=tuple(ids),
            kind=np.asarray(kind, dtype=np.int64),
            controller=np.full(len(ids), int(Controller.AUTO), dtype=np.int64),
            desired_speed=np.zeros(len(ids)),
            bodies=Bodies.single(length, width),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def body_offsets(self) -> Int[Array, "a_plus_1"]:
        """The bodies of agent a are `body_offsets[a]:body_offsets[a + 1]`."""
        return np.searchsorted(self.bodies.agent, np.arange(len(self) + 1)).astype(np.int64)

    @property
    def length(self) -> Float[Array, "a"]:
        """Length of each agent's first body [m]."""
        return self.bodies.length[self.body_offsets[:-1]]

    @property
    def width(self) -> Float[Array, "a"]:
        """Width of each agent's first body [m]."""
        return self.bodies.width[self.body_offsets[:-1]]

    @property
    def num_trailers(self) -> int:
        """Bodies that are pulled; the second axis of every `hitch` array."""
        return len(self.bodies.agent) - len(self)

    def kind_of(self, agent: int) -> AgentKind:
        """Kind of one agent."""
        return AgentKind(int(self.kind[agent]))


@dataclass(frozen=True, kw_only=True, eq=False)
class States:
    """Where every agent is at every step, in the scenario's local frame; defined where `valid`.

    t is steps, a is agents, h is trailer bodies in the order of the body table.
    """

    xy: Float[Array, "t a 2"]  # centre of the first body [m]
    heading: Float[Array, "t a"]  # counter-clockwise from +x [rad]
    velocity: Float[Array, "t a 2"]  # of that centre [m/s]
    valid: Bool[Array, "t a"]  # False: not there (yet, any more)
    hitch: Float[Array, "t h"]  # heading of the body before minus own heading [rad]

    @staticmethod
    def of(xy: Array, heading: Array, velocity: Array, valid: Array) -> States:
        """States of agents without trailers; undefined entries are set to zero."""
        keep = np.asarray(valid, dtype=bool)
        return States(
            xy=np.where(keep[..., None], xy, 0.0).astype(np.float64),
            heading=np.where(keep, heading, 0.0).astype(np.float64),
            velocity=np.where(keep[..., None], velocity, 0.0).astype(np.float64),
            valid=keep,
            hitch=np.zeros((len(keep), 0)),
        )

    @property
    def num_steps(self) -> int:
        """Length of axis t."""
        return int(self.valid.shape[0])

    @property
    def speed(self) -> Float[Array, "t a"]:
        """Speed along the heading, negative in reverse [m/s]."""
        along = self.velocity[..., 0] * np.cos(self.heading)
        return np.asarray(along + self.velocity[..., 1] * np.sin(self.heading))
