"""Which follower turns the actions of a policy into commands."""

from __future__ import annotations

from simeval.policy import PolicySpec
from simeval.sim.commands import Follower, Held

__all__ = ["follower_of"]


def follower_of(spec: PolicySpec, num_worlds: int) -> Follower:
    """The follower for a form of action."""
    return Held(spec, num_worlds)
