"""What happened in one episode: the one thing metrics, triage and reports look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.scenario.agents import Agents, States

__all__ = ["Driver", "Ending", "Flag", "Plans", "Trace"]


class Ending(IntEnum):
    """Why an episode stopped: a fact of the simulation, not a judgement."""

    RUNNING = 0
    HORIZON = 1
    CONTACT = 2
    OFF_ROAD = 3
    ROUTE_END = 4
    POLICY_ERROR = 5
    TIMEOUT = 6
    NONFINITE = 7
    INVALID_START = 8  # in contact or off the road at the first step: the scenario's fault
    TRAFFIC_ERROR = 9  # a policy that drives others failed: not the fault of who drives the ego


class Flag(IntFlag):
    """What was true of an agent at a step."""

    CONTACT = 1  # one of its bodies touches another agent's
    OFF_ROAD = 2  # a corner is outside the road (only where the road is known)
    RED_LIGHT = 4  # crossed the stop point of a red signal at this step
    HELD_BACK = 8  # waits outside the scene until its place is free
    JACKKNIFE = 16  # a trailer is folded as far as its bodies allow


class Driver(IntEnum):
    """Who moved an agent in this episode."""

    REPLAY = 1
    IDM = 2
    SCRIPTED = 3
    PARKED = 4
    REACTIVE_REPLAY = 5
    IDM_NUPLAN = 6
    IDM_WAYMAX = 7
    MOBIL = 8
    PEDESTRIAN = 9
    LOG = 10  # the ego, by an engine driver ...
    CONSTANT_VELOCITY = 11
    IDM_EGO = 12
    POLICY = 13  # ... or by a policy
    CYCLIST = 15
    TRAFFIC_POLICY = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Plans:
    """The p trajectories that a policy gave, each of h poses from the pose at that time on."""

    step: Int[Array, "p"]  # recorded step at which each was given, ascending
    poses: Float[Array, "p h 3"]  # of the rear axle: x, y [m], heading [rad]
    spacing: float  # between two poses [s]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """States of every agent over the T recorded steps; step k is step `first_step + k` of the scenario.

    The first row is the start, before anyone moved; row k is the result of k steps.
    """

    scenario_id: str
    dt: float  # [s]
    first_step: int
    agents: Agents
    ego: int
    states: States
    yaw_rate: Float[Array, "t a"]  # [rad/s]
    flags: Int[Array, "t a"]  # Flag
    driver: Int[Array, "a"]  # Driver
    command: Float[Array, "t 2"]  # the ego's: acceleration [m/s^2], steering angle [rad] wanted at k
    acceleration: Float[Array, "t"]  # the ego's, of its rear axle, along the heading [m/s^2]
    steering: Float[Array, "t"]  # the ego's road-wheel angle [rad]
    ending: Ending
    ending_detail: str  # in words, e.g. the agent it touched
    plans: Plans | None = None  # None: who drives the ego gives no trajectories

    @property
    def num_steps(self) -> int:
        """Recorded states, the first included."""
        return self.states.num_steps

    @property
    def duration(self) -> float:
        """[s]."""
        return (self.num_steps - 1) * self.dt
