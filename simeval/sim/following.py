"""Which follower turns the actions of a policy into commands."""

from __future__ import annotations

from simeval.policy import PolicySpec
from simeval.sim.commands import Follower, Held
from simeval.sim.tracked import Tracked

__all__ = ["follower_of"]


def follower_of(spec: PolicySpec, num_worlds: int) -> Follower:
    """The follower for a form of action.

    Raises:
        UsageError: a trajectory that reaches too far ahead.
    """
    return Tracked(spec, num_worlds) if spec.action == "trajectory" else Held(spec, num_worlds)
