"""What a scripted agent does, and when: a list of (trigger, action) that run one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Action", "Do", "Trigger"]


class Trigger(IntEnum):
    """What starts an action; `Do.when` is the number it is compared with."""

    TIME_S = 1  # the scenario's time has reached it
    EGO_GAP_BELOW_M = 2  # smallest distance between its box and the ego's is below it
    EGO_TTC_BELOW_S = 3  # that distance over the speed at which the centres approach is below it
    AT_S_M = 4  # own arc length on its path has reached it


class Action(IntEnum):
    """What is done; `Do.values` holds its numbers in this order."""

    BRAKE = 1  # (deceleration [m/s^2], target speed [m/s])
    SPEED = 2  # (acceleration [m/s^2], target speed [m/s]); speeds up or slows down
    LANE_CHANGE = 3  # (lateral shift [m, left positive], duration [s])
    STOP = 4  # (arc length on the own path to stand at [m], deceleration [m/s^2])
    WALK = 5  # (speed [m/s], 0)


@dataclass(frozen=True, kw_only=True)
class Do:
    """One action of one agent. Actions of an agent run in file order: each waits for its own trigger
    once the one before it has started."""

    agent: int
    trigger: Trigger
    when: float
    action: Action
    values: tuple[float, float]
