"""What a scripted agent does, and when: a list of (trigger, action) that run one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["FURTHER", "NUM_ACTION", "Action", "Do", "Trigger"]


class Trigger(IntEnum):
    """What starts an action; `Do.when` is the number it is compared with."""

    TIME_S = 1  # the scenario's time has reached it
    EGO_GAP_BELOW_M = 2  # smallest distance between its box and the ego's is below it
    EGO_TTC_BELOW_S = 3  # that distance over the speed at which the centres approach is below it
    AT_S_M = 4  # own arc length on its path has reached it
    EGO_PATH_GAP_BELOW_M = 5  # distance to the ego along the own path, bumper to bumper, is below it
    EGO_HEADWAY_BELOW_S = 6  # that distance over the speed of the one behind is below it
    EGO_AT_S_M = 7  # the ego's arc length on its route has reached it
    EGO_IN_REGION = 8  # the ego's centre is in a rectangle: x from it; further: y from, x to, y to [m]
    SPEED_ABOVE_MPS = 9  # own speed is above it
    SPEED_BELOW_MPS = 10  # own speed is below it
    AGENT_ACTION = 11  # that many actions of an agent had started before this step; further: the agent
    AGENT_GAP_BELOW_M = 12  # smallest distance to an agent's box is below it; further: the agent


class Action(IntEnum):
    """What is done; `Do.values` holds its numbers in this order."""

    BRAKE = 1  # (deceleration [m/s^2], target speed [m/s])
    SPEED = 2  # (acceleration [m/s^2], target speed [m/s]); speeds up or slows down
    LANE_CHANGE = 3  # (lateral shift [m, left positive], duration [s]), along a quintic
    STOP = 4  # (arc length on the own path to stand at [m], deceleration [m/s^2])
    WALK = 5  # (speed [m/s], 0)
    LANE_CHANGE_LINEAR = 6  # as LANE_CHANGE, with one lateral speed
    LANE_CHANGE_SINUSOIDAL = 7  # as LANE_CHANGE, along half a wave
    SWERVE = 8  # (lateral shift [m, left positive], duration of out and back [s])
    KEEP_GAP = 9  # (gap to the vehicle ahead at standstill [m], and what it grows by with speed [s])
    CRUISE = 10  # (desired speed [m/s], 0: the agent's own; 0): drives by idm from now on


NUM_ACTION = 2  # numbers of every action
FURTHER = {Trigger.EGO_IN_REGION: 3, Trigger.AGENT_ACTION: 1, Trigger.AGENT_GAP_BELOW_M: 1}
"""How many numbers a trigger needs besides `when`."""


@dataclass(frozen=True, kw_only=True)
class Do:
    """One action of one agent. Actions of an agent run in file order: each waits for its own trigger
    once the one before it has started."""

    agent: int
    trigger: Trigger
    when: float
    action: Action
    values: tuple[float, ...]  # the two numbers of the action, then the further ones of the trigger

    @property
    def further(self) -> tuple[float, ...]:
        """What the trigger needs besides `when`."""
        return self.values[NUM_ACTION:]

    @property
    def other(self) -> int:
        """The agent that the trigger looks at, -1: none."""
        looks = self.trigger in (Trigger.AGENT_ACTION, Trigger.AGENT_GAP_BELOW_M)
        return int(self.further[0]) if looks else -1
