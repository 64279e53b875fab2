"""Which follower turns the actions of a policy into commands."""

from __future__ import annotations

from simeval.policy import PolicySpec
from simeval.sim.commands import Follower, Held
from simeval.sim.seats import Seats
from simeval.sim.tracked import Tracked

__all__ = ["follower_of"]


def follower_of(spec: PolicySpec, num_rows: int, seats: Seats | None = None) -> Follower:
    """The follower for a form of action, of so many rows; without `seats` they are the egos, world by world.

    Raises:
        UsageError: a trajectory that reaches too far ahead.
    """
    kind = Tracked if spec.action == "trajectory" else Held
    return kind(spec, num_rows, seats)
